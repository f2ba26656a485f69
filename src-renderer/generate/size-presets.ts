/** @file Sizes worth offering for a model: the usual aspects at the number of pixels that its makers recommend. */

import { SIZE_MULTIPLE } from "../../src-main/contract/generation.ts";
import type { ImageSize } from "../../src-main/contract/generation.ts";

const ASPECTS = [
  [1, 1],
  [3, 4],
  [2, 3],
  [9, 16],
  [4, 3],
  [3, 2],
  [16, 9],
] as const;

export interface SizePreset extends ImageSize {
  /** Such as `3:4`. */
  readonly aspect: string;
}

/**
 * @param pixels wanted number of pixels
 * @param maxPixels never exceeded
 */
export function sizePresets(pixels: number, maxPixels: number): readonly SizePreset[] {
  return ASPECTS.map(([across, down]) => {
    const height = Math.sqrt((Math.min(pixels, maxPixels) * down) / across);
    const size = { width: toMultiple((height * across) / down), height: toMultiple(height) };
    // Rounding up both sides can lead over a limit that the wanted number is at.
    while (size.width * size.height > maxPixels)
      if (size.width >= size.height) size.width -= SIZE_MULTIPLE;
      else size.height -= SIZE_MULTIPLE;
    return { aspect: `${across}:${down}`, ...size };
  });
}

function toMultiple(value: number): number {
  return Math.max(SIZE_MULTIPLE, Math.round(value / SIZE_MULTIPLE) * SIZE_MULTIPLE);
}
