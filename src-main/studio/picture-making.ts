/**
 * @file Makes the pictures of a plan one after the other and saves each before the next is begun, so that whatever
 * happens later cannot take a finished one away.
 */

import { TachieError, isTachieError, toErrorData } from "../contract/errors.ts";
import type { EngineImage, EngineJob, GeneratedImage } from "../contract/generation.ts";
import type { GenerateOutcome, GenerateProgress } from "../contract/studio.ts";
import { cancelledError } from "../contract/wire.ts";
import type { EngineDoor } from "./engine-door.ts";
import type { GenerationPlan } from "./generation-plan.ts";
import { generatedImageOf } from "./library/generation-row.ts";
import { explainFailure } from "./model-diagnosis.ts";
import type { Library, NewGeneration } from "./library/library.ts";
import type { IdentifyAdapters } from "./loras/adapter-identity.ts";

export interface PictureMakingContext {
  readonly engine: Pick<EngineDoor, "connection">;
  readonly library: Pick<Library, "save">;
  readonly identifyAdapters: IdentifyAdapters;
  readonly signal: AbortSignal;
  readonly report: (progress: GenerateProgress) => void;
}

/** Runs of one picture: a job that ends the inference process once may have met bad luck, twice it is the job. */
const TRIES = 2;

/**
 * @returns every finished picture, with the reason where some are missing
 * @throws what the first picture failed with, where there is none at all
 */
export async function makePictures(plan: GenerationPlan, context: PictureMakingContext): Promise<GenerateOutcome> {
  const images: GeneratedImage[] = [];
  const count = plan.jobs.length;
  for (const [index, job] of plan.jobs.entries())
    try {
      const number = index + 1;
      const image = await makePicture(plan, job, { number, count }, context);
      images.push(image);
      context.report({ kind: "image", number, count, image });
    } catch (error) {
      // The others would meet the same: they differ in the seed alone.
      if (images.length === 0) throw error;
      return { images, failure: toErrorData(error) };
    }
  return { images };
}

/** A picture's 1-based place in its job. */
export interface Place {
  readonly number: number;
  readonly count: number;
}

/**
 * One picture of a plan, made and saved.
 * @throws job.cancelled, engine.*, model.*, lora.changed, disk.full, file.*, library.*
 */
async function makePicture(
  plan: GenerationPlan,
  job: EngineJob,
  place: Place,
  context: PictureMakingContext,
): Promise<GeneratedImage> {
  return generatedImageOf(await context.library.save(await renderPicture(plan, job, place, context)));
}

export type RenderingContext = Omit<PictureMakingContext, "library">;

/**
 * One picture of a plan, made and ready to be saved.
 * @throws job.cancelled, engine.*, model.*, lora.changed
 */
export async function renderPicture(
  plan: GenerationPlan,
  job: EngineJob,
  place: Place,
  context: RenderingContext,
): Promise<NewGeneration> {
  const { signal, report } = context;
  const startedAt = performance.now();
  const adapters = await context.identifyAdapters(job.loras, signal);
  const made = await runJob(job, place, context);
  if (signal.aborted) throw cancelledError();
  if (plan.modelHash !== undefined && plan.modelHash !== made.modelHash)
    throw new TachieError("model.mismatch", `the weights in ${job.model} changed while the picture was made again`, {
      where: job.model,
    });
  adapters.requireSame();
  const steps = job.sampling.steps;
  report({ kind: "step", ...place, stage: "save", step: steps, steps, stepMs: 0 });
  return {
    image: made.image,
    prompt: plan.prompt,
    dialect: plan.dialect,
    tree: plan.tree,
    texts: job.texts,
    seed: job.seed,
    width: job.size.width,
    height: job.size.height,
    steps,
    sampling: job.sampling,
    model: plan.model.name,
    modelFolder: plan.model.folder,
    modelHash: made.modelHash,
    loras: adapters.loras,
    toggles: made.toggles,
    ...(made.stepCache === undefined ? {} : { stepCache: made.stepCache }),
    provider: made.provider,
    timings: made.timings,
    startedAt,
    ...(plan.parentId === undefined ? {} : { parentId: plan.parentId }),
  };
}

/** One job on the engine; on a fresh one, once, where the engine is lost on the way. */
async function runJob(job: EngineJob, place: Place, context: RenderingContext): Promise<EngineImage> {
  const { engine, signal, report } = context;
  for (let attempt = 1; ; attempt++)
    try {
      const { client } = await engine.connection();
      return await client.generate(job, {
        signal,
        onProgress: (progress) => report({ kind: "step", ...place, ...progress }),
      });
    } catch (error) {
      if (signal.aborted) throw cancelledError();
      if (!isTachieError(error, "engine.lost") || attempt === TRIES) throw await explainFailure(error, job.model);
      report({ kind: "notice", text: `${error.message}; starting a new one and trying the picture once more` });
    }
}
