/** @file How long it still takes, from the studio's own estimate or else from the pace of the picture being made. */

import type { JobProgress } from "../../src-main/contract/jobs.ts";

/** A queue's estimate, with the moment at which it was told. */
export interface ToldEstimate {
  readonly remainingMs: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The studio's estimate goes down with the clock, and stays at 0 once it proves too short. */
export function countDownMs(told: ToldEstimate, now: number): number {
  return Math.max(0, told.remainingMs - (now - told.at));
}

/**
 * What the present picture still needs at its present pace. Counted in passes through the network where they are told,
 * because steps differ in cost.
 */
export function pictureLeftMs(progress: JobProgress): number | undefined {
  if (progress.stage !== "denoise" || progress.stepMs === 0 || progress.step === 0) return undefined;
  const stepsLeft = progress.steps - progress.step;
  const { passes, passesTotal } = progress;
  if (passes === undefined || passesTotal === undefined || passes === 0) return stepsLeft * progress.stepMs;
  const passMs = (progress.stepMs * progress.step) / passes;
  return (passesTotal - passes) * passMs;
}

/** How much of a picture is done, from 0 to 1. */
export function pictureShare({ stage, step, steps, passes, passesTotal }: JobProgress): number {
  if (stage === "load" || stage === "encode") return 0;
  if (stage === "decode" || stage === "save") return 1;
  if (passes !== undefined && passesTotal !== undefined && passesTotal > 0) return passes / passesTotal;
  return steps === 0 ? 0 : step / steps;
}
