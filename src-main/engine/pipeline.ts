/**
 * @file One job, from texts to pixels: encode, denoise, decode, each timed, each checked for values that are no numbers.
 *
 * Knows the networks by their roles only, so it serves any of them wherever they compute.
 */

import type { EngineJob, EngineTimings, GenerationProgress, RgbImage, Stage } from "../contract/generation.ts";
import { TachieError } from "../contract/errors.ts";
import type { EmbeddingCache, Sized } from "./embedding-cache.ts";
import { countPasses, guidedVelocity, isGuidedAt } from "./guidance.ts";
import { seededNoise } from "./noise.ts";
import { findNonFinite } from "./pixels.ts";
import { fitPreview } from "./preview.ts";
import type { PreviewFactors } from "./preview.ts";
import type { EncodedText, Networks, TextInput, TokenGrid } from "./roles.ts";
import { evaluationTimes, sampleLatent, throwIfCancelled } from "./solvers.ts";
import type { CancelFlag, SampleStep } from "./solvers.ts";
import { inStage, requireFinite } from "./stage.ts";
import type { TextStore } from "./text-store.ts";
import { timeGrid } from "./time-grid.ts";

export interface PipelineHooks {
  readonly signal: CancelFlag;
  readonly progress: (progress: GenerationProgress) => void;
  /** Where prompts are kept; absent where the job wants none kept. */
  readonly cache?: EmbeddingCache;
  /** Where the texts of slow encoders are kept for good. */
  readonly store?: TextStore;
}

export interface PipelineResult {
  readonly image: RgbImage;
  readonly timings: Omit<EngineTimings, "loadMs">;
}

/** The networks of a loaded model, put to work. */
export interface Pipeline {
  /** Width and height of a picture are multiples of this many pixels. */
  readonly sizeMultiple: number;
  /** @throws job.cancelled, settings.invalid, engine.run-failed, engine.out-of-memory */
  generate(job: EngineJob, hooks: PipelineHooks): Promise<PipelineResult>;
  release(): Promise<void>;
}

/**
 * @param identity names everything about the networks that decides what they compute, for the keys of the cache
 */
