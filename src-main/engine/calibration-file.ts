/**
 * @file Where a model's calibration for the step cache lies: one that the user measured, by the model's hash, comes before the
 * one in the model's folder. What adapters change of the ratios is small, so the model's own weights alone are asked for.
 */

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { ModelFolder } from "../../models/model-folder.ts";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { CALIBRATION_FILE } from "../contract/step-cache.ts";
import type { StepCacheCalibration } from "../contract/step-cache.ts";
import { SCHEDULES, SOLVERS, requireOneOf } from "../contract/sampling.ts";
import type { Lack } from "../contract/toggle-rules.ts";
import { writeFileAtomically } from "../graph/atomic-file.ts";
import { readingError } from "../graph/file-errors.ts";
import { makeFolders } from "../graph/make-folders.ts";
import { checkRatios } from "./step-cache.ts";

const FORMAT = "tachie step cache 1";
/** A calibration of the most steps that there can be is far smaller. */
const MAX_BYTES = 1 << 20;

type CalibratedModel = Pick<ModelFolder, "folder" | "hash">;

export interface FoundCalibration {
  readonly calibration: StepCacheCalibration;
  /** SHA-256, hex: names it in records. */
  readonly id: string;
}

/** @param ownFolder absolute, where the user's own calibrations lie */
export function ownCalibrationFile(ownFolder: string, { hash }: Pick<ModelFolder, "hash">): string {
  return path.join(ownFolder, `${hash}.json`);
}

/**
 * @returns undefined where the model has none
 * @throws model.mismatch for one that was measured with other weights, model.incomplete for a damaged one, file.unreadable
 */
export function findCalibration(model: CalibratedModel, ownFolder: string): FoundCalibration | undefined {
  const files = [ownCalibrationFile(ownFolder, model), path.join(model.folder, CALIBRATION_FILE)];
  const file = files.find((one) => statSync(one, { throwIfNoEntry: false }) !== undefined);
  if (file === undefined) return undefined;
  const calibration = readCalibration(file);
  if (calibration.modelHash !== model.hash)
    throw new TachieError("model.mismatch", `${file} was measured with other weights than those in ${model.folder}`, {
      where: file,
      remedy: CALIBRATE,
    });
  return {
    calibration,
    id: createHash("sha256")
      .update(JSON.stringify(contentOf(calibration)))
      .digest("hex"),
  };
}

const CALIBRATE = "Run `tachie calibrate --model` with this model.";

/** Why the step cache cannot be had with a model, if it cannot. */
export function calibrationLacks(model: CalibratedModel, ownFolder: string): Lack[] {
  const lack = (reason: string): Lack[] => [{ toggle: "step_cache", value: "on", reason, remedy: CALIBRATE }];
  try {
    return findCalibration(model, ownFolder) === undefined ? lack("the model has not been calibrated for it") : [];
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return lack(error.message);
  }
}

/** @throws file.unwritable, disk.full */
export function writeCalibration(file: string, calibration: StepCacheCalibration): void {
  makeFolders(path.dirname(file));
  const text = `${JSON.stringify({ format: FORMAT, ...contentOf(calibration) }, undefined, 2)}\n`;
  writeFileAtomically(file, (append) => append(Buffer.from(text)), { canReplace: true });
}

/** In a fixed order and without anything else, so that it can be summed. */
function contentOf({ modelHash, sampling, pictures, ratios }: StepCacheCalibration): StepCacheCalibration {
  const { steps, solver, schedule, shift } = sampling;
  return { modelHash, sampling: { steps, solver, schedule, shift }, pictures, ratios };
}

/** @throws model.incomplete, file.unreadable */
function readCalibration(file: string): StepCacheCalibration {
  const damaged = (what: string, cause?: unknown): never => {
    throw new TachieError("model.incomplete", `${file} is no calibration: ${what}`, {
      where: file,
      remedy: CALIBRATE,
      cause,
    });
  };
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) return damaged("it is too large");
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw readingError(error, file);
  }
  try {
    const { format, modelHash, sampling, pictures, ratios } = JSON.parse(text) as Record<string, unknown>;
    if (format !== FORMAT) return damaged(`its format is ${JSON.stringify(format)}, not ${FORMAT}`);
    const { steps, solver, schedule, shift } = sampling as Record<string, unknown>;
    const areNumbers = [pictures, steps, shift].every((value) => typeof value === "number" && value > 0);
    if (typeof modelHash !== "string" || !areNumbers || !Array.isArray(ratios)) return damaged("fields are missing");
    checkRatios(ratios as number[]);
    return contentOf({
      modelHash,
      sampling: {
        steps: steps as number,
        solver: requireOneOf("solver", solver, SOLVERS),
        schedule: requireOneOf("schedule", schedule, SCHEDULES),
        shift: shift as number,
      },
      pictures: pictures as number,
      ratios: ratios as number[],
    });
  } catch (error) {
    if (isTachieError(error, "model.incomplete")) throw error;
    return damaged(error instanceof Error ? error.message : String(error), error);
  }
}
