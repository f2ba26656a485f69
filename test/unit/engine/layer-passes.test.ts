import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { openModelFolder } from "../../../models/model-folder.ts";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import { applyToggles } from "../../../src-main/contract/toggle-rules.ts";
import { OPTIMISATION_PRESETS } from "../../../src-main/contract/toggles.ts";
import { PLAIN_FORM } from "../../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../../src-main/engine/device/device-home.ts";
import { hostHome } from "../../../src-main/engine/host-home.ts";
import { openNetworks } from "../../../src-main/engine/networks.ts";
import { createPipeline } from "../../../src-main/engine/pipeline.ts";
import type { Pipeline, PipelineHooks } from "../../../src-main/engine/pipeline.ts";
import { createCApiRuntime } from "../../../src-main/ort/c-api/runtime.ts";
import type { CApiRuntime } from "../../../src-main/ort/c-api/runtime.ts";
import type { DeviceRuntime } from "../../../src-main/ort/device.ts";
import { hostMemory } from "../../../src-main/ort/host-memory.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import type { InferenceRuntime } from "../../../src-main/ort/session.ts";
import { CountedMemory, FakeCapture, fakeLatentKernels } from "../../fixtures/fake-device.ts";
import { countBoundRuns, countRuns } from "../../fixtures/run-counts.ts";
import { referenceOperators } from "../../gpu/reference-operators.ts";
import { libraryPath } from "../ort/c-api/library.ts";

const folder = path.resolve(import.meta.dirname, "../../../models/starter");
const signal = { aborted: false };
/** Guidance ends after the third of six evaluations. */
const GUIDED = 3;
const SKIPS = [false, true, false, true, true, false];
/** Passes of each evaluation. */
const PASSES = SKIPS.map((_, evaluation) => (evaluation < GUIDED ? 2 : 1));
const passesWhere = (isSkipped: boolean): number =>
  PASSES.filter((_, evaluation) => SKIPS[evaluation] === isSkipped).reduce((sum, passes) => sum + passes, 0);

const JOB: EngineJob = {
  model: folder,
  loras: [],
  texts: { system: "", positive: "1girl, red_hair, blue_eyes, smile", negative: "bad hands" },
  seed: 7,
  size: { width: 96, height: 64 },
  sampling: { steps: 6, solver: "euler", schedule: "shift", shift: 1, guidance: 3, truncate: 0.5, renorm: 0 },
  toggles: OPTIMISATION_PRESETS.turbo,
  provider: "cpu",
  isPreviewWanted: false,
};

const memory = hostMemory();
let node: InferenceRuntime;
let native: CApiRuntime;
before(async () => {
  node = await createNodeRuntime();
  native = createCApiRuntime({ libraryPath, memory, operators: referenceOperators() });
});
after(() => native.release());

async function onHost(step_cache: "on" | "off") {
  const { runtime, runs } = countRuns(node);
  const toggles = applyToggles({ ...OPTIMISATION_PRESETS.exact, step_cache }, "cpu");
  const networks = await openNetworks(openModelFolder(folder), hostHome(runtime, { toggles, signal }), new Map());
  return { pipeline: createPipeline(networks, "host"), runs };
}

async function onDevice(changes: { readonly hasStepGraph?: boolean; readonly memory?: CountedMemory } = {}) {
  const own = changes.memory ?? memory;
  const { runtime, runs } = countBoundRuns(native);
  const device: DeviceRuntime = { ...runtime, memory: own };
  const capture = new FakeCapture({ isCapturing: false });
  const gpu = { runtime: device, memory: own, kernels: fakeLatentKernels(own), capture, usedBytes: () => 0 };
  const form = { ...PLAIN_FORM, hasStepCache: true, hasStepGraph: changes.hasStepGraph ?? false };
  const networks = await openNetworks(openModelFolder(folder), deviceHome(gpu, { form, signal }), new Map());
  return { pipeline: createPipeline(networks, "device"), runs, capture };
}

async function make(pipeline: Pipeline, hooks: Partial<PipelineHooks> = {}, changes: Partial<EngineJob> = {}) {
  return await pipeline.generate({ ...JOB, ...changes }, { signal, progress: () => undefined, ...hooks });
}

function differenceOf(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));
}

