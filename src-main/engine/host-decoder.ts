/** @file The autoencoder's decoder on the host. */

import { float32Output, float32Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import { findNonFinite, toRgbImage } from "./pixels.ts";
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
  async function decode(latent: Float32Array, height: number, width: number): Promise<Float32Array> {
    const z = latent.map((value) => value / scalingFactor + shiftFactor);
    const outputs = await session.run({ latent: float32Tensor(z, [1, channels, height, width]) });
    return float32Output(outputs, "image").data;
  }
  return {
    channels,
    scale,
    decode,
    async decodePicture(latent, height, width) {
      const planes = await decode(latent, height, width);
      return { image: toRgbImage(planes, scale * width, scale * height), isFinite: findNonFinite(planes) < 0 };
    },
    release: () => session.release(),
  };
}
