/** @file Names the stage in every error of a run, so that a person learns where a picture failed, and checks values. */

import { TachieError } from "../contract/errors.ts";
import type { ErrorCode } from "../contract/errors.ts";

const RUN_ERRORS: ReadonlySet<ErrorCode> = new Set(["engine.run-failed", "engine.out-of-memory", "engine.device-lost"]);

/**
 * Runs a part of a job. Errors of the network's runtime come out with `stage` in front of their message.
 * @param stage such as `denoise, step 3 of 20`
 */
export async function inStage<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TachieError) || !RUN_ERRORS.has(error.code) || error.where !== undefined) throw error;
    throw new TachieError(error.code, `${stage}: ${error.message}`, {
      where: stage,
      remedy: error.remedy,
      cause: error,
    });
  }
}

/** @throws engine.run-failed when `isFinite` is false: a black picture is never made in silence */
export function requireFinite(stage: string, what: string, isFinite: boolean): void {
  if (isFinite) return;
  throw new TachieError("engine.run-failed", `${stage}: ${what} became infinite or not a number`, {
    where: stage,
    remedy: "Lower the guidance or change the solver; if it stays so, the model's weights are damaged or do not fit.",
  });
}
