/** @file The ladder: which rows there are where, how they are measured, and that a real engine climbs it. */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { writeSyntheticModel } from "../../../../models/synthetic.ts";
import { bf16Row, speedUp } from "../../../../src-main/contract/bench.ts";
import type { BenchProgress } from "../../../../src-main/contract/bench.ts";
import type { EngineJob } from "../../../../src-main/contract/generation.ts";
import { ladderRows } from "../../../../src-main/contract/ladder.ts";
import { DEFAULT_TOGGLES, OPTIMISATION_PRESETS } from "../../../../src-main/contract/toggles.ts";
import { checkBench } from "../../../../src-main/engine/bench/bench-check.ts";
import { pictureDifference } from "../../../../src-main/engine/bench/picture-difference.ts";
import { runLadder, spread } from "../../../../src-main/engine/bench/run-ladder.ts";
import { createInference } from "../../../../src-main/engine/inference.ts";
import { createCancelBuffer, setCancelled } from "../../../../src-main/engine/shared-cancel.ts";
import { TINY_MODEL } from "../../../fixtures/engine/tiny-model.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

const SAMPLING = {
  steps: 3,
  solver: "euler",
  schedule: "shift",
  shift: 6,
  guidance: 4,
  truncate: 0.5,
  renorm: 0,
} as const;

function job(model: string): EngineJob {
  return {
    model,
    loras: [],
    texts: { system: "", positive: "1girl, smile", negative: "" },
    seed: 3,
    size: { width: 32, height: 32 },
    sampling: SAMPLING,
    toggles: DEFAULT_TOGGLES,
    provider: "cpu",
    isPreviewWanted: false,
  };
}

test("on a CPU: the rows that apply, cumulative, ending at everything lossless", () => {
  const rows = ladderRows(SAMPLING, { provider: "cpu" });
  assert.deepEqual(
    rows.map(({ title }) => title),
    [
      "no optimisation",
      "+ graph optimisation and fused operators",
      "+ fused attention",
      "+ mapped weights",
      "+ cached embeddings",
      "guidance up to t = 0.25",
    ],
  );
  assert.deepEqual(rows[0]?.toggles, OPTIMISATION_PRESETS.reference);
  assert.equal(rows[2]?.toggles.attention, "fused");
  assert.deepEqual(
    rows.map(({ isLossless }) => isLossless),
    [true, true, true, true, true, false],
  );
  assert.deepEqual(
    rows.map(({ sampling }) => sampling.truncate),
    [1, 1, 1, 1, 1, 0.25],
  );
});

test("on a GPU: as published and further, and without what it lacks", () => {
  const all = ladderRows(SAMPLING, { provider: "cuda" }).map(({ title }) => title);
  assert.deepEqual(all.slice(0, 4), [
    "no optimisation",
    "+ bf16",
    "+ graph optimisation and fused operators",
    "+ flash attention",
  ]);
  assert.equal(all.at(-1), "step cache");
  assert.ok(!all.includes("+ mapped weights"));
  const lacks = [{ toggle: "attention", value: "flash", reason: "it fails" }] as const;
  const without = ladderRows({ ...SAMPLING, guidance: 1 }, { provider: "cuda", lacks }).map(({ title }) => title);
  // Without flash the nearest value before it stands in, which is a row of its own.
  assert.ok(without.includes("+ cuDNN attention"));
  assert.ok(!without.includes("guidance up to t = 0.25"), "nothing is guided");
});

test("spread and difference", () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, least: 1, most: 3 });
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, least: 1, most: 4 });
  const a = { width: 2, height: 1, pixels: Uint8Array.of(0, 0, 0, 255, 255, 255) };
  const b = { width: 2, height: 1, pixels: Uint8Array.of(0, 0, 6, 255, 255, 255) };
  assert.deepEqual(pictureDifference(a, a), { mean: 0, most: 0 });
  const { mean, most, psnr } = pictureDifference(a, b);
  assert.deepEqual([mean, most], [1, 6]);
  assert.ok(Math.abs((psnr ?? 0) - 10 * Math.log10(255 ** 2 / 6)) < 1e-9);
  assert.throws(() => pictureDifference(a, { ...b, width: 1 }), { code: "internal.bug" });
});

