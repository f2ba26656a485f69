import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openModelFolder } from "../../../models/model-folder.ts";
import { refusal } from "../../../src-main/contract/toggle-rules.ts";
import type { StepCacheCalibration } from "../../../src-main/contract/step-cache.ts";
import {
  calibrationLacks,
  findCalibration,
  ownCalibrationFile,
  writeCalibration,
} from "../../../src-main/engine/calibration-file.ts";
import { planSkips, repeatSkips } from "../../../src-main/engine/skip-plan.ts";
import { checkStepCache } from "../../../src-main/engine/step-cache-check.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const HASH = "a".repeat(64);
const SAMPLING = {
  steps: 6,
  solver: "euler",
  schedule: "shift",
  shift: 3,
  guidance: 4,
  truncate: 1,
  renorm: 0,
} as const;

function calibration(changes: Partial<StepCacheCalibration> = {}): StepCacheCalibration {
  const { steps, solver, schedule, shift } = SAMPLING;
  const ratios = [1, 0.999, 0.998, 0.997, 0.9, 0.5];
  return { modelHash: HASH, sampling: { steps, solver, schedule, shift }, pictures: 2, ratios, ...changes };
}

function places(context: TestContext) {
  const root = temporaryFolder(context);
  const model = { folder: path.join(root, "model"), hash: HASH };
  mkdirSync(model.folder);
  return { model, own: path.join(root, "data", "step-cache") };
}

test("a calibration is found again as it was written; the user's own comes before the model's", (context) => {
  const { model, own } = places(context);
  assert.equal(findCalibration(model, own), undefined);
  writeCalibration(path.join(model.folder, "step-cache.json"), calibration());
  const shipped = findCalibration(model, own);
  assert.deepEqual(shipped?.calibration, calibration());
  writeCalibration(ownCalibrationFile(own, model), calibration({ ratios: [1, 0.9, 0.9, 0.9, 0.9, 0.9] }));
  const mine = findCalibration(model, own);
  assert.equal(mine?.calibration.ratios[1], 0.9);
  assert.match(mine.id, /^[0-9a-f]{64}$/);
  assert.notEqual(mine.id, shipped?.id);
  assert.deepEqual(calibrationLacks(model, own), []);
});

test("without one the toggle is refused, and the remedy says how to get it", (context) => {
  const { model, own } = places(context);
  const error = refusal("step_cache", "on", "cpu", calibrationLacks(model, own));
  assert.match(error?.message ?? "", /not been calibrated/);
  assert.match(error?.remedy ?? "", /tachie calibrate/);
});

test("one of other weights, or a damaged one, is no calibration", (context) => {
  const { model, own } = places(context);
  const file = path.join(model.folder, "step-cache.json");
  writeCalibration(file, calibration({ modelHash: "b".repeat(64) }));
  assert.throws(() => findCalibration(model, own), { code: "model.mismatch", where: file });
  assert.match(calibrationLacks(model, own)[0]?.reason ?? "", /other weights/);
  writeCalibration(file, calibration());
  const sound = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const damages = [
    { ratios: [] },
    { ratios: [1, -1] },
    { ratios: "1" },
    { sampling: {} },
    { format: "2" },
    { pictures: 0 },
  ];
  for (const damage of damages) {
    writeFileSync(file, JSON.stringify({ ...sound, ...damage }));
    assert.throws(() => findCalibration(model, own), { code: "model.incomplete" }, JSON.stringify(damage));
  }
  writeFileSync(file, "{");
  assert.throws(() => findCalibration(model, own), { code: "model.incomplete" });
});

test("skips are planned for other numbers of steps too, and repeated from a record as they were", () => {
  const found = { calibration: calibration(), id: "c" };
  const planned = planSkips(found, SAMPLING);
  assert.deepEqual(planned.skips, [false, false, true, true, false, false]);
  assert.equal(planSkips(found, { ...SAMPLING, steps: 12 }).skips.length, 12);
  assert.equal(planSkips(found, { ...SAMPLING, solver: "midpoint" }).skips.length, 12);
  const record = { calibration: "c", skipped: [2, 3], evaluations: 6 };
  assert.deepEqual(repeatSkips(record, SAMPLING), planned);
  for (const wrong of [{ evaluations: 7 }, { skipped: [0] }, { skipped: [5] }])
    assert.throws(() => repeatSkips({ ...record, ...wrong }, SAMPLING), { code: "settings.invalid" });
});

test("what comes over the wire of skips is checked", () => {
  const record = { calibration: "c", skipped: [2, 3], evaluations: 6 };
  assert.deepEqual(checkStepCache(record), record);
  for (const wrong of [
    { skipped: [3, 2] },
    { skipped: [2, 2] },
    { skipped: "2" },
    { evaluations: -1 },
    { skipped: [0.5] },
  ])
    assert.throws(() => checkStepCache({ ...record, ...wrong }), { code: "settings.invalid" }, JSON.stringify(wrong));
  assert.throws(() => checkStepCache({ ...record, calibration: 1 }), { code: "wire.invalid" });
});

test("the starter comes with a calibration of its own weights", () => {
  const starter = openModelFolder(path.resolve(import.meta.dirname, "../../../models/starter"));
  const found = findCalibration(starter, path.join(starter.folder, "none"));
  assert.equal(found?.calibration.ratios.length, starter.manifest.defaults.sampling.steps);
});
