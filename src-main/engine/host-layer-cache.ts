/** @file The step cache on the host: what the layers added stays as a tensor for each branch of the guidance. */

import { TachieError } from "../contract/errors.ts";
import { float32Output, wantedBy } from "../ort/session.ts";
import type { InferenceSession, TensorOf } from "../ort/session.ts";
import { stepFeeds } from "./host-prompt.ts";
import type { HostPrompt } from "./host-prompt.ts";
import type { GuidanceBranch, LayerCache } from "./roles.ts";

interface Kept {
  /** [image tokens, width] */
  readonly residual: TensorOf<"float32">;
  /** Of the latents that it belongs to: a runtime would add another size's without a word where the count is the same. */
  readonly latentDims: readonly number[];
}

/**
 * @param step gives velocity and residual
 * @param reuse takes residual and gives velocity
 */
export function hostLayerCache(step: InferenceSession, reuse: InferenceSession): LayerCache<Float32Array, HostPrompt> {
  const branches = new Map<GuidanceBranch, Kept>();
  const get = (branch: GuidanceBranch): Kept => {
    const found = branches.get(branch);
    if (found === undefined) throw new TachieError("internal.bug", `no layers have been kept for the ${branch} pass`);
    return found;
  };
  return {
    begin: () => branches.clear(),
    async store(latent, time, prompt, branch) {
      const outputs = await step.run(stepFeeds(latent, time, prompt));
      branches.set(branch, { residual: float32Output(outputs, "residual"), latentDims: prompt.latentDims });
      return float32Output(outputs, "velocity").data;
    },
    async reuse(latent, time, prompt, branch) {
      const { residual, latentDims } = get(branch);
      if (latentDims.join() !== prompt.latentDims.join())
        throw new TachieError("internal.bug", `layers of [${latentDims.join(", ")}] are reused for another size`);
      const feeds = { ...wantedBy(reuse, stepFeeds(latent, time, prompt)), residual };
      return float32Output(await reuse.run(feeds), "velocity").data;
    },
    kept(branch) {
      const { dims, data } = get(branch).residual;
      return { width: dims[1] ?? 0, values: data };
    },
  };
}
