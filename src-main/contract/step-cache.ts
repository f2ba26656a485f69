/** @file The step cache: what is measured of a model once, and what of it a picture was made with. */

import type { EngineJob } from "./generation.ts";
import type { SamplingSettings } from "./sampling.ts";

/** In a model's folder: the calibration that comes with it. */
export const CALIBRATION_FILE = "step-cache.json";

/** Measured in runs without skips. */
export interface StepCacheCalibration {
  /** See `ModelInfo.hash`. */
  readonly modelHash: string;
  /** What the runs had in common. */
  readonly sampling: Pick<SamplingSettings, "steps" | "solver" | "schedule" | "shift">;
  /** Runs that the ratios are the mean of. */
  readonly pictures: number;
  /**
   * One for each evaluation: the mean over tokens of |r| / |r before|, r being what the layers add to a token. The first is
   * 1.
   */
  readonly ratios: readonly number[];
}

/** What of the step cache a picture was made with; enough to skip the same again, whatever is calibrated by then. */
export interface StepCacheRecord {
  /** SHA-256 of the calibration, hex. */
  readonly calibration: string;
  /** Evaluations without the transformer's layers, counted from 0, ascending. */
  readonly skipped: readonly number[];
  /** Of the whole run. */
  readonly evaluations: number;
}

export interface CalibrateParams {
  /** The pictures to measure, alike in model, adapters and sampling; from 1 to `MAX_CALIBRATION_PICTURES`. */
  readonly jobs: readonly EngineJob[];
  /** Absolute; where the calibration goes instead of the user's own data. An existing file is replaced. */
  readonly file?: string;
}

export const MAX_CALIBRATION_PICTURES = 32;

export interface CalibrationReport {
  readonly calibration: StepCacheCalibration;
  /** Absolute: where it was written. */
  readonly file: string;
  /** Evaluations that pictures of these settings will skip from now on. */
  readonly skipped: readonly number[];
}
