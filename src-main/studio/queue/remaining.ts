/** @file How long a job still takes, from this machine's own timings of pictures like it. */

import { isTachieError } from "../../contract/errors.ts";
import type { GenerateRequest } from "../../contract/generation.ts";
import type { JobProgress } from "../../contract/jobs.ts";
import type { Library, PictureShape } from "../library/library.ts";
import type { ChosenModel } from "../model-choice.ts";
import type { Job } from "./job-store.ts";

/**
 * @param modelOf the model that a request means
 * @returns a function that gives milliseconds, or undefined where no picture of the kind has been made here
 */
export function createEstimate(
  library: Pick<Library, "usualMs">,
  modelOf: (request: GenerateRequest) => ChosenModel,
): (job: Job, progress: JobProgress | undefined) => number | undefined {
  const shapes = new WeakMap<Job, PictureShape>();
  function shapeOf(job: Job): PictureShape | undefined {
    const known = shapes.get(job);
    if (known !== undefined) return known;
    const { request } = job;
    try {
      const { manifest } = modelOf(request);
      const { width, height } = request.size ?? manifest.defaults;
      const steps = request.sampling?.steps ?? manifest.defaults.sampling.steps;
      const shape = { model: manifest.name, width, height, steps };
      shapes.set(job, shape);
      return shape;
    } catch (error) {
      if (!isTachieError(error)) throw error;
      return undefined; // a model that cannot be read is told of when the job's turn comes
    }
  }
  return (job, progress) => {
    const missing = (job.request.count ?? 1) - job.images.size;
    if (missing === 0) return 0;
    const shape = shapeOf(job);
    const pictureMs = shape === undefined ? undefined : library.usualMs(shape);
    if (pictureMs === undefined) return undefined;
    const isUnderWay = progress !== undefined && !job.images.has(progress.number);
    return pictureMs * (missing - (isUnderWay ? doneOf(progress) : 0));
  };
}

/** How much of a picture is done, from 0 to 1. */
function doneOf({ step, steps, passes, passesTotal }: JobProgress): number {
  const done = passes !== undefined && passesTotal ? passes / passesTotal : step / Math.max(1, steps);
  return Math.min(1, Math.max(0, done));
}
