import assert from "node:assert/strict";
import { test } from "node:test";
import type { BenchRow } from "../../../src-main/contract/bench.ts";
import { OPTIMISATION_PRESETS } from "../../../src-main/contract/toggles.ts";
import type { Toggles } from "../../../src-main/contract/toggles.ts";
import { SAMPLE_BENCHMARKS } from "../../../src-renderer/demo/sample-machine.ts";
import { STARTER_SAMPLING, sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import { measuredEffects } from "../../../src-renderer/optimisation/measured-effects.ts";
import { kindsOf, medianOf, stageMedians, workMs } from "../../../src-renderer/optimisation/picture-times.ts";

function row(denoiseMs: number, toggles: Partial<Toggles>, more: Partial<BenchRow> = {}): BenchRow {
  const same = { median: denoiseMs, least: denoiseMs, most: denoiseMs };
  return {
    title: "",
    toggles: { ...OPTIMISATION_PRESETS.reference, ...toggles },
    sampling: STARTER_SAMPLING,
    isLossless: true,
    coldMs: 0,
    loadMs: 0,
    warmMs: same,
    encodeMs: same,
    stepMs: same,
    denoiseMs: same,
    decodeMs: same,
    difference: { mean: 0, most: 0 },
    ...more,
  };
}

test("each toggle is measured against the row before it; lossy ones against the last lossless one", () => {
  const effects = measuredEffects({
    rows: [
      row(1000, {}, { peakMemoryBytes: 500 }),
      row(800, { optimise: "on", fused: "operators" }, { peakMemoryBytes: 600 }),
      row(400, { optimise: "on", fused: "kernels" }, { peakMemoryBytes: 550 }),
      row(200, { optimise: "on", fused: "kernels", step_cache: "on" }, { isLossless: false }),
      row(300, { optimise: "on", fused: "kernels", vae_precision: "bf16" }, { isLossless: false }),
    ],
  });
  assert.deepEqual(effects.get("optimise"), {
    factor: 1.25,
    memoryBytes: 100,
    difference: { mean: 0, most: 0 },
    together: ["fused"],
  });
  assert.equal(effects.get("fused")?.factor, 2.5, "step by step: 1.25 times 2");
  assert.equal(effects.get("fused")?.memoryBytes, 50);
  assert.equal(effects.get("step_cache")?.factor, 2);
  assert.equal(effects.get("step_cache")?.memoryBytes, undefined);
  assert.equal(effects.get("vae_precision")?.factor, 400 / 300, "not against the lossy row before it");
  assert.equal(effects.get("graph"), undefined);
  const [sample] = SAMPLE_BENCHMARKS;
  assert.ok(sample !== undefined && measuredEffects(sample.report).size > 3);
});

test("pictures of one kind are timed together, oldest first, without loading", () => {
  const pictures = [0, 1, 2, 3].map((index) => ({ ...sampleRecord(index), steps: index === 1 ? 30 : 20 }));
  const kinds = kindsOf(pictures);
  assert.deepEqual(
    kinds.map(({ pictures: ofKind }) => ofKind.map(({ id }) => id)),
    [["sample-3", "sample-2", "sample-0"], ["sample-1"]],
  );
  assert.equal(workMs(sampleRecord(0)), 7220 - 1240);
  assert.equal(medianOf([5, 1, 9]), 5);
  assert.equal(medianOf([]), 0);
  assert.deepEqual(
    stageMedians(pictures).map(({ stage, ms }) => [stage, ms]),
    [
      ["encode", 92],
      ["denoise", 5230],
      ["decode", 610],
      ["save", 48],
    ],
  );
});
