/**
 * @file What the inference thread does, as plain functions: the thread serves them, tests call them.
 */

import path from "node:path";
import type { ModelFolder } from "../../models/model-folder.ts";
import type { ModelInfo } from "../contract/engine.ts";
import { checkSize } from "../contract/generation.ts";
import type { EngineImage, EngineJob, GenerationProgress } from "../contract/generation.ts";
import { TachieError } from "../contract/errors.ts";
import type { CalibrateParams, CalibrationReport } from "../contract/step-cache.ts";
import { applyToggles } from "../contract/toggle-rules.ts";
import type { Lack } from "../contract/toggle-rules.ts";
import { DEFAULT_TOGGLES } from "../contract/toggles.ts";
import type { Handlers } from "../contract/wire.ts";
import { createNodeRuntime } from "../ort/node-runtime.ts";
import { calibrationsFolder, gpuFolders, textsFolder } from "../process/user-folders.ts";
import { runLadder } from "./bench/run-ladder.ts";
import { measureRatios } from "./calibrate.ts";
import { calibrationLacks, findCalibration, ownCalibrationFile, writeCalibration } from "./calibration-file.ts";
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
import { requireRoom } from "./model-room.ts";
import { createModelSlot, describeModel } from "./model-slot.ts";
import { runTokenParity } from "./parity-tokens.ts";
import { createProfile } from "./profile.ts";
import { planSkips, repeatSkips } from "./skip-plan.ts";
import type { SkipPlan } from "./skip-plan.ts";
import { openTextStore } from "./text-store.ts";
import { measureText } from "./text-measure.ts";
import { cancelFlag } from "./shared-cancel.ts";
import { throwIfCancelled } from "./solvers.ts";
import type { CancelFlag } from "./solvers.ts";
import { warmPicture } from "./warm-picture.ts";

const NEVER: CancelFlag = { aborted: false };

/**
 * @param onLoaded told whenever another model, or none, is in memory
 */
export function createInference(
  onLoaded: (model: ModelInfo | undefined) => void,
  computes: Computes = createComputes(openHostCompute, openGpuCompute),
): Handlers<InferenceService> {
  const slot = createModelSlot(onLoaded);
  const cache = new EmbeddingCache();
  const calibrations = calibrationsFolder();
  const store = openTextStore(textsFolder(), (error) => console.error("an encoded text is not stored:", error));

  /** The lacks of a place and of a model together. */
  function lacksWith({ lacks }: Compute, model: ModelFolder): readonly Lack[] {
    return [...lacks, ...calibrationLacks(model, calibrations)];
  }

  /** @throws settings.invalid for skips that do not fit the job, model.incomplete, model.mismatch */
  function skipPlan({ stepCache, sampling }: EngineJob, model: ModelFolder): SkipPlan {
    if (stepCache !== undefined) return repeatSkips(stepCache, sampling);
    const found = findCalibration(model, calibrations);
    if (found === undefined) throw new TachieError("internal.bug", "the step cache is on without a calibration");
    return planSkips(found, sampling);
  }

  async function calibrate({ jobs, file }: CalibrateParams, signal: CancelFlag): Promise<CalibrationReport> {
    const [job] = jobs;
    if (job === undefined) throw new TachieError("internal.bug", "a calibration of no pictures");
    const model = slot.open(job.model);
    for (const { size } of jobs) checkSize(size, model.manifest.limits.maxPixels);
    const compute = await computes.get(job.provider);
    const wished = { ...job.toggles, step_cache: "on" } as const;
    const applied = applyToggles(wished, compute.provider, { lacks: compute.lacks });
    const toggles = compute.settle?.(applied) ?? applied;
    const { pipeline, info } = await slot.load(model, compute, {
      toggles,
      memory: job.memory,
      loras: job.loras,
      signal,
    });
    const calibration = await measureRatios(pipeline, info.hash, jobs, { signal });
    const target = file ?? ownCalibrationFile(calibrations, model);
    writeCalibration(target, calibration);
    const { skips } = planSkips({ calibration, id: "" }, job.sampling);
    return { calibration, file: target, skipped: skips.flatMap((isSkipped, index) => (isSkipped ? [index] : [])) };
  }

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
      const { provider } = compute;
      const lacks = job.stepCache === undefined ? lacksWith(compute, model) : compute.lacks;
      const applied = applyToggles(job.toggles, provider, { demanded: job.demanded ?? [], lacks });
      const toggles = compute.settle?.(applied) ?? applied;
      const plan = toggles.step_cache === "on" ? skipPlan(job, model) : undefined;
      const options = { toggles, memory: job.memory, loras: job.loras, signal, profile };
      const { info, pipeline, isNew } = await slot.load(model, compute, options);
      const loadMs = isNew ? performance.now() - loadStart : 0;
      // A profile is to show the text encoder too, and is whole only when the sessions are gone.
      const isCached = toggles.text_cache === "on" && profile === undefined;
      const hooks = { signal, progress, ...(isCached ? { cache } : {}), ...(isCached && isStoreUsed ? { store } : {}) };
      const skips = plan === undefined ? {} : { skips: plan.skips };
      const { image, timings, skipped, flops } = await pipeline.generate(job, { ...hooks, ...skips });
      if (profile !== undefined) await slot.unload();
      profile?.merge();
      return {
        image,
        provider,
        toggles,
        ...(plan === undefined
          ? {}
          : { stepCache: { calibration: plan.calibration, skipped, evaluations: plan.skips.length } }),
        timings: { loadMs, ...timings },
        flops,
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
      throwIfCancelled(signal);
      const opened = slot.open(model);
      if (job !== undefined) checkSize(job.size, opened.manifest.limits.maxPixels);
      const compute = await computes.get(job?.provider ?? "auto");
      const { provider } = compute;
      const lacks = lacksWith(compute, opened);
      const applied = applyToggles(job?.toggles ?? DEFAULT_TOGGLES, provider, { lacks });
      const toggles = compute.settle?.(applied) ?? applied;
      requireRoom(opened, toggles, compute.roomBytes(job?.memory));
      // Whoever cancels this nearly always wants the model that is half loaded by then.
      const options = { toggles, memory: job?.memory, loras: job?.loras ?? [], signal: NEVER };
      const { info, pipeline } = await slot.load(opened, compute, options);
      const { manifest } = opened;
      const warm = warmPicture({ model, manifest, provider, sizeMultiple: pipeline.sizeMultiple, toggles, job });
      const hooks = { signal, progress: () => undefined, cache };
      await pipeline.generate(warm.picture, warm.skips === undefined ? hooks : { ...hooks, skips: warm.skips });
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
    calibrate: ({ cancel, ...params }) => calibrate(params, cancelFlag(cancel)),
    async bench({ cancel, ...params }, { progress }) {
      const signal = cancelFlag(cancel);
      const compute = await computes.get(params.job.provider);
      const model = slot.open(params.job.model);
      return await runLadder(params, {
        compute: { ...compute, lacks: lacksWith(compute, model) },
        model: describeModel(model),
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
