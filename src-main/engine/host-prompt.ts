/** @file A prompt that has been prepared for the transformer on the host, and what one evaluation is fed. */

import { float32Tensor } from "../ort/session.ts";
import type { Tensors } from "../ort/session.ts";
import type { PreparedPrompt } from "./roles.ts";

/** What the step graph is fed besides latent and time. */
export interface HostPrompt extends PreparedPrompt {
  readonly feeds: Tensors;
  /** [1, channels, height, width] of the latents it serves. */
  readonly latentDims: readonly number[];
}

export function stepFeeds(latent: Float32Array, time: number, { feeds, latentDims }: HostPrompt): Tensors {
  return { ...feeds, latent: float32Tensor(latent, latentDims), t: float32Tensor(Float32Array.of(time), [1]) };
}
