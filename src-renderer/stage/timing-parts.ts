/** @file A picture's time by stage. */

import { STAGES } from "../../src-main/contract/generation.ts";
import type { Stage, Timings } from "../../src-main/contract/generation.ts";

export interface TimingPart {
  readonly stage: Stage;
  readonly ms: number;
  /** Of the sum of all parts, from 0 to 1. */
  readonly share: number;
}

/** Without what took no time at all, such as loading a model that was loaded already. */
export function timingParts(timings: Timings): readonly TimingPart[] {
  const { loadMs, encodeMs, denoiseMs, decodeMs, saveMs } = timings;
  const ms: Readonly<Record<Stage, number>> = {
    load: loadMs,
    encode: encodeMs,
    denoise: denoiseMs,
    decode: decodeMs,
    save: saveMs,
  };
  const sum = STAGES.reduce((total, stage) => total + ms[stage], 0);
  return STAGES.filter((stage) => ms[stage] > 0).map((stage) => ({ stage, ms: ms[stage], share: ms[stage] / sum }));
}
