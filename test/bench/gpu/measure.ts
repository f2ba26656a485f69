/**
 * @file One variant on the GPU, measured in a process of its own: what one variant leaves behind must not reach the next.
 *
 * Text encoders are left out: their states are random, of the lengths that are asked for.
 */

import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { openModelFolder } from "../../../models/model-folder.ts";
import { nextDitFlops } from "../../../models/newbie-exp0.1/next-dit-flops.ts";
import { inferNextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitWeights } from "../../../models/newbie-exp0.1/next-dit-names.ts";
import type { EngineJob, GenerationProgress } from "../../../src-main/contract/generation.ts";
import type { SamplingSettings } from "../../../src-main/contract/sampling.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { deviceHome } from "../../../src-main/engine/device/device-home.ts";
import { findGpu } from "../../../src-main/engine/device/find-gpu.ts";
import type { GpuFolders } from "../../../src-main/process/user-folders.ts";
import { measurePeakFlops } from "../../../src-main/engine/device/peak-flops.ts";
import { openGpu } from "../../../src-main/engine/device/gpu.ts";
import { openNetworks } from "../../../src-main/engine/networks.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { createPipeline } from "../../../src-main/engine/pipeline.ts";
import { randomText } from "./random-text.ts";
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
  /**
   * The same at the end of each stage. What a sparing decoder took and gave back is not in it: of that, the form without
   * giving back (`exact-small-workspaces`) tells.
   */
  readonly stageBytes: { readonly load: number; readonly step: number; readonly decode: number };
  readonly compiledMs: number;
  /** Arithmetic of the median step over its time, and a large matrix product's in bfloat16: operations a second. */
  readonly flops: number;
  readonly peakFlops: number;
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
    ...deviceHome(gpu, { form: variant.form, signal: { aborted: false }, ...variant.memory }),
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
  const usedBytes = (): number => freeBytes - gpu.memory.info().freeBytes;
  const stageBytes = { load: usedBytes(), step: 0, decode: 0 };
  const progress = ({ stage }: GenerationProgress): void => {
    if (stage === "decode") stageBytes.step = usedBytes();
  };
  const hooks = { signal: { aborted: false }, progress };
  let result = await pipeline.generate(job, hooks);
  const firstPictureMs = performance.now();
  const firstStepMs = result.timings.stepMs[0] ?? 0;
  for (let repeat = 0; repeat < options.repeats; repeat++) result = await pipeline.generate(job, hooks);
  const memoryBytes = usedBytes();
  stageBytes.decode = memoryBytes;
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
  const median = stepMs[stepMs.length >> 1] ?? NaN;
  const image = (width * height) / (decoder.scale * denoiser.patchSize) ** 2;
  const stepFlops = nextDitFlops(config, { image, text: textTokens }) + nextDitFlops(config, { image, text: 1 });
  const peakFlops = await measurePeakFlops(gpu);
  const measured = {
    gpu: gpu.info.name,
    driver: gpu.driverVersion.join("."),
    runtime: gpu.runtime.version,
    loadedMs,
    firstPictureMs,
    stepMs: median,
    stepSpreadMs: (stepMs.at(-1) ?? NaN) - (stepMs[0] ?? NaN),
    denoiseMs: result.timings.denoiseMs,
    decodeMs: result.timings.decodeMs,
    firstStepMs,
    memoryBytes,
    stageBytes,
    compiledMs: gpu.compiled.durationMs,
    flops: (1000 * stepFlops) / median,
    peakFlops,
  };
  await pipeline.release();
  gpu.release();
  return measured;
}