export function createPipeline<L, P extends Sized>(networks: Networks<L, P>, identity: string): Pipeline {
  const { text, denoiser, decoder } = networks;
  let factors: PreviewFactors | undefined;

  async function encodeText(input: TextInput, { cache, store }: PipelineHooks): Promise<EncodedText> {
    const key = ["text", identity, input.system, input.text];
    const encode = async (): Promise<EncodedText> => {
      const stored = text.isSlow === true ? store?.get(key) : undefined;
      if (stored !== undefined) return stored;
      const encoded = await text.encode(input);
      const isFinite = [encoded.states, encoded.pooled].every(({ data }) => findNonFinite(data) < 0);
      requireFinite("encode", "the encoded text", isFinite);
      if (text.isSlow === true) store?.put(key, encoded);
      return encoded;
    };
    return await (cache?.get(key, encode) ?? encode());
  }

  async function preparePrompt(input: TextInput, grid: TokenGrid, hooks: PipelineHooks): Promise<P> {
    const { cache, signal } = hooks;
    const prepare = async (): Promise<P> => {
      throwIfCancelled(signal);
      const encoded = await encodeText(input, hooks);
      throwIfCancelled(signal);
      return await denoiser.prepare(encoded, grid);
    };
    const key = ["prompt", identity, input.system, input.text, grid.rows, grid.columns];
    return await inStage("encode", async () => (cache === undefined ? prepare() : cache.get(key, prepare)));
  }

  async function generate(job: EngineJob, hooks: PipelineHooks): Promise<PipelineResult> {
    const { sampling, texts, seed } = job;
    const { signal } = hooks;
    const { grid, width, height } = latentSize(job, decoder.scale, denoiser.patchSize);
    const times = timeGrid(sampling);
    const evaluations = evaluationTimes(sampling.solver, times);
    const report = createReporter(sampling.steps, countPasses(sampling, evaluations), hooks.progress);

    // Once for each loaded model, so it counts as no stage's time.
    if (job.isPreviewWanted) factors ??= await inStage("preview", () => fitPreview(decoder));
    const encodeStart = performance.now();
    report("encode");
    const { system } = texts;
    const positive = await preparePrompt({ system, text: texts.positive }, grid, hooks);
    const isGuided = evaluations.some((time) => isGuidedAt(sampling, time));
    const negative = isGuided ? await preparePrompt({ system, text: texts.negative }, grid, hooks) : positive;

    const denoiseStart = performance.now();
    report("denoise");
    let stepStart = denoiseStart;
    let passes = 0;
    const stepMs: number[] = [];
    const pass = (prompt: P) => (latent: L, time: number) => {
      throwIfCancelled(signal);
      passes++;
      return inStage(stepName(stepMs.length + 1, sampling.steps), () => denoiser.velocity(latent, time, prompt));
    };
    const onStep = async ({ step, steps, latent, predictClean }: SampleStep<L>): Promise<void> => {
      requireFinite(stepName(step, steps), "the latent", Number.isFinite(await denoiser.algebra.norm(latent)));
      const lastStepMs = performance.now() - stepStart;
      stepMs.push(lastStepMs);
      const preview =
        factors === undefined || !job.isPreviewWanted
          ? undefined
          : denoiser.preview(await predictClean(), factors, height, width);
      report("denoise", { step, stepMs: lastStepMs, passes, preview });
      stepStart = performance.now();
    };
    const noise = seededNoise(seed, denoiser.channels * width * height);
    // The sampler's own arithmetic takes memory too, between the networks' steps.
    const latent = await inStage("denoise", async () =>
      sampleLatent({
        solver: sampling.solver,
        times,
        noise: await denoiser.fromHost(noise),
        velocity: guidedVelocity(sampling, {
          conditional: pass(positive),
          unconditional: pass(negative),
          algebra: denoiser.algebra,
        }),
        algebra: denoiser.algebra,
        onStep,
        signal,
      }),
    );

    const decodeStart = performance.now();
    report("decode", { step: sampling.steps, stepMs: stepMs.at(-1) ?? 0, passes });
    const values = await denoiser.toHost(latent);
    const { image, isFinite } = await inStage("decode", () => decoder.decodePicture(values, height, width));
    throwIfCancelled(signal);
    requireFinite("decode", "the picture", isFinite);
    return {
      image,
      timings: {
        encodeMs: denoiseStart - encodeStart,
        denoiseMs: decodeStart - denoiseStart,
        decodeMs: performance.now() - decodeStart,
        stepMs,
      },
    };
  }

  return {
    sizeMultiple: decoder.scale * denoiser.patchSize,
    generate,
    async release() {
      await Promise.all([text.release(), denoiser.release(), decoder.release()]);
    },
  };
}

function stepName(step: number, steps: number): string {
  return `denoise, step ${step} of ${steps}`;
}

interface LatentSize {
  readonly grid: TokenGrid;
  /** Cells. */
  readonly width: number;
  readonly height: number;
}

/** @throws settings.invalid for a size that this model's networks cannot make */
function latentSize({ size }: EngineJob, scale: number, patchSize: number): LatentSize {
  const multiple = scale * patchSize;
  for (const [field, value] of Object.entries(size))
    if (value % multiple !== 0)
      throw new TachieError(
        "settings.invalid",
        `${field} is ${String(value)}, but this model makes multiples of ${multiple}`,
        { where: field },
      );
  return {
    grid: { rows: size.height / multiple, columns: size.width / multiple },
    width: size.width / scale,
    height: size.height / scale,
  };
}

interface ReportedState {
  readonly step: number;
  readonly stepMs: number;
  readonly passes: number;
  readonly preview?: RgbImage | undefined;
}

function createReporter(steps: number, passesTotal: number, progress: PipelineHooks["progress"]) {
  return (stage: Stage, state: ReportedState = { step: 0, stepMs: 0, passes: 0 }): void => {
    const { preview, ...numbers } = state;
    progress({ stage, steps, passesTotal, ...numbers, ...(preview === undefined ? {} : { preview }) });
  };
}
