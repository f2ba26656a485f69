/**
 * @file The times at which a sampling run stands, from 0 (noise) to 1 (picture), both exact.
 *
 * Counted in intervals: `steps` intervals are `steps + 1` times. (The model's own demo counts the times.)
 */

import { TachieError } from "../contract/errors.ts";
import type { SamplingSettings } from "../contract/sampling.ts";

/** The `linear_quadratic` schedule of ComfyUI, which has it from Mochi: this much of the noise goes in the linear half. */
const THRESHOLD_NOISE = 0.025;

/**
 * `steps + 1` ascending times.
 * @throws settings.invalid for steps or a shift that give no grid
 */
export function timeGrid({ steps, schedule, shift }: Pick<SamplingSettings, "steps" | "schedule" | "shift">): number[] {
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new TachieError("settings.invalid", `steps is ${steps}, but must be a whole number from 1 up`, {
      where: "steps",
    });
  if (!Number.isFinite(shift) || shift <= 0)
    throw new TachieError("settings.invalid", `shift is ${shift}, but must be more than 0`, { where: "shift" });
  const inner = schedule === "shift" ? shiftedTime(steps, shift) : linearQuadraticTime(steps);
  return Array.from({ length: steps + 1 }, (_, index) => (index === 0 ? 0 : index === steps ? 1 : inner(index)));
}

/**
 * t = u / (u + f - f u), uniform in u, rounded to float32 at every operation in the order of the published code: where a
 * time falls on the value of `truncate`, its last bit decides whether that step is guided.
 */
function shiftedTime(steps: number, shift: number): (index: number) => number {
  const round = Math.fround;
  const interval = round(1 / steps);
  const points = steps + 1;
  return (index) => {
    const isFirstHalf = index < Math.floor(points / 2);
    const u = isFirstHalf ? round(interval * index) : round(1 - round(interval * (steps - index)));
    return round(u / round(round(u + shift) - round(shift * u)));
  };
}

/**
 * Linear up to the threshold over the first half of the steps, then a parabola that continues value and slope and
 * reaches 1 at the last step.
 */
function linearQuadraticTime(steps: number): (index: number) => number {
  const linearSteps = Math.floor(steps / 2);
  const quadraticSteps = steps - linearSteps;
  const slope = THRESHOLD_NOISE / linearSteps;
  const curvature = (1 - THRESHOLD_NOISE - slope * quadraticSteps) / quadraticSteps ** 2;
  return (index) => {
    const past = Math.max(0, index - linearSteps);
    return slope * index + curvature * past ** 2;
  };
}
