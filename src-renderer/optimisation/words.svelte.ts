/** @file The words of the optimisation page in the language of the page. */

import type { Language } from "../../src-main/contract/settings.ts";
import { language } from "../state/language.svelte.ts";
import { en } from "./messages/en.ts";
import type { OptimisationTexts } from "./messages/en.ts";
import { ja } from "./messages/ja.ts";
import { zhCn } from "./messages/zh-cn.ts";

const TEXTS: Readonly<Record<Language, OptimisationTexts>> = { en, "zh-CN": zhCn, ja };

class Words {
  readonly texts: OptimisationTexts = $derived(TEXTS[language.current]);
}

export const optimisationWords = new Words();
