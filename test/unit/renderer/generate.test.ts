import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TachieError, toErrorData } from "../../../src-main/contract/errors.ts";
import { MAX_SEED, checkSeed, checkSize } from "../../../src-main/contract/generation.ts";
import type { InstalledModel } from "../../../src-main/contract/models.ts";
import { SAMPLING_PRESETS, checkSampling } from "../../../src-main/contract/sampling.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import { incomingPicture } from "../../../src-renderer/editor/model/incoming.ts";
import { fieldOf, findProblems } from "../../../src-renderer/generate/draft-problems.ts";
import {
  effectiveSettings,
  optimisationPresetOf,
  samplingPresetOf,
} from "../../../src-renderer/generate/effective-settings.ts";
import { promptExcerpt } from "../../../src-renderer/generate/prompt-excerpt.ts";
import { requestOf } from "../../../src-main/contract/drafts.ts";
import { draftOf, repeatOf, variationsOf } from "../../../src-renderer/generate/request.ts";
import { sizePresets } from "../../../src-renderer/generate/size-presets.ts";

const MODEL: InstalledModel = {
  name: "small",
  folder: "/models/small",
  origin: "added",
  condition: "ready",
  defaults: { sampling: SAMPLING_PRESETS.comfy, width: 256, height: 256, negative: "" },
  limits: { maxPixels: 262_144, maxTokens: 256 },
};

test("every size offered is one that the contract accepts, near the wanted number of pixels", () => {
  fc.assert(
    fc.property(fc.integer({ min: 128, max: 2048 }), fc.integer({ min: 128, max: 2048 }), (side, limitSide) => {
      const maxPixels = limitSide * limitSide;
      for (const preset of sizePresets(side * side, maxPixels)) {
        checkSize(preset, maxPixels);
        const wanted = Math.min(side * side, maxPixels);
        assert.ok(Math.abs(preset.width * preset.height - wanted) / wanted < 0.35, JSON.stringify(preset));
      }
    }),
  );
  assert.deepEqual(sizePresets(1024 * 1024, Infinity)[2], { aspect: "2:3", width: 832, height: 1248 });
});

test("a draft that chooses nothing takes the model's own values", () => {
  const { size, sampling, count, toggles } = effectiveSettings({}, MODEL);
  assert.deepEqual(size, { width: 256, height: 256 });
  assert.equal(samplingPresetOf(sampling), "comfy");
  assert.equal(optimisationPresetOf({}, toggles), "balanced");
  assert.equal(count, 1);
  const changed = effectiveSettings({ sampling: { steps: 9 } }, MODEL).sampling;
  assert.deepEqual(changed, { ...SAMPLING_PRESETS.comfy, steps: 9 });
  assert.equal(samplingPresetOf(changed), undefined);
  assert.equal(optimisationPresetOf({}, { ...DEFAULT_TOGGLES, mapped_weights: "off" }), undefined);
});

test("a preset brings its toggles and its sampling settings, under what is chosen singly", () => {
  const turbo = effectiveSettings({ preset: "turbo" }, MODEL);
  assert.equal(turbo.sampling.truncate, 0.25);
  assert.equal(turbo.toggles.step_cache, "on");
  assert.equal(optimisationPresetOf({ preset: "turbo" }, turbo.toggles), "turbo");
  const own = effectiveSettings(
    { preset: "turbo", sampling: { truncate: 0.5 }, toggles: { step_cache: "off" } },
    MODEL,
  );
  assert.equal(own.sampling.truncate, 0.5);
  assert.equal(own.toggles.step_cache, "off");
  assert.equal(optimisationPresetOf({ preset: "turbo" }, own.toggles), undefined);
  const former = JSON.parse('{ "toggles": { "embedding_cache": "off" } }') as Parameters<typeof effectiveSettings>[0];
  assert.equal(effectiveSettings(former, MODEL).toggles.text_cache, "off", "a draft of an earlier version");
});

