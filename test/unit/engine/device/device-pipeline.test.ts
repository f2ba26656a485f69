/**
 * @file Whole pictures by the code that serves a GPU, with ordinary memory, operators of our own in TypeScript and ONNX
 * Runtime's C API in the GPU's place.
 */

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { openModelFolder } from "../../../../models/model-folder.ts";
import type { EngineJob } from "../../../../src-main/contract/generation.ts";
import { applyToggles } from "../../../../src-main/contract/toggle-rules.ts";
import { DEFAULT_TOGGLES } from "../../../../src-main/contract/toggles.ts";
import { FASTEST_FORM, PLAIN_FORM } from "../../../../src-main/engine/device/device-form.ts";
import type { DeviceForm } from "../../../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../../../src-main/engine/device/device-home.ts";
import { hostHome } from "../../../../src-main/engine/host-home.ts";
import { openNetworks } from "../../../../src-main/engine/networks.ts";
import { createPipeline } from "../../../../src-main/engine/pipeline.ts";
import type { Pipeline } from "../../../../src-main/engine/pipeline.ts";
import { createNodeRuntime } from "../../../../src-main/ort/node-runtime.ts";
import { createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import type { CApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { FakeCapture, fakeLatentKernels } from "../../../fixtures/fake-device.ts";
import { referenceOperators } from "../../../gpu/reference-operators.ts";
import { libraryPath } from "../../ort/c-api/library.ts";

const folder = path.resolve(import.meta.dirname, "../../../../models/starter");
const signal = { aborted: false };
const memory = hostMemory();
const FLOAT32 = { precision: "float32", decoderPrecision: "float32" } as const;
let runtime: CApiRuntime;
let expected: Uint8Array;

const job = (changes: Partial<EngineJob> = {}): EngineJob => ({
  model: folder,
  loras: [],
  texts: {
    system: "",
    positive: "<img><character_1><n>girl</n><appearance>red_hair, blue_eyes</appearance></character_1></img>",
    negative: "",
  },
  seed: 7,
  size: { width: 96, height: 64 },
  sampling: { steps: 3, solver: "euler", schedule: "shift", shift: 3, guidance: 2.5, truncate: 0.9, renorm: 0.9 },
  toggles: DEFAULT_TOGGLES,
  provider: "cpu",
  isPreviewWanted: true,
  ...changes,
});

async function pixelsOf(pipeline: Pipeline, changes: Partial<EngineJob> = {}): Promise<Uint8Array> {
  const previews: number[] = [];
  const progress = ({ preview }: { readonly preview?: { readonly pixels: Uint8Array } }): void => {
    if (preview !== undefined) previews.push(preview.pixels.length);
  };
  const wanted = job(changes);
  const { image } = await pipeline.generate(wanted, { signal, progress });
  assert.deepEqual(previews, Array(wanted.sampling.steps).fill((3 * wanted.size.width * wanted.size.height) / 64));
  return image.pixels;
}

function assertClose(actual: Uint8Array, wanted: Uint8Array): void {
  assert.equal(actual.length, wanted.length);
  for (const [index, value] of actual.entries()) assert.ok(Math.abs(value - (wanted[index] ?? 0)) <= 1);
}

before(async () => {
  const host = hostHome(await createNodeRuntime(), { toggles: applyToggles(DEFAULT_TOGGLES, "cpu"), signal });
  const pipeline = createPipeline(await openNetworks(openModelFolder(folder), host, new Map()), "host");
  expected = await pixelsOf(pipeline);
  await pipeline.release();
  runtime = createCApiRuntime({ libraryPath, memory, operators: referenceOperators() });
});

after(() => runtime.release());

async function open(form: DeviceForm) {
  const capture = new FakeCapture({ isCapturing: false });
  const gpu = { runtime, memory, kernels: fakeLatentKernels(memory), capture, usedBytes: () => 0 };
  const networks = await openNetworks(openModelFolder(folder), deviceHome(gpu, { form, signal }), new Map());
  return { capture, pipeline: createPipeline(networks, "device") };
}

for (const [name, form] of Object.entries({
  plain: PLAIN_FORM,
  fastest: { ...FASTEST_FORM, ...FLOAT32 },
  "in turns": { ...FASTEST_FORM, ...FLOAT32, isEncoderOffloaded: true },
}))
  test(`${name}: the picture is the one of the host's networks, at every size that comes in between`, async () => {
    const { pipeline, capture } = await open(form);
    assertClose(await pixelsOf(pipeline), expected);
    await pixelsOf(pipeline, { size: { width: 64, height: 64 }, texts: { ...job().texts, negative: "bad hands" } });
    assertClose(await pixelsOf(pipeline), expected);
    assert.equal(capture.launched > 0, form.hasStepGraph);
    await pipeline.release();
  });

test("a job that is cancelled in the middle leaves the networks ready for the next", async () => {
  const { pipeline } = await open({ ...FASTEST_FORM, ...FLOAT32 });
  const cancelled = { aborted: false };
  const progress = ({ step }: { readonly step: number }): void => {
    cancelled.aborted = step === 2;
  };
  await assert.rejects(pipeline.generate(job(), { signal: cancelled, progress }), { code: "job.cancelled" });
  assertClose(await pixelsOf(pipeline), expected);
  await pipeline.release();
});
