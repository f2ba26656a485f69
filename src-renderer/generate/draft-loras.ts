/** @file Adapters in a draft. */

import type { DraftLora } from "../../src-main/contract/drafts.ts";

/** @returns the list with further files at the strength that they were trained for; those that are in it stay as they are */
export function withLoras(loras: readonly DraftLora[], files: readonly string[]): readonly DraftLora[] {
  const fresh = [...new Set(files)].filter((file) => !loras.some((lora) => lora.file === file));
  return [...loras, ...fresh.map((file) => ({ file, strength: 1 }))];
}
