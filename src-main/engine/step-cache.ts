/**
 * @file Which evaluations of a sampling run may reuse what the transformer's layers added in an earlier one.
 *
 * The method of magnitude ratios (MagCache, Ma et al. 2025): what the layers add changes its size from one evaluation to
 * the next by a ratio that hardly depends on prompt and seed. So the ratios are measured once a model, the error of
 * skipping is estimated from them alone, and the schedule is known before a run begins: it needs nothing from the device
 * and is the same for every seed. Each branch of the guidance keeps a cache of its own and follows the same schedule.
 */

import { TachieError } from "../contract/errors.ts";

export interface StepCacheLimits {
  /** The most that the estimated error of skips in a row may add up to. */
  readonly maxError: number;
  /** Skips in a row. */
  readonly maxSkips: number;
  /** The share of all evaluations, from the first, that are never skipped. */
  readonly retained: number;
}

/** What the method's authors use for a guided model of this kind. */
export const STEP_CACHE_LIMITS: StepCacheLimits = { maxError: 0.06, maxSkips: 2, retained: 0.2 };

/**
 * For each evaluation whether it is skipped. The first never is, since nothing is stored yet, nor the last, which
 * decides the finest detail.
 * @throws settings.invalid for limits out of range, or ratios that are no positive numbers
 */
export function skipSchedule(ratios: readonly number[], limits: StepCacheLimits): boolean[] {
  checkLimits(limits);
  checkRatios(ratios);
  const { maxError, maxSkips, retained } = limits;
  const firstSkippable = Math.max(1, Math.ceil(retained * ratios.length));
  let [product, error, skips] = [1, 0, 0];
  return ratios.map((ratio, index) => {
    product *= ratio;
    error += Math.abs(1 - product);
    skips++;
    const isSkipped = index >= firstSkippable && index < ratios.length - 1 && error <= maxError && skips <= maxSkips;
    if (!isSkipped) [product, error, skips] = [1, 0, 0];
    return isSkipped;
  });
}

/**
 * Ratios for another number of evaluations over the same stretch of time. Each new evaluation spans as much of the
 * logarithm of the magnitude as the old ones that it covers, so that the product over the run stays what it was.
 * @throws settings.invalid
 */
export function stretchRatios(ratios: readonly number[], count: number): number[] {
  checkRatios(ratios);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new TachieError("settings.invalid", `ratios cannot be stretched to ${count} evaluations`, { where: "steps" });
  const levels: number[] = [];
  for (const [index, ratio] of ratios.entries())
    levels.push(index === 0 ? 0 : (levels[index - 1] ?? 0) + Math.log(ratio));
  const levelAt = (index: number): number => {
    const place = count === 1 ? 0 : (index * (levels.length - 1)) / (count - 1);
    const below = Math.floor(place);
    const [low, high] = [levels[below] ?? 0, levels[below + 1] ?? levels[below] ?? 0];
    return low + (place - below) * (high - low);
  };
  return Array.from({ length: count }, (_, index) => (index === 0 ? 1 : Math.exp(levelAt(index) - levelAt(index - 1))));
}

/** Takes what the layers added in each evaluation of a run, and gives the ratios. */
export class MagnitudeMeter {
  readonly #width: number;
  readonly #ratios: number[] = [];
  #before: Float64Array | undefined;

  /** @param width numbers of a token */
  constructor(width: number) {
    this.#width = width;
  }

  /**
   * @param residual [tokens, width]; tokens are the same in all evaluations of a run
   * @throws internal.bug
   */
  add(residual: Float32Array): void {
    const width = this.#width;
    const magnitudes = Float64Array.from({ length: residual.length / width }, (_, token) => {
      let sum = 0;
      for (let index = token * width; index < (token + 1) * width; index++) sum += (residual[index] ?? 0) ** 2;
      return Math.sqrt(sum);
    });
    const before = this.#before;
    if (before !== undefined && before.length !== magnitudes.length)
      throw new TachieError("internal.bug", `${magnitudes.length} tokens follow ${before.length} in one run`);
    this.#ratios.push(before === undefined ? 1 : meanRatio(magnitudes, before));
    this.#before = magnitudes;
  }

  /** One for each evaluation so far. */
  get ratios(): readonly number[] {
    return this.#ratios;
  }
}

/** Over the tokens that had a magnitude at all. */
function meanRatio(magnitudes: Float64Array, before: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const [token, magnitude] of magnitudes.entries()) {
    const last = before[token] ?? 0;
    if (last === 0) continue;
    sum += magnitude / last;
    count++;
  }
  return count === 0 ? 1 : sum / count;
}

/** @throws settings.invalid unless they are positive numbers, one at least */
export function checkRatios(ratios: readonly number[]): void {
  const wrong = ratios.findIndex((ratio) => !(Number.isFinite(ratio) && ratio > 0));
  if (wrong >= 0 || ratios.length === 0)
    throw new TachieError(
      "settings.invalid",
      ratios.length === 0 ? "a calibration has no ratios" : `ratio ${wrong} of a calibration is ${ratios[wrong]}`,
      { where: "step_cache", remedy: "Calibrate the model again." },
    );
}

function checkLimits({ maxError, maxSkips, retained }: StepCacheLimits): void {
  const isRight = maxError >= 0 && Number.isSafeInteger(maxSkips) && maxSkips >= 0 && retained >= 0 && retained <= 1;
  if (!isRight)
    throw new TachieError(
      "settings.invalid",
      `the step cache's limits are an error of ${maxError}, ${maxSkips} skips, a retained share of ${retained}; they must be 0 or more, a whole number, and from 0 to 1`,
      { where: "step_cache" },
    );
}
