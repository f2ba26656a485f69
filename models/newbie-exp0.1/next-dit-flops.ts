/** @file How much arithmetic one evaluation of the transformer is, counted from its configuration. */

import type { NextDitConfig } from "./next-dit-config.ts";

export interface EvaluationTokens {
  readonly image: number;
  /** Of the caption, without padding. */
  readonly text: number;
}

/**
 * Floating-point operations (a multiplication and an addition are two) of the matrix products and of attention in one
 * evaluation of the step network. What depends on the prompt alone (the context refiner) is not in it, and what is
 * computed element by element is not counted, as is usual.
 */
export function nextDitFlops(config: NextDitConfig, { image, text }: EvaluationTokens): number {
  const { dim, heads, kvHeads, headDim, ffnDim, layers, refinerLayers, timeDim, patchSize, inChannels } = config;
  const attended = heads * headDim;
  const weights = dim * (attended + 2 * kvHeads * headDim) + attended * dim + 3 * dim * ffnDim;
  const layer = (tokens: number): number => 2 * tokens * weights + 4 * tokens ** 2 * attended + 8 * timeDim * dim;
  const ends = 2 * 2 * image * patchSize ** 2 * inChannels * dim;
  return layers * layer(image + text) + refinerLayers * layer(image) + ends;
}
