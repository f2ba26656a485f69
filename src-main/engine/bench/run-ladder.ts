/**
 * @file Measures the ladder: for each row everything is let go, one picture is made from nothing, then some more. It asks
 * for pictures by the same door as everybody, so that what is measured is what the product does.
 */

import { cpus } from "node:os";
import type { BenchParams, BenchProgress, BenchReport, BenchRow, Spread } from "../../contract/bench.ts";
import type { ModelInfo } from "../../contract/engine.ts";
import type { EngineImage, EngineJob, RgbImage } from "../../contract/generation.ts";
import { ladderRows } from "../../contract/ladder.ts";
import type { LadderRow } from "../../contract/ladder.ts";
import type { Compute } from "../compute.ts";
import { inferenceThreads } from "../threads.ts";
import { peakMemorySinceReset, resetPeakMemory } from "./memory-mark.ts";
import { pictureDifference } from "./picture-difference.ts";

export interface LadderTools {
  readonly compute: Pick<Compute, "provider" | "version" | "lacks" | "deviceMemoryBytes">;
  readonly model: ModelInfo;
  /** @throws as `generate`, job.cancelled among others */
  readonly generate: (job: EngineJob) => Promise<EngineImage>;
  /** Frees the loaded model, and forgets the texts that were encoded. */
  readonly forget: () => Promise<void>;
  readonly progress: (progress: BenchProgress) => void;
}

/** @throws what keeps a picture from being made */
export async function runLadder({ job, repeats }: BenchParams, tools: LadderTools): Promise<BenchReport> {
  const { compute, model, progress } = tools;
  const plan = ladderRows(job.sampling, compute);
  const rows: BenchRow[] = [];
  let reference: RgbImage | undefined;
  for (const [index, row] of plan.entries()) {
    const at = { row: index + 1, rows: plan.length, title: row.title, pictures: repeats + 1 };
    progress({ ...at, picture: 0 });
    const measured = await measureRow(row, job, repeats, tools, (picture) => progress({ ...at, picture }));
    reference ??= measured.image;
    const finished: BenchRow = { ...measured.row, difference: pictureDifference(measured.image, reference) };
    rows.push(finished);
    progress({ ...at, picture: repeats + 1, finished });
  }
  return {
    provider: compute.provider,
    runtime: compute.version,
    processor: cpus()[0]?.model.trim() ?? "",
    cores: inferenceThreads(),
    model: { name: model.name, hash: model.hash },
    size: job.size,
    repeats,
    rows,
  };
}

async function measureRow(
  { title, toggles, sampling, isLossless }: LadderRow,
  job: EngineJob,
  repeats: number,
  { compute, generate, forget }: LadderTools,
  done: (picture: number) => void,
): Promise<{ readonly row: Omit<BenchRow, "difference">; readonly image: RgbImage }> {
  await forget();
  const hasMark = resetPeakMemory();
  const asked: EngineJob = { ...job, toggles, sampling, provider: compute.provider, isPreviewWanted: false };
  const times: { totalMs: number; result: EngineImage }[] = [];
  for (let picture = 0; picture <= repeats; picture++) {
    const start = performance.now();
    const result = await generate(asked);
    times.push({ totalMs: performance.now() - start, result });
    if (picture < repeats) done(picture + 1);
  }
  const [first, ...warm] = times as [(typeof times)[0], ...typeof times];
  const peakMemoryBytes = hasMark ? peakMemorySinceReset() : undefined;
  const deviceMemoryBytes = compute.deviceMemoryBytes?.();
  const spreadOf = (read: (time: (typeof times)[0]) => number | readonly number[]): Spread =>
    spread(warm.flatMap(read));
  const row = {
    title,
    toggles: first.result.toggles,
    sampling,
    isLossless,
    coldMs: first.totalMs,
    loadMs: first.result.timings.loadMs,
    warmMs: spreadOf(({ totalMs }) => totalMs),
    encodeMs: spreadOf(({ result }) => result.timings.encodeMs),
    stepMs: spreadOf(({ result }) => result.timings.stepMs),
    denoiseMs: spreadOf(({ result }) => result.timings.denoiseMs),
    decodeMs: spreadOf(({ result }) => result.timings.decodeMs),
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
    ...(deviceMemoryBytes === undefined ? {} : { deviceMemoryBytes }),
  };
  return { row, image: (warm.at(-1) ?? first).result.image };
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  return { median, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}
