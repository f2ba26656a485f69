/** @file The texts of the frame in simplified Chinese. */

import type { Texts } from "./index.ts";

export const zhCn: Texts = {
  product: "Tachie",
};
