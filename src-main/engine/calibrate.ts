/** @file Measures how what the transformer's layers add changes along a run, over several pictures. */

import { TachieError } from "../contract/errors.ts";
import type { EngineJob } from "../contract/generation.ts";
import type { StepCacheCalibration } from "../contract/step-cache.ts";
import type { Pipeline, PipelineHooks } from "./pipeline.ts";
import { MagnitudeMeter } from "./step-cache.ts";

/**
 * The conditional pass is measured: it is made in every evaluation, and the other follows the same schedule.
 * @param pipeline of networks that were loaded with the step cache
 * @param jobs alike in sampling; at least one
 * @throws as `Pipeline.generate`
 */
export async function measureRatios(
  pipeline: Pipeline,
  modelHash: string,
  jobs: readonly EngineJob[],
  hooks: Pick<PipelineHooks, "signal">,
): Promise<StepCacheCalibration> {
  const runs: (readonly number[])[] = [];
  for (const job of jobs) {
    let meter: MagnitudeMeter | undefined;
    const observe: PipelineHooks["observe"] = (branch, values, width) => {
      if (branch === "conditional") (meter ??= new MagnitudeMeter(width)).add(values);
    };
    await pipeline.generate(job, { ...hooks, observe, progress: () => undefined });
    runs.push(meter?.ratios ?? []);
  }
  const [job] = jobs;
  const [first] = runs;
  if (job === undefined || first === undefined) throw new TachieError("internal.bug", "no picture is to be measured");
  const { steps, solver, schedule, shift } = job.sampling;
  return {
    modelHash,
    sampling: { steps, solver, schedule, shift },
    pictures: runs.length,
    // Ratios multiply, so their mean is the geometric one.
    ratios: first.map((_, index) =>
      Math.exp(runs.reduce((sum, ratios) => sum + Math.log(ratios[index] ?? NaN), 0) / runs.length),
    ),
  };
}
