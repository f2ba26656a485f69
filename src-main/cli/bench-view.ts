/** @file The measured ladder as a table for a person, with the published one beside it. */

import { PUBLISHED_LADDER, bf16Row, speedUp } from "../contract/bench.ts";
import type { BenchReport, BenchRow, PictureDifference, Spread } from "../contract/bench.ts";
import { formatBytes } from "../studio/models/free-space.ts";

const HEADINGS = [
  "",
  "ms a step",
  "(spread)",
  "x first",
  "x bf16",
  "steps",
  "encode",
  "decode",
  "warm",
  "cold",
  "of peak",
  "memory",
  "difference: mean, most, PSNR",
] as const;
const PEAK_COLUMN = HEADINGS.indexOf("of peak");

export function describeBenchReport(report: BenchReport): string[] {
  const { rows, provider, runtime, processor, cores, model, size, repeats, peakFlops } = report;
  const machine = provider === "cuda" ? runtime : `${processor}, ${cores} cores, ${runtime}`;
  const steps = rows[0]?.sampling.steps ?? 0;
  const lossless = rows.filter(({ isLossless }) => isLossless);
  const lossy = rows.filter(({ isLossless }) => !isLossless);
  const cells = (row: BenchRow): string[] => describeRow(row, report);
  const all = [[...HEADINGS], ...lossless.map(cells), ...lossy.map(cells)];
  const table = align(peakFlops === undefined ? all.map(withoutPeak) : all);
  const lossyLines = table.slice(1 + lossless.length);
  return [
    `${model.name}, ${size.width}x${size.height}, ${steps} steps, on ${machine}`,
    `milliseconds, medians of ${repeats} pictures after the first of each row; cold: the first one, with loading`,
    ...(peakFlops === undefined
      ? []
      : [`of peak: of the ${teraflops(peakFlops)} that this GPU reaches in a large matrix product in bfloat16`]),
    ...table.slice(0, 1 + lossless.length),
    ...(lossyLines.length === 0
      ? []
      : ["what changes the picture, each by itself on top of the row above:", ...lossyLines]),
    ...describeLosses(report, lossy),
    "",
    `For comparison, the published ladder, measured on ${PUBLISHED_LADDER.machine}: only the ratios compare.`,
    ...align(describePublished()),
  ];
}

/** A row that has just been measured, in one line. */
export function describeFinishedRow({ title, stepMs, warmMs }: BenchRow): string {
  return `${title}: ${milliseconds(stepMs.median)} ms a step, ${milliseconds(warmMs.median)} ms a picture`;
}

function describeRow(row: BenchRow, { rows, peakFlops }: BenchReport): string[] {
  const [first = row] = rows;
  const half = bf16Row(rows);
  const memory = row.deviceMemoryBytes ?? row.peakMemoryBytes;
  return [
    row.title,
    milliseconds(row.stepMs.median),
    spreadOf(row.stepMs),
    ratio(speedUp(row, first)),
    half === undefined ? "" : ratio(speedUp(row, half)),
    milliseconds(row.denoiseMs.median),
    milliseconds(row.encodeMs.median),
    milliseconds(row.decodeMs.median),
    milliseconds(row.warmMs.median),
    milliseconds(row.coldMs),
    percentOf(row.flopsPerSecond, peakFlops),
    memory === undefined ? "" : formatBytes(memory),
    difference(row.difference),
  ];
}

/** What lossy rows change, beside what rounding alone does. */
function describeLosses({ noiseFloor }: BenchReport, lossy: readonly BenchRow[]): string[] {
  const lines = lossy.flatMap(({ title, lossyDifference, skippedEvaluations }) => {
    if (lossyDifference === undefined) return [];
    const skipped = skippedEvaluations === undefined ? "" : `, ${skippedEvaluations} evaluations skipped`;
    return [`  ${title}: ${difference(lossyDifference)}${skipped}`];
  });
  if (lines.length === 0) return [];
  const floor = noiseFloor === undefined ? [] : [`  other lossless rows of that precision: ${difference(noiseFloor)}`];
  return ["difference from the last lossless row's picture: mean, most, PSNR", ...lines, ...floor];
}

function difference({ mean, most, psnr }: PictureDifference): string {
  return most === 0 ? "none" : `${mean.toFixed(3)}, ${most}, ${psnr?.toFixed(1) ?? "?"} dB`;
}

function describePublished(): string[][] {
  const [first, half] = PUBLISHED_LADDER.rows;
  return [
    ["", "s a picture", "x first", "x bf16"],
    ...PUBLISHED_LADDER.rows.map(({ title, seconds }) => [
      title,
      seconds.toFixed(1),
      ratio(first.seconds / seconds),
      ratio(half.seconds / seconds),
    ]),
  ];
}

function milliseconds(value: number): string {
  return value.toFixed(value >= 100 ? 0 : 1);
}

function spreadOf({ least, most }: Spread): string {
  return `${milliseconds(least)}-${milliseconds(most)}`;
}

function percentOf(part: number | undefined, whole: number | undefined): string {
  return part === undefined || whole === undefined ? "" : `${((100 * part) / whole).toFixed(0)} %`;
}

function teraflops(value: number): string {
  return `${(value / 1e12).toFixed(0)} TFLOP/s`;
}

function withoutPeak(cells: readonly string[]): string[] {
  return cells.filter((_, column) => column !== PEAK_COLUMN);
}

function ratio(value: number): string {
  return value.toFixed(2);
}

/** The first column to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
