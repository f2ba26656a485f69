/** @file The methods of the queue. */

import type { GenerateRequest } from "../../contract/generation.ts";
import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import { checkRequest, planGeneration, randomSeed } from "../generation-plan.ts";
import { requireFit } from "../loras/adapter-fit.ts";
import { requireAdapters } from "../loras/adapter-identity.ts";
import type { ChosenModel } from "../model-choice.ts";
import { anId, optional, requireParams, truth } from "../params.ts";
import { requireGenerateRequest } from "../request-check.ts";
import type { Queue } from "./queue.ts";

type QueueMethod = "enqueue" | "queue" | "cancelJob" | "cancelAllJobs" | "retryJob" | "moveJob" | "pauseQueue";

/** @param modelOf see `createEstimate`; here its errors are the caller's */
export function queueHandlers(
  queue: Queue,
  modelOf: (request: GenerateRequest) => ChosenModel,
): Pick<Handlers<StudioService>, QueueMethod> {
  return {
    enqueue: (params) => queue.enqueue(acceptRequest(requireGenerateRequest(params), modelOf)),
    queue(params) {
      requireParams("queue", params, {});
      return queue.state();
    },
    cancelJob: (params) => queue.cancel(requireParams("cancelJob", params, { id: anId }).id),
    cancelAllJobs(params) {
      requireParams("cancelAllJobs", params, {});
      return queue.cancelAll();
    },
    retryJob: (params) => queue.retry(requireParams("retryJob", params, { id: anId }).id),
    moveJob(params) {
      const { id, before } = requireParams("moveJob", params, { id: anId, before: optional(anId) });
      return queue.move(id, before);
    },
    pauseQueue: (params) => queue.pause(requireParams("pauseQueue", params, { isPaused: truth }).isPaused),
  };
}

/**
 * The request as it is queued: with a seed, and such that its pictures can be planned.
 * @throws prompt.*, settings.invalid, file.not-found, model.*
 */
export function acceptRequest(
  asked: GenerateRequest,
  modelOf: (request: GenerateRequest) => ChosenModel,
): GenerateRequest {
  checkRequest(asked);
  requireAdapters(asked.loras);
  const request = { ...asked, seed: asked.seed ?? randomSeed() };
  const model = modelOf(request);
  planGeneration(request, model);
  requireFit(request.loras, model);
  return request;
}