test("each row lets everything go first, asks for its own toggles, and is compared with the first", async () => {
  const log: string[] = [];
  const progress: BenchProgress[] = [];
  const report = await runLadder(
    { job: job("/m"), repeats: 2 },
    {
      compute: { provider: "cpu", version: "fake 1", lacks: [] },
      model: { folder: "/m", name: "m", hash: "00", parameters: 1, weightBytes: 1, isPlaceholder: true },
      forget: () => Promise.resolve(void log.push("forget")),
      progress: (value) => void progress.push(value),
      generate({ toggles, sampling, size }) {
        log.push("picture");
        const stepMs = toggles.optimise === "on" ? [1, 1, 1] : [4, 4, 4];
        const pixels = new Uint8Array(size.width * size.height * 3).fill(sampling.truncate === 1 ? 9 : 11);
        return Promise.resolve({
          image: { ...size, pixels },
          provider: "cpu",
          toggles,
          timings: { loadMs: 5, encodeMs: 1, denoiseMs: stepMs.reduce((a, b) => a + b), decodeMs: 1, stepMs },
          modelHash: "00",
          peakMemoryBytes: 1,
        });
      },
    },
  );
  assert.deepEqual(log.slice(0, 8), [
    "forget",
    "picture",
    "picture",
    "picture",
    "forget",
    "picture",
    "picture",
    "picture",
  ]);
  const [first, second] = report.rows;
  assert.deepEqual(first?.stepMs, { median: 4, least: 4, most: 4 });
  assert.equal(speedUp(second!, first), 4);
  assert.equal(bf16Row(report.rows), undefined);
  assert.deepEqual(first?.difference, { mean: 0, most: 0 });
  assert.deepEqual([report.rows.at(-1)?.isLossless, report.rows.at(-1)?.difference.mean], [false, 2]);
  assert.equal(progress.filter(({ finished }) => finished !== undefined).length, report.rows.length);
  assert.ok(process.platform !== "linux" || (first?.peakMemoryBytes ?? 0) > 1e6);
});

test("a real engine climbs the ladder, and all lossless rows give nearly the same picture", async (t) => {
  const model = path.join(temporaryFolder(t), TINY_MODEL.name);
  writeSyntheticModel(model, TINY_MODEL);
  const loaded: (string | undefined)[] = [];
  const { bench } = createInference((info) => void loaded.push(info?.name));
  const cancel = createCancelBuffer();
  const hooks = { signal: new AbortController().signal, progress: () => undefined };
  const report = await bench({ job: job(model), repeats: 1, cancel }, hooks);
  assert.equal(report.rows.length, 6);
  for (const row of report.rows) {
    assert.ok(row.loadMs > 0 && row.coldMs > row.loadMs, `${row.title} was loaded anew`);
    if (row.isLossless) assert.ok(row.difference.most <= 2, `${row.title}: ${row.difference.most}`);
  }
  const cached = report.rows.find(({ toggles }) => toggles.text_cache === "on");
  assert.ok((cached?.encodeMs.median ?? Infinity) < (report.rows[0]?.encodeMs.median ?? 0), "no text is encoded again");
  assert.equal(loaded.filter((name) => name !== undefined).length, 6);
  setCancelled(cancel);
  await assert.rejects(async () => bench({ job: job(model), repeats: 1, cancel }, hooks), { code: "job.cancelled" });
});

test("what is asked is checked", () => {
  const right = { job: job("/m"), repeats: 2 };
  assert.equal(checkBench(right).repeats, 2);
  for (const repeats of [0, 101, 1.5, "2", undefined])
    assert.throws(() => checkBench({ ...right, repeats }), { code: "settings.invalid", where: "repeats" });
  assert.throws(() => checkBench({ repeats: 2 }), { code: "wire.invalid" });
});
