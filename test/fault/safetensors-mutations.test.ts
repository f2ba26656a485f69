/** @file The reader against an independent oracle, over generated headers: same verdict, typed refusals, no hang. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SAFETENSORS_REASONS, SafetensorsError } from "../../src-main/graph/safetensors.ts";
import type { SafetensorsReason } from "../../src-main/graph/safetensors.ts";
import { parseHeader, parseHeaderLength } from "../../src-main/graph/safetensors-header.ts";
import { generateHeader } from "./safetensors-generator.ts";
import type { GeneratedHeader } from "./safetensors-generator.ts";
import { isValidSafetensors } from "./safetensors-oracle.ts";

/** `test/bench/safetensors.bench.ts` does a million. */
const COUNT = Number(process.env["TACHIE_MUTATIONS"] ?? 20_000);
const HANG_MS = 100;

function verdict({ bytes, fileSizeBytes }: GeneratedHeader): SafetensorsReason | undefined {
  try {
    const length = parseHeaderLength(bytes.subarray(0, 8), fileSizeBytes, "x.safetensors");
    parseHeader(bytes.subarray(8, 8 + length), fileSizeBytes, "x.safetensors");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof SafetensorsError, `not a typed refusal: ${String(error)}`);
    assert.equal(error.code, "safetensors.invalid");
    assert.ok(SAFETENSORS_REASONS.includes(error.reason));
    return error.reason;
  }
}

/** What took long is timed again: any one run may have been interrupted by what else the machine does. */
function timedVerdict(header: GeneratedHeader) {
  let durationMs = Infinity;
  let reason: SafetensorsReason | undefined;
  for (let run = 0; run < 3 && durationMs >= HANG_MS; run++) {
    const startedAt = performance.now();
    reason = verdict(header);
    durationMs = Math.min(durationMs, performance.now() - startedAt);
  }
  return { reason, durationMs };
}

test(`${COUNT} generated headers: the reader and the oracle agree`, () => {
  const reasons = new Map<string, number>();
  const mutations = new Set<string>();
  let accepted = 0;
  let acceptedMutants = 0;
  let slowestMs = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const header = generateHeader(seed);
    const { reason, durationMs } = timedVerdict(header);
    slowestMs = Math.max(slowestMs, durationMs);
    const text = `seed ${seed}, ${header.mutations.join(" + ")}: ${header.bytes.toString("latin1", 8)}`;
    assert.equal(
      reason === undefined,
      isValidSafetensors(header.bytes, header.fileSizeBytes),
      `${String(reason)} at ${text}`,
    );
    if (header.mutations.length === 0) assert.equal(reason, undefined, text);
    if (reason === undefined) accepted++;
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (reason === undefined && header.mutations.length > 0) acceptedMutants++;
    for (const mutation of header.mutations) mutations.add(mutation);
  }
  // Of the reasons that a header alone can give, each must have been met: otherwise the mutations test less than they say.
  const wanted = SAFETENSORS_REASONS.slice(SAFETENSORS_REASONS.indexOf("header-truncated"), -1);
  assert.deepEqual(
    wanted.filter((reason) => !reasons.has(reason)),
    [],
  );
  assert.ok(accepted > COUNT / 10 && acceptedMutants > COUNT / 100, `${accepted} and ${acceptedMutants} accepted`);
  assert.ok(slowestMs < HANG_MS, `the slowest took ${slowestMs.toFixed(1)} ms`);
});

test("random bytes are refused, never crash", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const { bytes } = generateHeader(seed);
    if (bytes.length < 8) continue;
    const noise = Buffer.from(bytes.map((byte, i) => (i * 2654435761 + seed * 97 + byte) & 0xff));
    noise.writeBigUInt64LE(BigInt(noise.length - 8));
    const reason = verdict({ bytes: noise, fileSizeBytes: noise.length, mutations: [] });
    assert.equal(reason === undefined, isValidSafetensors(noise, noise.length));
  }
});
