/** @file Which evaluations of a job are skipped: planned from the model's calibration, or as a picture's record has them. */

import { TachieError } from "../contract/errors.ts";
import type { SamplingSettings } from "../contract/sampling.ts";
import type { StepCacheRecord } from "../contract/step-cache.ts";
import type { FoundCalibration } from "./calibration-file.ts";
import { evaluationTimes } from "./solvers.ts";
import { STEP_CACHE_LIMITS, skipSchedule, stretchRatios } from "./step-cache.ts";
import { timeGrid } from "./time-grid.ts";

export interface SkipPlan {
  /** See `StepCacheRecord`. */
  readonly calibration: string;
  /** One for each evaluation. */
  readonly skips: readonly boolean[];
}

/**
 * @param sampling of the picture, whose steps and solver may be others than the calibration's
 * @throws settings.invalid
 */
export function planSkips({ calibration, id }: FoundCalibration, sampling: SamplingSettings): SkipPlan {
  const ratios = stretchRatios(calibration.ratios, countEvaluations(sampling));
  return { calibration: id, skips: skipSchedule(ratios, STEP_CACHE_LIMITS) };
}

/** @throws settings.invalid for a record of another run, or one that skips the first evaluation or the last */
export function repeatSkips(record: StepCacheRecord, sampling: SamplingSettings): SkipPlan {
  const count = countEvaluations(sampling);
  const isRight = record.evaluations === count && record.skipped.every((index) => index > 0 && index < count - 1);
  if (!isRight)
    throw new TachieError(
      "settings.invalid",
      `evaluations ${record.skipped.join(", ")} of ${record.evaluations} cannot be skipped in a run of ${count}`,
      { where: "stepCache", remedy: "Leave stepCache out, or repeat a picture with its own steps and solver." },
    );
  const skipped = new Set(record.skipped);
  return { calibration: record.calibration, skips: Array.from({ length: count }, (_, index) => skipped.has(index)) };
}

function countEvaluations(sampling: SamplingSettings): number {
  return evaluationTimes(sampling.solver, timeGrid(sampling)).length;
}
