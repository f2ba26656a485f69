/** @file The texts of the frame by language. A text with values in it is a function, so that word order is free. */

import type { Language } from "../../src-main/contract/settings.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import { zhCn } from "./zh-cn.ts";

export type Texts = typeof en;

export const TEXTS: Readonly<Record<Language, Texts>> = { en, "zh-CN": zhCn, ja };