test("skipped evaluations run the network without layers, once a branch, and no other", async () => {
  const { pipeline, runs } = await onHost("on");
  const passes: (readonly [number | undefined, number | undefined])[] = [];
  const progress: PipelineHooks["progress"] = ({ passes: done, passesTotal }) => passes.push([done, passesTotal]);
  const { skipped, image } = await make(pipeline, { skips: SKIPS, progress });
  assert.deepEqual(skipped, [1, 3, 4]);
  assert.deepEqual([runs("transformer"), runs("transformer without layers")], [passesWhere(false), passesWhere(true)]);
  assert.deepEqual(passes.at(-1), [passesWhere(false), passesWhere(false)]);
  // What was kept for one picture is nothing to the next.
  const again = await make(pipeline, { skips: SKIPS });
  assert.deepEqual(again.image.pixels, image.pixels);
  const whole = await make(pipeline);
  assert.deepEqual(whole.skipped, []);
  assert.equal(runs("transformer without layers"), 2 * passesWhere(true));
  await pipeline.release();
  const { pipeline: exact, runs: exactRuns } = await onHost("off");
  const expected = await make(exact);
  assert.ok(differenceOf(whole.image.pixels, expected.image.pixels) <= 1, "without skips nothing changes");
  assert.ok(differenceOf(image.pixels, expected.image.pixels) > 1, "skips are lossy: something must have been skipped");
  assert.equal(exactRuns("transformer without layers"), 0);
  await assert.rejects(make(exact, { skips: SKIPS }), { code: "internal.bug" });
  await exact.release();
});

test("a branch reuses its own layers: those of an equal prompt in both branches give the picture without guidance", async () => {
  const { pipeline } = await onHost("on");
  const texts = { ...JOB.texts, negative: JOB.texts.positive };
  const guided = await make(pipeline, { skips: SKIPS }, { texts });
  const bare = await make(pipeline, { skips: SKIPS }, { texts, sampling: { ...JOB.sampling, guidance: 1 } });
  assert.ok(differenceOf(guided.image.pixels, bare.image.pixels) <= 1);
  await pipeline.release();
});

test("a first evaluation that is skipped, or a plan of another length, is refused", async () => {
  const { pipeline } = await onHost("on");
  await make(pipeline, { skips: SKIPS });
  await assert.rejects(make(pipeline, { skips: [true, ...SKIPS.slice(1)] }), { code: "internal.bug" });
  await assert.rejects(make(pipeline, { skips: SKIPS.slice(1) }), { code: "internal.bug" });
  await pipeline.release();
});

for (const hasStepGraph of [false, true])
  test(`a device makes the host's picture with the same skips, ${hasStepGraph ? "replayed" : "launched"}`, async () => {
    const { pipeline: host } = await onHost("on");
    const expected = await make(host, { skips: SKIPS });
    const { pipeline, runs, capture } = await onDevice({ hasStepGraph });
    // The second size has as many tokens as the first.
    for (const changes of [{}, { size: { width: 64, height: 96 } }, {}]) {
      const before = [runs("transformer"), runs("transformer without layers")];
      const { image, skipped } = await make(pipeline, { skips: SKIPS }, changes);
      assert.deepEqual(skipped, [1, 3, 4]);
      const now = [runs("transformer"), runs("transformer without layers")];
      assert.deepEqual(
        now.map((count, index) => count - (before[index] ?? 0)),
        [passesWhere(false), passesWhere(true)],
      );
      if (changes.size === undefined) assert.ok(differenceOf(image.pixels, expected.image.pixels) <= 1);
    }
    assert.equal(capture.launched > 0, hasStepGraph);
    await Promise.all([host.release(), pipeline.release()]);
  });

test("texts of one length, whose shapes are the same, share no buffer on a device", async () => {
  const { pipeline: host } = await onHost("on");
  const { pipeline } = await onDevice();
  const texts = { ...JOB.texts, positive: "smile", negative: "angry" };
  const expected = await make(host, { skips: SKIPS }, { texts });
  const { image } = await make(pipeline, { skips: SKIPS }, { texts });
  assert.ok(differenceOf(image.pixels, expected.image.pixels) <= 1);
  await Promise.all([host.release(), pipeline.release()]);
});

test("what the layers added is seen from both, the same, after every full pass", async () => {
  const seen = { host: [] as number[], device: [] as number[] };
  const observe = (into: number[]) => ({
    observe: (_branch: string, values: Float32Array, width: number) => {
      assert.equal(values.length, 24 * width);
      into.push(Math.hypot(...values));
    },
  });
  const { pipeline: host } = await onHost("on");
  const { pipeline } = await onDevice();
  await make(host, observe(seen.host));
  await make(pipeline, observe(seen.device));
  assert.equal(seen.host.length, passesWhere(false) + passesWhere(true));
  for (const [index, value] of seen.host.entries())
    assert.ok(Math.abs(value - (seen.device[index] ?? NaN)) < 1e-3 * value, `${value} ${seen.device[index]}`);
  await Promise.all([host.release(), pipeline.release()]);
});

test("all device memory is given back, of both forms and of what they share", async () => {
  const counted = new CountedMemory(memory);
  const { pipeline } = await onDevice({ memory: counted });
  await make(pipeline, { skips: SKIPS });
  await make(pipeline, { skips: SKIPS }, { size: { width: 64, height: 64 } });
  assert.ok(counted.blockCount > 0);
  await pipeline.release();
  assert.equal(counted.blockCount, 0);
});
