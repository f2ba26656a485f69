/** @file The queue: pictures that are asked for, waiting, being made or done. It survives crashes and restarts. */

import type { ErrorData } from "./errors.ts";
import type { GenerateRequest, GeneratedImage, GenerationProgress } from "./generation.ts";

export const JOB_STATES = ["waiting", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** One request in the queue. */
export interface QueuedJob {
  readonly id: string;
  readonly state: JobState;
  /** As it was asked, with the seed drawn when it was queued, so that a retry makes the same pictures. */
  readonly request: GenerateRequest;
  /** Finished pictures, in the order of the seeds. */
  readonly images: readonly GeneratedImage[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Why it failed, or why there are fewer pictures than asked for. */
  readonly failure?: ErrorData;
}

export interface QueueState {
  /** No further job is begun while this is set; the running one goes on. */
  readonly isPaused: boolean;
  /** Why the queue paused by itself, such as a full disk. */
  readonly pauseReason?: ErrorData;
  /** In the order in which they are done; finished ones first, at most the last 50 of them. */
  readonly jobs: readonly QueuedJob[];
  /**
   * Milliseconds until the queue is empty, from this machine's own timings of pictures of this model, size and number of
   * steps; absent where there are none yet.
   */
  readonly remainingMs?: number;
}

/** Told while a job runs. `number` is the 1-based place of the picture out of `count`. */
export interface JobProgress extends GenerationProgress {
  readonly id: string;
  readonly number: number;
  readonly count: number;
}
