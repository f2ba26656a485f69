/** @file The texts of the frame in Japanese. */

import type { Texts } from "./index.ts";

export const ja: Texts = {
  product: "Tachie",
};
