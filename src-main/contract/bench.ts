/** @file The ladder of optimisations, measured: what is asked, row by row what came out, and how it compares. */

import type { EngineJob, ImageSize, Provider } from "./generation.ts";
import type { SamplingSettings } from "./sampling.ts";
import type { Toggles } from "./toggles.ts";

export interface BenchParams {
  /** The picture that every row makes; its toggles and its time of truncation are the rows' own. */
  readonly job: EngineJob;
  /** Pictures of a row after its first one, from 1 to `MAX_BENCH_REPEATS`. */
  readonly repeats: number;
}

export const MAX_BENCH_REPEATS = 100;

/** Of several measurements. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How far a picture is from the first row's, in levels of colour from 0 to 255. */
export interface PictureDifference {
  readonly mean: number;
  readonly most: number;
  /** Decibels; absent where the pictures are the same. */
  readonly psnr?: number;
}

export interface BenchRow {
  readonly title: string;
  /** What was applied. */
  readonly toggles: Toggles;
  readonly sampling: SamplingSettings;
  /** A lossy row is measured against the last lossless one, and is not a step to the next. */
  readonly isLossless: boolean;
  /** From nothing in memory to the picture, loading included; files that were read before are in the system's cache. */
  readonly coldMs: number;
  readonly loadMs: number;
  /** Of the pictures after the first. */
  readonly warmMs: Spread;
  readonly encodeMs: Spread;
  readonly stepMs: Spread;
  readonly denoiseMs: Spread;
  readonly decodeMs: Spread;
  /** Most resident bytes of the engine's process while the row was measured; absent where the system does not tell. */
  readonly peakMemoryBytes?: number;
  /** In use on the device after the last picture, by whomever; absent on the CPU. */
  readonly deviceMemoryBytes?: number;
  /** Operations a second while denoising, what was skipped left out; absent where the report has no peak. */
  readonly flopsPerSecond?: number;
  readonly difference: PictureDifference;
  /** Of a lossy row: from the picture of the last lossless one. To be held against the report's `noiseFloor`. */
  readonly lossyDifference?: PictureDifference;
  /** Evaluations of a picture that the step cache skipped, where it was on. */
  readonly skippedEvaluations?: number;
}

export interface BenchReport {
  readonly provider: Provider;
  /** ONNX Runtime, and the GPU where there is one. */
  readonly runtime: string;
  readonly processor: string;
  readonly cores: number;
  readonly model: { readonly name: string; readonly hash: string };
  readonly size: ImageSize;
  readonly repeats: number;
  readonly rows: readonly BenchRow[];
  /**
   * What the GPU reached in a large matrix product in bfloat16, operations a second: whatever a row computes in, it is
   * measured against this. Absent on a CPU.
   */
  readonly peakFlops?: number;
  /**
   * How far pictures are apart that differ by rounding alone: the most by which another lossless row of the same precision
   * is from the last lossless one. Absent where there is no other.
   */
  readonly noiseFloor?: PictureDifference;
}

export interface BenchProgress {
  /** The row at work, from 1 to `rows`. */
  readonly row: number;
  readonly rows: number;
  readonly title: string;
  /** Pictures of it that are done, out of `pictures`. */
  readonly picture: number;
  readonly pictures: number;
  /** The row that has just been finished. */
  readonly finished?: BenchRow;
}

/** A report as the library keeps it. */
export interface BenchmarkRecord {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly report: BenchReport;
}

/** How many times as fast as another row a row makes pictures: by the time of the steps, which all rows have. */
export function speedUp(row: BenchRow, over: BenchRow): number {
  return over.denoiseMs.median / row.denoiseMs.median;
}

/** The first row that computes in bfloat16 and nothing else: what speed-ups in half precision are compared with. */
export function bf16Row(rows: readonly BenchRow[]): BenchRow | undefined {
  return rows.find(({ toggles, isLossless }) => isLossless && toggles.precision === "bf16");
}

/** The published ladder beside which ours stands, as it was given to us: nothing else is known of how it was measured. */
export const PUBLISHED_LADDER = {
  machine: "one A100 40GB",
  rows: [
    { title: "no optimisation", seconds: 62.3 },
    { title: "+ bf16", seconds: 48.7 },
    { title: "+ torch.compile", seconds: 24.5 },
    { title: "+ flash attention", seconds: 18.9 },
    { title: "+ CUDA graph", seconds: 12.1 },
  ],
} as const;
