/** @file What is asked of the ladder comes over the wire, so it is checked before any work begins. */

import { MAX_BENCH_REPEATS } from "../../contract/bench.ts";
import type { BenchParams } from "../../contract/bench.ts";
import { TachieError } from "../../contract/errors.ts";
import { checkJob, requireRecord } from "../job-check.ts";

/** @throws as `checkJob`; settings.invalid for a number of pictures out of range */
export function checkBench(value: unknown): BenchParams {
  const { job, repeats } = requireRecord("the parameters", value);
  const isRight = Number.isInteger(repeats) && (repeats as number) >= 1 && (repeats as number) <= MAX_BENCH_REPEATS;
  if (!isRight)
    throw new TachieError(
      "settings.invalid",
      `repeats is ${String(repeats)}, but must be a whole number from 1 to ${MAX_BENCH_REPEATS}`,
      { where: "repeats" },
    );
  return { job: checkJob(job), repeats: repeats as number };
}
