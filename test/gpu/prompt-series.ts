/** @file A picture for each of several prompts of different lengths, timed from the first on: what an author waits for. */

import type { EngineJob } from "../../src-main/contract/generation.ts";
import { OPTIMISATION_PRESETS } from "../../src-main/contract/toggles.ts";
import type { Pipeline } from "../../src-main/engine/pipeline.ts";

export interface SeriesOptions {
  /** Its texts are the numbers of their tokens: see test/bench/gpu/random-text.ts. */
  readonly pipeline: Pipeline;
  /** Of each prompt, in turn. */
  readonly lengths: readonly number[];
  readonly side: number;
  readonly steps: number;
}

export interface SeriesTimes {
  readonly totalMs: number;
  /** Of each picture. */
  readonly pictureMs: readonly number[];
  /** Median of all steps but the first two of each picture, in which graphs are not replayed yet. */
  readonly stepMs: number;
}

export async function timePrompts({ pipeline, lengths, side, steps }: SeriesOptions): Promise<SeriesTimes> {
  const pictureMs: number[] = [];
  const stepMs: number[] = [];
  for (const [index, length] of lengths.entries()) {
    const job: EngineJob = {
      model: "",
      loras: [],
      texts: { system: "", positive: String(length), negative: "1" },
      seed: index,
      size: { width: side, height: side },
      sampling: { steps, solver: "euler", schedule: "shift", shift: 6, guidance: 5, truncate: 0.25, renorm: 0 },
      toggles: OPTIMISATION_PRESETS.balanced,
      provider: "cuda",
      isPreviewWanted: false,
    };
    const start = performance.now();
    const { timings } = await pipeline.generate(job, { signal: { aborted: false }, progress: () => undefined });
    pictureMs.push(performance.now() - start);
    stepMs.push(...timings.stepMs.slice(2));
  }
  return { totalMs: pictureMs.reduce((sum, ms) => sum + ms, 0), pictureMs, stepMs: median(stepMs) };
}

/** @param count how many, all different, spread evenly from `least` to `most` and out of order */
export function differentLengths(count: number, least: number, most: number): number[] {
  const stride = 7;
  return Array.from({ length: count }, (_, index) => {
    const place = (index * stride) % count;
    return Math.round(least + ((most - least) * place) / (count - 1));
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
