/** @file The words of the gallery in the language of the page. */

import type { Language } from "../../src-main/contract/settings.ts";
import { language } from "../state/language.svelte.ts";
import { en } from "./messages/en.ts";
import type { GalleryTexts } from "./messages/en.ts";
import { ja } from "./messages/ja.ts";
import { zhCn } from "./messages/zh-cn.ts";

const TEXTS: Readonly<Record<Language, GalleryTexts>> = { en, "zh-CN": zhCn, ja };

class Words {
  readonly texts: GalleryTexts = $derived(TEXTS[language.current]);
}

export const galleryWords = new Words();
