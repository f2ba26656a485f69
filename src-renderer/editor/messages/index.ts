/** @file The editor's words by language. */

import type { Language } from "../../../src-main/contract/settings.ts";
import { en } from "./en.ts";
import type { EditorTexts } from "./en.ts";
import { ja } from "./ja.ts";
import { zhCn } from "./zh-cn.ts";

export type { EditorTexts } from "./en.ts";

export const EDITOR_TEXTS: Readonly<Record<Language, EditorTexts>> = { en, "zh-CN": zhCn, ja };