test("problems are found exactly where the contract would refuse", () => {
  const side = fc.oneof(fc.constantFrom(16, 256, 512, 528, 0, -16, 20, 256.5, NaN), fc.integer());
  const number = fc.oneof(fc.double({ min: -5, max: 300 }), fc.constant(NaN));
  fc.assert(
    fc.property(side, side, number, number, number, (width, height, steps, guidance, seed) => {
      const settings = { size: { width, height }, sampling: { steps, guidance }, seed };
      const effective = effectiveSettings(settings, MODEL);
      const problems = findProblems(settings, effective, MODEL);
      const isRefused = (check: () => void): boolean => {
        try {
          check();
          return false;
        } catch {
          return true;
        }
      };
      const isSizeWrong = problems.width !== undefined || problems.height !== undefined || problems.size !== undefined;
      assert.equal(
        isSizeWrong,
        isRefused(() => checkSize(effective.size, 262_144)),
      );
      const isSamplingWrong = problems.steps !== undefined || problems.guidance !== undefined;
      assert.equal(
        isSamplingWrong,
        isRefused(() => checkSampling(effective.sampling)),
      );
      assert.equal(
        problems.seed !== undefined,
        isRefused(() => checkSeed(seed)),
      );
    }),
  );
});

test("what the studio refuses is shown at its field", () => {
  const refusal = (code: "settings.invalid" | "model.not-found" | "disk.full", where?: string) =>
    toErrorData(new TachieError(code, "no", where === undefined ? {} : { where }));
  assert.equal(fieldOf(refusal("settings.invalid", "steps")), "steps");
  assert.equal(fieldOf(refusal("model.not-found", "/somewhere")), "model");
  assert.equal(fieldOf(refusal("disk.full")), undefined);
  assert.equal(
    findProblems({ loras: [{ file: " ", strength: 1 }] }, effectiveSettings({}, MODEL), MODEL).loras?.kind,
    "file",
  );
});

test("a picture becomes a draft, and the draft asks for the same picture", () => {
  const record = sampleRecord(3);
  const request = requestOf(draftOf(record));
  for (const key of ["prompt", "seed", "model"] as const) assert.deepEqual(request[key], record[key], key);
  assert.deepEqual(request.sampling, record.sampling);
  assert.deepEqual(request.size, { width: record.width, height: record.height });
  assert.equal(request.negative, record.texts.negative);
  assert.equal("negative" in requestOf({ ...draftOf(record), negative: "  " }), false);
});

test("adapters: a draft forgets the sums of a record and may switch some off, `again` asks for the very same files", () => {
  const loras = [
    { file: "/a.safetensors", strength: 0.5, sha256: "0".repeat(64) },
    { file: "/b.safetensors", strength: 1, sha256: "1".repeat(64) },
  ];
  const record = { ...sampleRecord(3), loras };
  const draft = draftOf(record);
  const plain = loras.map(({ file, strength }) => ({ file, strength }));
  assert.deepEqual(draft.settings.loras, plain);
  assert.deepEqual(repeatOf(record).loras, loras);
  const [one, two] = plain;
  assert.ok(one && two);
  const off = { ...draft, settings: { ...draft.settings, loras: [{ ...one, isOff: true }, two] } };
  assert.deepEqual(requestOf(off).loras, [two]);
  const none = { ...draft, settings: { ...draft.settings, loras: [{ ...one, isOff: true }] } };
  assert.equal("loras" in requestOf(none), false);
  const dropped = incomingPicture({ kind: "own", record });
  assert.deepEqual(dropped?.settings?.loras, plain);
  const typed = { loras: [{ ...one, strength: NaN }] };
  assert.equal(findProblems(typed, effectiveSettings({}, MODEL), MODEL).loras?.kind, "range");
  assert.equal(fieldOf(toErrorData(new TachieError("lora.changed", "it changed", { where: "/a" }))), "loras");
});

test("again takes the same seed, vary those that follow", () => {
  const record = sampleRecord(3);
  assert.equal(repeatOf(record).seed, record.seed);
  assert.equal(repeatOf(record).parentId, record.id);
  const varied = variationsOf(record, 4);
  assert.deepEqual([varied.seed, varied.count], [record.seed + 1, 4]);
  assert.equal(variationsOf({ ...record, seed: MAX_SEED }, 4).seed, 0);
});

test("a prompt in a few words", () => {
  assert.equal(promptExcerpt("<character_1>\n <n>Akane</n>\n <appearance>red hair</appearance>"), "Akane · red hair");
  assert.equal(promptExcerpt("1girl, <3"), "1girl, <3");
  assert.equal(promptExcerpt("  "), "");
  assert.equal(promptExcerpt("x".repeat(500)).length, 80);
});
