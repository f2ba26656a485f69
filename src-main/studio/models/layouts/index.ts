/** @file Every layout that Tachie can run. Where two fit equally, the first wins. */

import { fluxVaeDiffusers, fluxVaeOriginal } from "./flux-vae.ts";
import { gemma3Text } from "./gemma3.ts";
import { jinaTextAdapter, jinaTextMerged } from "./jina-text.ts";
import type { Layout } from "./layout.ts";
import { nextDitDiffusers, nextDitOriginal } from "./next-dit.ts";

export const LAYOUTS: readonly Layout[] = [
  nextDitOriginal,
  nextDitDiffusers,
  gemma3Text,
  jinaTextMerged,
  jinaTextAdapter,
  fluxVaeOriginal,
  fluxVaeDiffusers,
];
