/** @file The words of models and LoRAs in the language of the page. */

import type { Language } from "../../src-main/contract/settings.ts";
import { language } from "../state/language.svelte.ts";
import { en } from "./messages/en.ts";
import type { ModelTexts } from "./messages/en.ts";
import { ja } from "./messages/ja.ts";
import { zhCn } from "./messages/zh-cn.ts";

const TEXTS: Readonly<Record<Language, ModelTexts>> = { en, "zh-CN": zhCn, ja };

class Words {
  readonly texts: ModelTexts = $derived(TEXTS[language.current]);
}

export const modelWords = new Words();
