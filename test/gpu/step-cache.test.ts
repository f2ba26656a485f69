/**
 * @file The step cache on a real GPU: the host's picture with the same skips, and as many runs of each form as were planned.
 *
 * TACHIE_CUDA names the folder of the CUDA provider.
 */

import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { openModelFolder } from "../../models/model-folder.ts";
import type { EngineJob } from "../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES, OPTIMISATION_PRESETS } from "../../src-main/contract/toggles.ts";
import { FASTEST_FORM, PLAIN_FORM } from "../../src-main/engine/device/device-form.ts";
import type { DeviceForm } from "../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../src-main/engine/device/device-home.ts";
import { openGpu } from "../../src-main/engine/device/gpu.ts";
import type { Gpu } from "../../src-main/engine/device/gpu.ts";
import { hostHome } from "../../src-main/engine/host-home.ts";
import { openNetworks } from "../../src-main/engine/networks.ts";
import { createPipeline } from "../../src-main/engine/pipeline.ts";
import type { Pipeline } from "../../src-main/engine/pipeline.ts";
import type { GraphCapture } from "../../src-main/ort/device.ts";
import { createCApiRuntime } from "../../src-main/ort/c-api/runtime.ts";
import { hostMemory } from "../../src-main/ort/host-memory.ts";
import { countBoundRuns } from "../fixtures/run-counts.ts";
import { NO_GPU, findProductGpu } from "./product-gpu.ts";

const options = findProductGpu();
const skip = options === undefined ? NO_GPU : false;
const signal = { aborted: false };
const starter = path.resolve(import.meta.dirname, "../../models/starter");
let gpu: Gpu | undefined;

function theGpu(): Gpu {
  assert.ok(options);
  return (gpu ??= openGpu(options));
}

after(() => gpu?.release());

const SKIPS = [false, true, false, true, true, false, true, false];
/** Guidance ends after the fourth evaluation, so that both branches skip. */
const GUIDED = 4;
const passesWhere = (isSkipped: boolean): number =>
  SKIPS.reduce((sum, skips, evaluation) => sum + (skips === isSkipped ? (evaluation < GUIDED ? 2 : 1) : 0), 0);

const JOB: EngineJob = {
  model: starter,
  loras: [],
  texts: { system: "", positive: "1girl, red_hair, blue_eyes, smile", negative: "bad hands" },
  seed: 7,
  size: { width: 256, height: 192 },
  sampling: { steps: 8, solver: "euler", schedule: "shift", shift: 1, guidance: 2.5, truncate: 0.5, renorm: 0 },
  toggles: DEFAULT_TOGGLES,
  provider: "auto",
  isPreviewWanted: false,
};

async function pixelsOf(pipeline: Pipeline, skips?: readonly boolean[], changes: Partial<EngineJob> = {}) {
  const hooks = { signal, progress: () => undefined, ...(skips === undefined ? {} : { skips }) };
  const { image, skipped } = await pipeline.generate({ ...JOB, ...changes }, hooks);
  assert.equal(skipped.length, skips?.filter(Boolean).length ?? 0);
  return image.pixels;
}

/** Mean over all bytes. */
function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

async function onGpu(form: DeviceForm) {
  const { runtime, capture } = theGpu();
  const counted = countBoundRuns(runtime);
  let launched = 0;
  const counting: GraphCapture = {
    capture(work) {
      const graph = capture.capture(work);
      return {
        launch() {
          launched++;
          graph.launch();
        },
        release: () => graph.release(),
      };
    },
  };
  const home = deviceHome({ ...theGpu(), runtime: counted.runtime, capture: counting }, { form, signal });
  const pipeline = createPipeline(await openNetworks(openModelFolder(starter), home, new Map()), "");
  return { pipeline, runs: counted.runs, launches: () => launched };
}

test("the step cache in float32 makes the host's picture, with as many runs as planned", { skip }, async (context) => {
  assert.ok(options);
  const runtime = createCApiRuntime({ libraryPath: options.libraryPath, memory: hostMemory() });
  const toggles = { ...OPTIMISATION_PRESETS.reference, step_cache: "on" } as const;
  const networks = await openNetworks(openModelFolder(starter), hostHome(runtime, { toggles, signal }), new Map());
  const host = createPipeline(networks, "");
  const expected = await pixelsOf(host, SKIPS);
  const whole = await pixelsOf(host);
  await host.release();
  runtime.release();
  const lost = difference(expected, whole);
  assert.ok(lost > 0.1, "skips are lossy: something must have been skipped");
  const float32 = {
    precision: "float32",
    decoderPrecision: "float32",
    hasStepGraph: false,
    hasStepCache: true,
  } as const;
  for (const [name, form] of [
    ["plain", { ...PLAIN_FORM, ...float32 }],
    ["own kernels", { ...FASTEST_FORM, ...float32 }],
  ] as const) {
    const { pipeline, runs } = await onGpu(form);
    const found = difference(await pixelsOf(pipeline, SKIPS), expected);
    assert.deepEqual(
      [runs("transformer"), runs("transformer without layers")],
      [passesWhere(false), passesWhere(true)],
      name,
    );
    const unskipped = difference(await pixelsOf(pipeline), whole);
    await pipeline.release();
    context.diagnostic(
      `${name}: ${found.toFixed(3)} skipping, ${unskipped.toFixed(3)} not; skips alone ${lost.toFixed(3)}`,
    );
    assert.ok(found < 0.05 && unskipped < 0.05, `${name}: ${found}, ${unskipped}`);
  }
});

test(
  "replayed or launched, skips give the same bytes in bfloat16, whatever was made in between",
  { skip },
  async () => {
    const launched = await onGpu({ ...FASTEST_FORM, hasStepGraph: false, hasStepCache: true });
    const expected = await pixelsOf(launched.pipeline, SKIPS);
    assert.equal(launched.runs("transformer without layers"), passesWhere(true));
    await launched.pipeline.release();
    const replayed = await onGpu({ ...FASTEST_FORM, hasStepCache: true });
    const first = await pixelsOf(replayed.pipeline, SKIPS);
    await pixelsOf(replayed.pipeline, SKIPS, { size: { width: 192, height: 256 } });
    await pixelsOf(replayed.pipeline);
    const before = replayed.launches();
    const again = await pixelsOf(replayed.pipeline, SKIPS);
    // Every pass of a picture whose shapes are known is one launch.
    assert.equal(replayed.launches() - before, passesWhere(false) + passesWhere(true));
    assert.deepEqual([difference(first, expected), difference(again, expected)], [0, 0]);
    await replayed.pipeline.release();
  },
);

/** A session's first piece of arena and what cuBLAS takes beside it: 69 MB on an H100. The published layers would be 7 GB. */
const MOST_BYTES = 96e6;

test("the form without layers takes next to no device memory beside the other", { skip }, async (context) => {
  const used = async (hasStepCache: boolean): Promise<number> => {
    const before = theGpu().memory.info().freeBytes;
    const { pipeline } = await onGpu({ ...FASTEST_FORM, hasStepCache });
    const bytes = before - theGpu().memory.info().freeBytes;
    await pipeline.release();
    return bytes;
  };
  // The first session of a process takes what later ones share.
  await used(false);
  const [without, having] = [await used(false), await used(true)];
  context.diagnostic(`${(without / 1e6).toFixed(0)} MB without, ${(having / 1e6).toFixed(0)} MB with`);
  assert.ok(having - without < MOST_BYTES);
});
