/**
 * @file What the inference thread does, as plain functions: the thread serves them, tests call them.
 */

import path from "node:path";
import type { ModelInfo } from "../contract/engine.ts";
import { checkSize } from "../contract/generation.ts";
import type { EngineImage, EngineJob, GenerationProgress } from "../contract/generation.ts";
import { applyToggles } from "../contract/toggle-rules.ts";
import { DEFAULT_TOGGLES } from "../contract/toggles.ts";
import type { Handlers } from "../contract/wire.ts";
import { createNodeRuntime } from "../ort/node-runtime.ts";
import { gpuFolders, textsFolder } from "../process/user-folders.ts";
import { runLadder } from "./bench/run-ladder.ts";
import { createComputes } from "./compute.ts";
import type { Compute, Computes } from "./compute.ts";
import { findGpu } from "./device/find-gpu.ts";
import { openGpu } from "./device/gpu.ts";
import { gpuCompute } from "./device/gpu-compute.ts";
import { diagnose } from "./doctor/diagnose.ts";
import { EmbeddingCache } from "./embedding-cache.ts";
import { hostCompute } from "./host-compute.ts";
import type { InferenceService } from "./inference-service.ts";
import { peakMemoryBytes } from "./memory.ts";
import { createModelSlot, describeModel } from "./model-slot.ts";
import { runTokenParity } from "./parity-tokens.ts";
import { createProfile } from "./profile.ts";
import { openTextStore } from "./text-store.ts";
import { measureText } from "./text-measure.ts";
import { cancelFlag } from "./shared-cancel.ts";
import type { CancelFlag } from "./solvers.ts";

/** What warming up makes: one evaluation of each network, at a size where that takes next to no time. */
const WARM_SAMPLING = {
  steps: 1,
  solver: "euler",
  schedule: "shift",
  shift: 1,
  guidance: 1,
  truncate: 1,
  renorm: 0,
} as const;
/** Along a side, in units of the smallest size that the networks can make. */
const WARM_SIZE = 4;

/**
 * @param onLoaded told whenever another model, or none, is in memory
 */
export function createInference(
  onLoaded: (model: ModelInfo | undefined) => void,
  computes: Computes = createComputes(openHostCompute, openGpuCompute),
): Handlers<InferenceService> {
  const slot = createModelSlot(onLoaded);
  const cache = new EmbeddingCache();
  const store = openTextStore(textsFolder(), (error) => console.error("an encoded text is not stored:", error));

  async function generate(
    job: EngineJob,
    signal: CancelFlag,
    progress: (progress: GenerationProgress) => void,
    { isStoreUsed = true } = {},
  ): Promise<EngineImage> {
    const { steps } = job.sampling;
    progress({ stage: "load", step: 0, steps, stepMs: 0 });
    const model = slot.open(job.model);
    checkSize(job.size, model.manifest.limits.maxPixels);
    const profile = job.profile === undefined ? undefined : createProfile(path.resolve(job.profile));
    try {
      const loadStart = performance.now();
      const compute = await computes.get(job.provider);
      const { provider, lacks } = compute;
      const toggles = applyToggles(job.toggles, provider, { demanded: job.demanded ?? [], lacks });
      const options = { toggles, memory: job.memory, loras: job.loras, signal, profile };
      const { info, pipeline, isNew } = await slot.load(model, compute, options);
      const loadMs = isNew ? performance.now() - loadStart : 0;
      // A profile is to show the text encoder too, and is whole only when the sessions are gone.
      const isCached = toggles.text_cache === "on" && profile === undefined;
      const hooks = { signal, progress, ...(isCached ? { cache } : {}), ...(isCached && isStoreUsed ? { store } : {}) };
      const { image, timings } = await pipeline.generate(job, hooks);
      if (profile !== undefined) await slot.unload();
      profile?.merge();
      return {
        image,
        provider,
        toggles,
        timings: { loadMs, ...timings },
        modelHash: info.hash,
        peakMemoryBytes: peakMemoryBytes(),
      };
    } catch (error) {
      if (profile !== undefined) await slot.unload();
      profile?.discard();
      throw error;
    }
  }

  return {
    async runtime() {
      const { provider, version } = await computes.get("auto");
      return { provider, version };
    },
    describe: ({ model }) => describeModel(slot.open(model)),
    async warm({ model, job, cancel }) {
      const signal = cancelFlag(cancel);
      const opened = slot.open(model);
      const compute = await computes.get(job?.provider ?? "auto");
      const { provider, lacks } = compute;
      const toggles = applyToggles(job?.toggles ?? DEFAULT_TOGGLES, provider, { lacks });
      const loras = job?.loras ?? [];
      const { info, pipeline } = await slot.load(opened, compute, { toggles, memory: job?.memory, loras, signal });
      const side = WARM_SIZE * pipeline.sizeMultiple;
      const warmJob: EngineJob = {
        model,
        loras,
        texts: job?.texts ?? { system: opened.manifest.systemPrompt, positive: "", negative: "" },
        seed: 0,
        size: { width: side, height: side },
        sampling: WARM_SAMPLING,
        toggles,
        provider: "auto",
        isPreviewWanted: false,
      };
      await pipeline.generate(warmJob, { signal, progress: () => undefined, cache });
      return info;
    },
    generate: ({ job, cancel }, { progress }) => generate(job, cancelFlag(cancel), progress),
    measure: ({ model, ...text }) => measureText(slot.open(model), text),
    async parity({ file, tokenizer, provider = "cpu", precision = "fp32" }) {
      if (file.endsWith(".json")) return runTokenParity(file, tokenizer);
      // The networks of reference files are small, but the loaded model may leave no room beside it.
      await slot.unload();
      const compute = await computes.get(provider);
      return await compute.parity(file, precision === "bf16" ? "bfloat16" : "float32");
    },
    doctor: () => diagnose(computes, gpuFolders()),
    async bench({ cancel, ...params }, { progress }) {
      const signal = cancelFlag(cancel);
      return await runLadder(params, {
        compute: await computes.get(params.job.provider),
        model: describeModel(slot.open(params.job.model)),
        // Texts stay in memory at most: what a file gives would be no measurement of the encoders.
        generate: (job) => generate(job, signal, () => undefined, { isStoreUsed: false }),
        async forget() {
          await slot.unload();
          cache.clear();
        },
        progress,
      });
    },
  };
}

async function openHostCompute(): Promise<Compute> {
  return hostCompute(await createNodeRuntime());
}

// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
async function openGpuCompute(): Promise<Compute> {
  return gpuCompute(openGpu(findGpu(gpuFolders())));
}
