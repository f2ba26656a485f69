/** @file The transformer on the host: latents are plain arrays, the graphs run in ONNX Runtime sessions. */

import { float32Output, int64Tensor, wantedBy } from "../ort/session.ts";
import type { InferenceSession, Tensor } from "../ort/session.ts";
import { arrayAlgebra } from "./latent-algebra.ts";
import { previewImage } from "./preview.ts";
import { stepFeeds } from "./host-prompt.ts";
import type { HostPrompt } from "./host-prompt.ts";
import { hostLayerCache } from "./host-layer-cache.ts";
import type { DenoiserPlan, DenoiserSessions } from "./network-home.ts";
import type { Denoiser } from "./roles.ts";

export interface HostDenoiserParts {
  readonly sessions: DenoiserSessions<InferenceSession>;
  readonly channels: number;
  readonly patchSize: number;
  readonly flops: DenoiserPlan<InferenceSession>["flops"];
}

export function hostDenoiser(parts: HostDenoiserParts): Denoiser<Float32Array, HostPrompt> {
  const { sessions, channels, patchSize, flops } = parts;
  const { prompt: promptSession, step: stepSession, reuse } = sessions;
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
        flops: flops({ image: rows * columns, text: states.dims[0] ?? 0 }),
        latentDims: [1, channels, rows * patchSize, columns * patchSize],
        byteLength: Object.values(feeds).reduce((sum: number, { data }: Tensor) => sum + data.byteLength, 0),
      };
    },
    async velocity(latent, time, prompt) {
      return float32Output(await stepSession.run(stepFeeds(latent, time, prompt)), "velocity").data;
    },
    ...(reuse === undefined ? {} : { layerCache: hostLayerCache(stepSession, reuse) }),
    fromHost: (values) => values,
    toHost: (latent) => latent,
    preview: (latent, factors, height, width) => previewImage(factors, latent, width, height),
    async release() {
      await Promise.all([promptSession.release(), stepSession.release(), reuse?.release()]);
    },
  };
}
