/**
 * @file Classifier-free guidance: one velocity out of a conditional and an unconditional pass, each of batch 1.
 *
 * Two unpadded passes need no mask, an empty negative costs next to nothing, and where guidance is off (scale 1, or
 * time at or past `truncate`) the second pass is simply not made.
 */

import type { SamplingSettings } from "../contract/sampling.ts";
import type { LatentAlgebra } from "./latent-algebra.ts";
import type { Velocity } from "./solvers.ts";

export type GuidanceSettings = Pick<SamplingSettings, "guidance" | "truncate" | "renorm">;

export interface GuidedPasses<L> {
  readonly conditional: Velocity<L>;
  readonly unconditional: Velocity<L>;
  readonly algebra: LatentAlgebra<L>;
}

/** Whether an evaluation at `time` takes the unconditional pass too. */
export function isGuidedAt({ guidance, truncate }: GuidanceSettings, time: number): boolean {
  return guidance !== 1 && time < truncate;
}

/** Network passes that evaluations at these times take in all. */
export function countPasses(settings: GuidanceSettings, times: readonly number[]): number {
  return times.reduce((passes, time) => passes + (isGuidedAt(settings, time) ? 2 : 1), 0);
}

/**
 * v = v_u + w (v_c - v_u). With renorm r > 0 a v longer than r |v_c|, over all channels and positions together, is
 * shortened to that length; a shorter one stays as it is.
 */
export function guidedVelocity<L>(settings: GuidanceSettings, passes: GuidedPasses<L>): Velocity<L> {
  const { guidance, renorm } = settings;
  const { conditional, unconditional, algebra } = passes;
  return async (latent, time) => {
    const vConditional = await conditional(latent, time);
    if (!isGuidedAt(settings, time)) return vConditional;
    const vUnconditional = await unconditional(latent, time);
    if (algebra.guide !== undefined) return await algebra.guide(vConditional, vUnconditional, guidance, renorm);
    const guided = await algebra.combine([
      [guidance, vConditional],
      [1 - guidance, vUnconditional],
    ]);
    if (renorm === 0) return guided;
    const length = await algebra.norm(guided);
    const longest = renorm * (await algebra.norm(vConditional));
    return length > longest ? algebra.combine([[longest / length, guided]]) : guided;
  };
}
