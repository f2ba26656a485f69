/** @file The autoencoder's decoder on the host. */

import { float32Output, float32Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import type { ImageDecoder } from "./roles.ts";

export interface HostDecoderParts {
  /** latent f32 [1, channels, height, width] -> image f32 [1, 3, scale x height, scale x width] */
  readonly session: InferenceSession;
  readonly channels: number;
  readonly scale: number;
  /** The sampler's latents are (z - shiftFactor) x scalingFactor, z being the autoencoder's own. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
}

export function hostDecoder(parts: HostDecoderParts): ImageDecoder {
  const { session, channels, scale, scalingFactor, shiftFactor } = parts;
  return {
    channels,
    scale,
    async decode(latent, height, width) {
      const z = latent.map((value) => value / scalingFactor + shiftFactor);
      const outputs = await session.run({ latent: float32Tensor(z, [1, channels, height, width]) });
      return float32Output(outputs, "image").data;
    },
    release: () => session.release(),
  };
}
