import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openModelFolder } from "../../../models/model-folder.ts";
import type { ModelInfo } from "../../../src-main/contract/engine.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { createComputes } from "../../../src-main/engine/compute.ts";
import type { Compute, PipelineOptions } from "../../../src-main/engine/compute.ts";
import { hostCompute } from "../../../src-main/engine/host-compute.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { loadedBytes } from "../../../src-main/engine/model-room.ts";
import { createCancelBuffer, setCancelled } from "../../../src-main/engine/shared-cancel.ts";
import { warmPicture } from "../../../src-main/engine/warm-picture.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { engineJob } from "../../fixtures/engine/jobs.ts";
import { modelShelf } from "../../fixtures/engine/tiny-model.ts";

const shelf = modelShelf();
after(shelf.remove);
const tiny = shelf.write("tiny");
const quiet = { signal: new AbortController().signal, progress: () => undefined as never };

async function engine(change: (host: Compute) => Partial<Compute>) {
  const host = hostCompute(await createNodeRuntime());
  const loaded: (ModelInfo | undefined)[] = [];
  const computes = createComputes(
    () => Promise.resolve({ ...host, ...change(host) }),
    () => Promise.reject(new Error("not used")),
  );
  return { loaded, inference: createInference((model) => void loaded.push(model), computes) };
}

test("a cancel during the load gives up the picture alone: the next job finds its model loaded", async () => {
  const cancel = createCancelBuffer();
  const { inference, loaded } = await engine((host) => ({
    openPipeline(model, options) {
      setCancelled(cancel);
      return host.openPipeline(model, options);
    },
  }));
  const job = engineJob(tiny, { provider: "cpu" });
  await assert.rejects(async () => inference.warm({ model: tiny, job, cancel }, quiet), { code: "job.cancelled" });
  assert.deepEqual(
    loaded.map((model) => model?.name),
    ["tiny"],
  );
  const { timings } = await inference.generate({ job, cancel: createCancelBuffer() }, quiet);
  assert.equal(timings.loadMs, 0);
});

test("a job that is cancelled once its model is loaded cancels nothing that is loaded later for others", async () => {
  let signal: PipelineOptions["signal"] | undefined;
  const { inference } = await engine((host) => ({
    openPipeline(model, options) {
      signal = options.signal;
      return host.openPipeline(model, options);
    },
  }));
  const cancel = createCancelBuffer();
  await inference.generate({ job: engineJob(tiny, { provider: "cpu" }), cancel }, quiet);
  setCancelled(cancel);
  assert.equal(signal?.aborted, false);
});

test("nothing is loaded by a call that was cancelled before its turn came", async () => {
  const { inference, loaded } = await engine(() => ({}));
  const cancel = createCancelBuffer();
  setCancelled(cancel);
  const job = engineJob(tiny, { provider: "cpu" });
  await assert.rejects(async () => inference.warm({ model: tiny, job, cancel }, quiet), { code: "job.cancelled" });
  assert.deepEqual(loaded, []);
});

test("a model that does not fit is not loaded, and the one in memory stays", async () => {
  let roomBytes = Infinity;
  const { inference, loaded } = await engine(() => ({ roomBytes: () => roomBytes }));
  const job = engineJob(tiny, { provider: "cpu" });
  await inference.warm({ model: tiny, job, cancel: createCancelBuffer() }, quiet);
  const other = shelf.write("other");
  const needed = loadedBytes(openModelFolder(other), { ...job.toggles, precision: "fp32", vae_precision: "fp32" });
  roomBytes = needed - 1;
  const warmOther = async () =>
    inference.warm({ model: other, job: { ...job, model: other }, cancel: createCancelBuffer() }, quiet);
  await assert.rejects(warmOther, { code: "engine.out-of-memory", where: other });
  assert.equal(loaded.length, 1);
  roomBytes = needed;
  await warmOther();
  assert.equal(loaded.at(-1)?.folder, other);
});

test("weights are counted in the types that they are computed in, and offloaded encoders beside nothing", () => {
  const model = openModelFolder(tiny);
  const toggles = { ...DEFAULT_TOGGLES, precision: "fp32", vae_precision: "fp32", encoder_offload: "off" } as const;
  const all = loadedBytes(model, toggles);
  assert.equal(all, 4 * model.parameters);
  assert.equal(loadedBytes(model, { ...toggles, precision: "bf16", vae_precision: "bf16" }), all / 2);
  const offloaded = loadedBytes(model, { ...toggles, encoder_offload: "on" });
  assert.ok(offloaded < all && offloaded >= all / 2, `${offloaded} of ${all}`);
});

test("on a GPU the unseen picture has the job's size and guides both of its steps; on a CPU it is small", () => {
  const { manifest } = openModelFolder(tiny);
  const job = engineJob(tiny, { size: { width: 1024, height: 768 } });
  const sampling = { ...job.sampling, steps: 28, guidance: 5, truncate: 0.25, solver: "midpoint" as const };
  const parts = {
    model: tiny,
    manifest,
    sizeMultiple: 16,
    toggles: job.toggles,
    job: { ...job, sampling, isPreviewWanted: true },
  };
  const { picture: onGpu } = warmPicture({ ...parts, provider: "cuda" });
  assert.deepEqual(onGpu.size, { width: 1024, height: 768 });
  assert.deepEqual(onGpu.sampling, { ...sampling, steps: 2, truncate: 1 });
  assert.deepEqual([onGpu.texts, onGpu.loras, onGpu.isPreviewWanted], [job.texts, job.loras, false]);
  const { picture: onCpu } = warmPicture({ ...parts, provider: "cpu" });
  assert.deepEqual(onCpu.size, { width: 64, height: 64 });
  assert.deepEqual([onCpu.sampling.steps, onCpu.sampling.guidance, onCpu.texts], [1, 1, job.texts]);
  const { picture: unasked } = warmPicture({ ...parts, provider: "cuda", job: undefined });
  assert.deepEqual(unasked.size, { width: manifest.defaults.width, height: manifest.defaults.height });
});

test("with the step cache both forms of a step are run twice, whatever the solver", () => {
  const { manifest } = openModelFolder(tiny);
  const job = engineJob(tiny);
  const toggles = { ...job.toggles, step_cache: "on" } as const;
  for (const [solver, evaluations] of [
    ["euler", 4],
    ["midpoint", 8],
  ] as const) {
    const sampling = { ...job.sampling, solver };
    const { skips = [] } = warmPicture({
      model: tiny,
      manifest,
      provider: "cuda",
      sizeMultiple: 16,
      toggles,
      job: { ...job, sampling },
    });
    assert.equal(skips.length, evaluations);
    assert.ok([skips[0], skips.at(-1)].every((isSkipped) => isSkipped === false));
    for (const form of [true, false]) assert.ok(skips.filter((isSkipped) => isSkipped === form).length >= 2);
  }
});
