/**
 * @file How fast and how frugal the safetensors reader is, and a million mutated headers against the oracle.
 *
 * node test/bench/safetensors.bench.ts [MUTATIONS]
 */

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkFinite } from "../../models/finite-check.ts";
import { newbieCheckpoint } from "../../models/make-checkpoint.ts";
import { hashModel } from "../../models/model-hash.ts";
import { nextDitTensors } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { PUBLISHED_NEXT_DIT } from "../../models/newbie-exp0.1/published-configs.ts";
import { writeSyntheticModel } from "../../models/synthetic.ts";
import { openCheckpoint } from "../../src-main/graph/checkpoint.ts";
import { SafetensorsError, openSafetensors, tensorByteLength } from "../../src-main/graph/safetensors.ts";
import { parseHeader, parseHeaderLength } from "../../src-main/graph/safetensors-header.ts";
import { generateHeader } from "../fault/safetensors-generator.ts";
import { isValidSafetensors } from "../fault/safetensors-oracle.ts";
import { safetensorsBytes } from "../unit/graph/temporary-folder.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-bench-"));
try {
  measureOpening();
  measureModel();
  measureMemory();
  compareMutations(Number(process.argv[2] ?? 1_000_000));
} finally {
  rmSync(folder, { recursive: true });
}

function median(durations: number[]): number {
  return durations.sort((a, b) => a - b)[durations.length >> 1] ?? NaN;
}

function time(repetitions: number, action: () => void): number {
  return median(
    Array.from({ length: repetitions }, () => {
      const startedAt = performance.now();
      action();
      return performance.now() - startedAt;
    }),
  );
}

function measureOpening(): void {
  const file = path.join(folder, "large.safetensors");
  let position = 0;
  const fields = Array.from(nextDitTensors(PUBLISHED_NEXT_DIT), ([name, shape]) => {
    const begin = position;
    position += tensorByteLength("BF16", shape) ?? NaN;
    return `"${name}":{"dtype":"BF16","shape":[${shape.join(",")}],"data_offsets":[${begin},${position}]}`;
  });
  const start = safetensorsBytes(`{${fields.join(",")}}`);
  const descriptor = openSync(file, "w");
  writeSync(descriptor, start);
  ftruncateSync(descriptor, start.length + position);
  closeSync(descriptor);
  const first = time(1, () => openSafetensors(file));
  const again = time(50, () => openSafetensors(file));
  console.log(
    `open 535 tensors, ${(position / 1e9).toFixed(2)} GB: first ${first.toFixed(1)} ms, median ${again.toFixed(1)} ms`,
  );
  const checkpoint = openCheckpoint(file);
  console.log(
    `  hash by samples: ${time(3, () => hashModel({ transformer: { checkpoint, tokenizer: undefined, config: {} } })).toFixed(0)} ms`,
  );
  console.log(`  finite check by samples: ${time(3, () => checkFinite(checkpoint)).toFixed(0)} ms`);
}

function measureModel(): void {
  let number = 0;
  const durationMs = time(3, () =>
    writeSyntheticModel(path.join(folder, `model-${number++}`), newbieCheckpoint("small", 0)),
  );
  console.log(`write the small checkpoint: ${durationMs.toFixed(0)} ms`);
}

/** A header of about 9 MB that says 100,000 tensors. */
function measureMemory(): void {
  const count = 100_000;
  const fields = Array.from(
    { length: count },
    (_, i) => `"layer.${i}.weight":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`,
  );
  const bytes = safetensorsBytes(`{${fields.join(",")}}`);
  fields.length = 0;
  const before = process.memoryUsage.rss();
  const startedAt = performance.now();
  const { tensors } = parseHeader(bytes.subarray(8), bytes.length + count, "x");
  const durationMs = performance.now() - startedAt;
  const grown = process.memoryUsage.rss() - before;
  console.log(
    `${tensors.size} tensors, ${(bytes.length / 1e6).toFixed(1)} MB of header: ${durationMs.toFixed(0)} ms, memory grew by ${(grown / 1e6).toFixed(1)} MB`,
  );
}

function compareMutations(count: number): void {
  let readingMs = 0;
  let slowestMs = 0;
  let accepted = 0;
  const disagreements: number[] = [];
  let rssBefore = 0;
  for (let seed = 0; seed < count; seed++) {
    // Counted once the program is warm.
    if (seed === Math.floor(count / 10)) rssBefore = process.memoryUsage.rss();
    const header = generateHeader(seed);
    const startedAt = performance.now();
    const isAccepted = read(header.bytes, header.fileSizeBytes);
    const durationMs = performance.now() - startedAt;
    readingMs += durationMs;
    slowestMs = Math.max(slowestMs, durationMs);
    if (isAccepted) accepted++;
    if (isAccepted !== isValidSafetensors(header.bytes, header.fileSizeBytes)) disagreements.push(seed);
  }
  const grown = (process.memoryUsage.rss() - rssBefore) / 1e6;
  console.log(
    `${count} mutated headers: ${accepted} accepted, ${disagreements.length} disagreements with the oracle${disagreements.length > 0 ? ` (seeds ${disagreements.slice(0, 10).join(", ")})` : ""}, ` +
      `${Math.round(count / (readingMs / 1000))} a second, slowest ${slowestMs.toFixed(1)} ms, memory grew by ${grown.toFixed(1)} MB`,
  );
  if (disagreements.length > 0) process.exitCode = 1;
}

/** @throws what is not a typed refusal */
function read(bytes: Buffer, fileSizeBytes: number): boolean {
  try {
    const length = parseHeaderLength(bytes.subarray(0, 8), fileSizeBytes, "x");
    parseHeader(bytes.subarray(8, 8 + length), fileSizeBytes, "x");
    return true;
  } catch (error) {
    if (error instanceof SafetensorsError) return false;
    throw error;
  }
}
