/**
 * @file One variant on the GPU, measured in a process of its own: what one variant leaves behind must not reach the next.
 *
 * Text encoders are left out: their states are random, of the lengths that are asked for.
 */

import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { openModelFolder } from "../../../models/model-folder.ts";
import { inferNextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitWeights } from "../../../models/newbie-exp0.1/next-dit-names.ts";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import type { SamplingSettings } from "../../../src-main/contract/sampling.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { deviceHome } from "../../../src-main/engine/device/device-home.ts";
import { findGpu } from "../../../src-main/engine/device/find-gpu.ts";
import type { GpuFolders } from "../../../src-main/process/user-folders.ts";
import { openGpu } from "../../../src-main/engine/device/gpu.ts";
import { openNetworks } from "../../../src-main/engine/networks.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { measureRatios } from "../../../src-main/engine/calibrate.ts";
import { createPipeline } from "../../../src-main/engine/pipeline.ts";
import type { Pipeline } from "../../../src-main/engine/pipeline.ts";
import { planSkips } from "../../../src-main/engine/skip-plan.ts";
import type { TextEncoding } from "../../../src-main/engine/roles.ts";
import { float32Tensor } from "../../../src-main/ort/session.ts";
import type { GpuVariant } from "./variants.ts";

export interface MeasureOptions {
  readonly folders: GpuFolders;
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  /** Text tokens of the prompt; the negative has one. */
  readonly textTokens: number;
  /** Pictures after the first. */
  readonly repeats: number;
  /** Where the velocity of one evaluation goes, float32. */
  readonly velocityFile?: string | undefined;
  /** Where the picture's pixels go, 3 bytes each. */
  readonly pixelsFile?: string | undefined;
}

export interface Measured {
  readonly gpu: string;
  readonly driver: string;
  readonly runtime: string;
  /** From the start of the process: everything loaded; the first picture done. */
  readonly loadedMs: number;
  readonly firstPictureMs: number;
  /** Of the last picture, in its middle. */
  readonly stepMs: number;
  readonly stepSpreadMs: number;
  readonly denoiseMs: number;
  readonly decodeMs: number;
  readonly firstStepMs: number;
  /** Device memory that this process added: with the transformer loaded, after the last step, in all. */
  readonly memoryBytes: number;
  readonly compiledMs: number;
  readonly skippedEvaluations: number;
}

const MEASURE_SAMPLING: SamplingSettings = {
  steps: 28,
  solver: "euler",
  schedule: "shift",
  shift: 6,
  guidance: 5,
  truncate: 1,
  renorm: 0,
};

export async function measure(variant: GpuVariant, options: MeasureOptions): Promise<Measured> {
  const { width, height, steps, textTokens } = options;
  const gpu = openGpu(findGpu(options.folders));
  const { freeBytes } = gpu.memory.info();
  const model = openModelFolder(options.model);
  const { transformer } = model.components;
  const config = inferNextDitConfig(nextDitWeights(transformer.checkpoint), transformer.config);
  const home = {
    ...deviceHome(gpu, { form: variant.form, signal: { aborted: false } }),
    text: () => Promise.resolve(randomText(config.capFeatDim, config.clipTextDim)),
  };
  const networks = await openNetworks(model, home, new Map());
  const loadedMs = performance.now();
  const { denoiser, decoder } = networks;
  const pipeline = createPipeline(networks, "bench");
  const job: EngineJob = {
    model: options.model,
    loras: [],
    texts: { system: "", positive: String(textTokens), negative: "1" },
    seed: 7,
    size: { width, height },
    sampling: { ...MEASURE_SAMPLING, steps, ...variant.sampling },
    toggles: DEFAULT_TOGGLES,
    provider: "cuda",
    isPreviewWanted: false,
  };
  const quiet = { signal: { aborted: false }, progress: () => undefined };
  const hooks =
    variant.isCalibrated === true ? { ...quiet, skips: await calibratedSkips(pipeline, model.hash, job) } : quiet;
  let result = await pipeline.generate(job, hooks);
  const firstPictureMs = performance.now();
  const firstStepMs = result.timings.stepMs[0] ?? 0;
  for (let repeat = 0; repeat < options.repeats; repeat++) result = await pipeline.generate(job, hooks);
  const memoryBytes = freeBytes - gpu.memory.info().freeBytes;
  if (options.velocityFile !== undefined) {
    const { scale } = decoder;
    const grid = {
      rows: height / scale / denoiser.patchSize,
      columns: width / scale / denoiser.patchSize,
    };
    const text = await networks.text.encode({ system: "", text: String(textTokens) });
    const prompt = await denoiser.prepare(text, grid);
    const noise = seededNoise(1, (denoiser.channels * height * width) / scale ** 2);
    const velocity = await denoiser.velocity(await denoiser.fromHost(noise), 0.5, prompt);
    writeFileSync(options.velocityFile, new Uint8Array((await denoiser.toHost(velocity)).buffer));
  }
  if (options.pixelsFile !== undefined) writeFileSync(options.pixelsFile, result.image.pixels);
  const stepMs = result.timings.stepMs.toSorted((a, b) => a - b);
  const measured = {
    gpu: gpu.info.name,
    driver: gpu.driverVersion.join("."),
    runtime: gpu.runtime.version,
    loadedMs,
    firstPictureMs,
    stepMs: stepMs[stepMs.length >> 1] ?? NaN,
    stepSpreadMs: (stepMs.at(-1) ?? NaN) - (stepMs[0] ?? NaN),
    denoiseMs: result.timings.denoiseMs,
    decodeMs: result.timings.decodeMs,
    firstStepMs,
    memoryBytes,
    compiledMs: gpu.compiled.durationMs,
    skippedEvaluations: result.skipped.length,
  };
  await pipeline.release();
  gpu.release();
  return measured;
}

/** As `tachie calibrate` and a picture after it have them. */
async function calibratedSkips(pipeline: Pipeline, hash: string, job: EngineJob): Promise<readonly boolean[]> {
  const calibration = await measureRatios(pipeline, hash, [job], { signal: { aborted: false } });
  return planSkips({ calibration, id: "bench" }, job.sampling).skips;
}

/** A text is the number of its tokens. */
function randomText(statesWidth: number, pooledWidth: number): TextEncoding {
  return {
    encode({ text }) {
      const tokens = Number(text);
      const states = float32Tensor(seededNoise(tokens, tokens * statesWidth), [tokens, statesWidth]);
      const pooled = float32Tensor(seededNoise(tokens + 1, pooledWidth), [1, pooledWidth]);
      return Promise.resolve({ states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength });
    },
    release: () => Promise.resolve(),
  };
}
