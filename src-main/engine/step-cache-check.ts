/** @file What is asked about the step cache comes over the wire, so it is checked before any work begins. */

import { TachieError } from "../contract/errors.ts";
import { MAX_CALIBRATION_PICTURES } from "../contract/step-cache.ts";
import type { CalibrateParams, StepCacheRecord } from "../contract/step-cache.ts";
import { checkAbsolutePath, checkJob, requireRecord, requireText } from "./job-check.ts";

/** @throws as `checkJob`; settings.invalid for no pictures, too many, or such that differ in model or sampling */
export function checkCalibrate(value: unknown): CalibrateParams {
  const { jobs: given, file } = requireRecord("the parameters", value);
  const count = Array.isArray(given) ? given.length : 0;
  if (!Array.isArray(given) || count < 1 || count > MAX_CALIBRATION_PICTURES)
    throw new TachieError(
      "settings.invalid",
      `${count} pictures are to be measured, but must be from 1 to ${MAX_CALIBRATION_PICTURES}`,
      { where: "jobs" },
    );
  const jobs = given.map(checkJob);
  const kindOf = ({ model, loras, sampling, provider }: (typeof jobs)[0]): string =>
    JSON.stringify([model, loras, Object.entries(sampling).sort(), provider]);
  if (new Set(jobs.map(kindOf)).size > 1)
    throw new TachieError("settings.invalid", "pictures to be measured together differ in model, LoRAs or sampling", {
      where: "jobs",
    });
  return { jobs, ...(file === undefined ? {} : { file: checkAbsolutePath("file", file) }) };
}

/** @throws wire.invalid, settings.invalid */
export function checkStepCache(value: unknown): StepCacheRecord {
  const { calibration, skipped, evaluations } = requireRecord("stepCache", value);
  const isCount = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
  const isRight =
    isCount(evaluations) &&
    Array.isArray(skipped) &&
    skipped.length <= evaluations &&
    skipped.every((index, place) => isCount(index) && index > ((skipped[place - 1] as number | undefined) ?? -1));
  if (!isRight)
    throw new TachieError("settings.invalid", "stepCache.skipped must ascend, within stepCache.evaluations", {
      where: "stepCache",
    });
  return { calibration: requireText("stepCache.calibration", calibration), skipped: skipped as number[], evaluations };
}
