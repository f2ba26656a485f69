/** @file The transformer on the host: latents are plain arrays, the two graphs run in ONNX Runtime sessions. */

import { float32Output, float32Tensor, int64Tensor, wantedBy } from "../ort/session.ts";
import type { InferenceSession, Tensor, Tensors } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import { arrayAlgebra } from "./latent-algebra.ts";
import { previewImage } from "./preview.ts";
import type { Denoiser } from "./roles.ts";

/** What the step graph is fed besides latent and time. */
export interface HostPrompt extends Sized {
  readonly feeds: Tensors;
  /** [1, channels, height, width] of the latents it serves. */
  readonly latentDims: readonly number[];
}

export interface HostDenoiserParts {
  /** cap_feats, pooled, grid -> cap, pooled_proj, rope_cos, rope_sin */
  readonly promptSession: InferenceSession;
  /** latent, t and what the prompt session gives -> velocity */
  readonly stepSession: InferenceSession;
  readonly channels: number;
  readonly patchSize: number;
}

export function hostDenoiser(parts: HostDenoiserParts): Denoiser<Float32Array, HostPrompt> {
  const { promptSession, stepSession, channels, patchSize } = parts;
  return {
    algebra: arrayAlgebra,
    channels,
    patchSize,
    async prepare({ states, pooled }, { rows, columns }) {
      const inputs = { cap_feats: states, pooled, grid: int64Tensor([rows, columns]) };
      const outputs = await promptSession.run(wantedBy(promptSession, inputs));
      const feeds = wantedBy(stepSession, outputs);
      return {
        feeds,
        latentDims: [1, channels, rows * patchSize, columns * patchSize],
        byteLength: Object.values(feeds).reduce((sum: number, { data }: Tensor) => sum + data.byteLength, 0),
      };
    },
    async velocity(latent, time, { feeds, latentDims }) {
      const outputs = await stepSession.run({
        ...feeds,
        latent: float32Tensor(latent, latentDims),
        t: float32Tensor(Float32Array.of(time), [1]),
      });
      return float32Output(outputs, "velocity").data;
    },
    fromHost: (values) => values,
    toHost: (latent) => latent,
    preview: (latent, factors, height, width) => previewImage(factors, latent, width, height),
    async release() {
      await Promise.all([promptSession.release(), stepSession.release()]);
    },
  };
}
