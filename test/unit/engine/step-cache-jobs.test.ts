/** @file Jobs with the step cache by the engine's own door, on the starter: what is skipped, recorded, repeated and refused. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { writeSyntheticModel } from "../../../models/synthetic.ts";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import { OPTIMISATION_PRESETS } from "../../../src-main/contract/toggles.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { createCancelBuffer } from "../../../src-main/engine/shared-cancel.ts";
import { TINY_MODEL } from "../../fixtures/engine/tiny-model.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const hooks = { signal: new AbortController().signal, progress: () => undefined };

function job(model: string, changes: Partial<EngineJob> = {}): EngineJob {
  return {
    model,
    loras: [],
    texts: { system: "", positive: "1girl, smile", negative: "" },
    seed: 3,
    size: { width: 32, height: 32 },
    sampling: { steps: 10, solver: "euler", schedule: "shift", shift: 3, guidance: 2, truncate: 1, renorm: 0 },
    toggles: OPTIMISATION_PRESETS.turbo,
    provider: "cpu",
    isPreviewWanted: false,
    ...changes,
  };
}

test("a model is calibrated once; then a picture skips, says so, and is repeated exactly", async (t) => {
  const root = temporaryFolder(t);
  process.env["TACHIE_DATA"] = path.join(root, "data");
  const model = path.join(root, TINY_MODEL.name);
  writeSyntheticModel(model, TINY_MODEL);
  const { generate, calibrate } = createInference(() => undefined);
  const make = async (changes: Partial<EngineJob> = {}) =>
    await generate({ job: job(model, changes), cancel: createCancelBuffer() }, hooks);

  // A preset gives way, what is asked for by name is refused with the remedy.
  const before = await make();
  assert.deepEqual([before.toggles.step_cache, before.stepCache], ["off", undefined]);
  await assert.rejects(make({ demanded: ["step_cache"] }), (error: { code?: string; remedy?: string }) => {
    assert.equal(error.code, "settings.invalid");
    assert.match(error.remedy ?? "", /tachie calibrate/);
    return true;
  });

  const jobs = [job(model), job(model, { seed: 4 })];
  const report = await calibrate({ jobs, cancel: createCancelBuffer() }, hooks);
  assert.ok(existsSync(report.file) && report.file.startsWith(root), report.file);
  assert.deepEqual([report.calibration.ratios.length, report.calibration.pictures], [10, 2]);
  assert.equal(report.calibration.modelHash, before.modelHash);

  const first = await make({ demanded: ["step_cache"] });
  assert.equal(first.toggles.step_cache, "on");
  assert.deepEqual(first.stepCache?.skipped, report.skipped);
  assert.equal(first.stepCache?.evaluations, 10);
  const stepCache = { calibration: first.stepCache?.calibration ?? "", skipped: [3, 4], evaluations: 10 };
  const repeated = await make({ stepCache });
  assert.deepEqual(repeated.stepCache, stepCache, "its own skips, not today's");
  assert.deepEqual((await make({ stepCache })).image.pixels, repeated.image.pixels);
  await assert.rejects(make({ stepCache: { ...stepCache, evaluations: 9 } }), { code: "settings.invalid" });
});
