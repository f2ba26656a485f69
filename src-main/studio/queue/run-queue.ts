/**
 * @file Does the queue's jobs one after the other. Pictures take their turn in the line one by one, so that a command
 * never waits longer than for one of them, and a job goes on with the pictures that it lacks.
 */

import { isTachieError, toErrorData } from "../../contract/errors.ts";
import type { ErrorCode } from "../../contract/errors.ts";
import type { GenerateRequest } from "../../contract/generation.ts";
import type { JobProgress } from "../../contract/jobs.ts";
import type { GenerateProgress } from "../../contract/studio.ts";
import type { EngineDoor } from "../engine-door.ts";
import type { GenerationPlan } from "../generation-plan.ts";
import type { JobLine } from "../job-line.ts";
import type { Library } from "../library/library.ts";
import type { IdentifyAdapters } from "../loras/adapter-identity.ts";
import { generatedImageOf } from "../library/generation-row.ts";
import { renderPicture } from "../picture-making.ts";
import type { RenderingContext } from "../picture-making.ts";
import { saveWhenPossible } from "./held-save.ts";
import type { Job, JobStore } from "./job-store.ts";
import type { Queue } from "./queue.ts";

export interface QueueParts {
  readonly queue: Queue;
  readonly store: JobStore;
  readonly line: JobLine;
  readonly engine: EngineDoor;
  readonly library: Pick<Library, "save">;
  readonly identifyAdapters: IdentifyAdapters;
  readonly plan: (request: GenerateRequest) => GenerationPlan;
  readonly onProgress: (progress: JobProgress) => void;
}

export interface QueueRun {
  /**
   * Takes no further job up, and resolves once the running one has ended, within a step; it waits again then.
   */
  stop(): Promise<void>;
}

/** No picture could be saved, so every job of the queue would be computed for nothing. */
const CANNOT_SAVE: readonly ErrorCode[] = ["disk.full", "file.unwritable", "library.read-only", "library.corrupt"];

export function runQueue(parts: QueueParts): QueueRun {
  const { queue } = parts;
  const stopping = new AbortController();
  async function run(): Promise<void> {
    queue.unhold(); // there may be room by now; where there is none, the next picture finds that out
    while (!stopping.signal.aborted) {
      const begun = queue.begin();
      if (begun === undefined) await queue.whenChanged();
      else await runJob(begun.job, begun.signal, stopping.signal, parts);
    }
  }
  const running = run();
  return {
    stop() {
      stopping.abort();
      queue.wake();
      return running;
    },
  };
}

async function runJob(job: Job, cancelled: AbortSignal, stopping: AbortSignal, parts: QueueParts): Promise<void> {
  const { queue, store, line, engine, library, identifyAdapters } = parts;
  const signal = AbortSignal.any([cancelled, stopping]);
  const count = job.request.count ?? 1;
  const isMissing = (number: number): boolean => !job.images.has(number);
  try {
    // A job that was interrupted after its last picture needs neither its model nor the engine any more.
    const plan = numbers(count).some(isMissing) ? parts.plan(job.request) : undefined;
    for (const [index, engineJob] of plan?.jobs.entries() ?? []) {
      const number = index + 1;
      if (plan === undefined || !isMissing(number)) continue;
      const context: RenderingContext = {
        engine,
        identifyAdapters,
        signal,
        report(progress) {
          if (progress.kind === "step") parts.onProgress(progressOf(job, progress));
        },
      };
      const wanted = { ...engineJob, isPreviewWanted: true };
      const entry = await line.run(signal, () => renderPicture(plan, wanted, { number, count }, context), "queue");
      // Out of the line: commands need not wait for a disk that is full.
      const claim = (id: string): void => store.claim(job, number, id);
      const saved = await saveWhenPossible(() => library.save(entry, claim), queue, signal);
      queue.imageMade(job, number, generatedImageOf(saved));
    }
    queue.done(job);
  } catch (error) {
    if (stopping.aborted) queue.putBack(job);
    else if (isPauseWorthy(error, engine)) queue.putBack(job, toErrorData(error));
    else queue.done(job, toErrorData(error));
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function progressOf({ id }: Job, step: GenerateProgress & { readonly kind: "step" }): JobProgress {
  const progress: Mutable<JobProgress & { kind?: "step" }> = { ...step, id };
  delete progress.kind;
  return progress;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Whether every job after this one would fail like it. */
function isPauseWorthy(error: unknown, engine: EngineDoor): boolean {
  if (CANNOT_SAVE.some((code) => isTachieError(error, code))) return true;
  const isEngineGone = isTachieError(error, "engine.lost") || isTachieError(error, "engine.start-failed");
  return isEngineGone && engine.state.kind === "failed";
}
