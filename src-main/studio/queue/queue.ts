/**
 * @file The queue itself: which jobs there are, in which order, how far each has come. It makes no pictures; `run-queue.ts`
 * does, and tells it.
 *
 * What a person asks for is written down first and then done, so that an error means that nothing has changed. What has
 * happened is a fact whether or not it can be written down: where it cannot, the queue rests and says why, and the next
 * start finds the pictures by their claims.
 */

import { randomUUID } from "node:crypto";
import type { ErrorCode, ErrorData } from "../../contract/errors.ts";
import { TachieError, toErrorData } from "../../contract/errors.ts";
import type { GenerateRequest, GeneratedImage } from "../../contract/generation.ts";
import type { JobProgress, QueueState, QueuedJob } from "../../contract/jobs.ts";
import type { Job, JobStore, Pause } from "./job-store.ts";

/** Finished jobs that are kept. */
export const MAX_FINISHED = 50;
/** More waiting jobs than this are a mistake, and would make every message about the queue a large one. */
export const MAX_WAITING = 1000;

/** What somebody can put right while a picture waits: room on the disk, a folder that can be written to again. */
const PASSES: readonly ErrorCode[] = ["disk.full", "file.unwritable", "library.read-only"];

export function canPass({ code }: Pick<ErrorData, "code">): boolean {
  return PASSES.includes(code);
}

export interface QueueOptions {
  readonly store: JobStore;
  readonly onChange: (state: QueueState) => void;
  /** Milliseconds for a job's missing pictures; undefined where that is not known. */
  readonly estimate: (job: Job, progress: JobProgress | undefined) => number | undefined;
}

export class Queue {
  readonly #store: JobStore;
  readonly #onChange: (state: QueueState) => void;
  readonly #estimate: QueueOptions["estimate"];
  #finished: Job[];
  #running: { readonly job: Job; readonly abort: AbortController; progress: JobProgress | undefined } | undefined;
  #waiting: Job[];
  #pause: Pause;
  /** Whether it rests for `hold` alone. */
  #isHolding: boolean;
  #wake: () => void = () => undefined;

  /** What was running when the last process ended is waiting again. */
  constructor({ store, onChange, estimate }: QueueOptions) {
    this.#store = store;
    this.#onChange = onChange;
    this.#estimate = estimate;
    const { jobs, pause } = store.load();
    this.#pause = pause;
    this.#isHolding = pause.reason !== undefined && canPass(pause.reason);
    this.#finished = jobs.filter(({ finishedMs }) => finishedMs !== undefined);
    this.#waiting = jobs.filter(({ finishedMs }) => finishedMs === undefined);
    for (const job of this.#waiting) job.state = "waiting";
  }

  get isPaused(): boolean {
    return this.#pause.isPaused;
  }

  state(): QueueState {
    const ahead = [...(this.#running === undefined ? [] : [this.#running.job]), ...this.#waiting];
    let remainingMs: number | undefined = 0;
    for (const job of ahead) {
      const ms = this.#estimate(job, job === this.#running?.job ? this.#running.progress : undefined);
      remainingMs = ms === undefined || remainingMs === undefined ? undefined : remainingMs + ms;
    }
    return {
      isPaused: this.#pause.isPaused,
      ...(this.#pause.reason === undefined ? {} : { pauseReason: this.#pause.reason }),
      jobs: [...this.#finished, ...ahead].map(viewOf),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    };
  }

  /** @throws settings.invalid where too many are waiting; disk.full, library.* */
  enqueue(request: GenerateRequest): QueuedJob {
    if (this.#waiting.length >= MAX_WAITING)
      throw new TachieError("settings.invalid", `${MAX_WAITING} jobs are waiting already`, {
        remedy: "Wait for some to be done, or cancel some.",
      });
    const job = this.#store.add(randomUUID(), request, Date.now());
    this.#waiting.push(job);
    this.#changed();
    return viewOf(job);
  }

  /** @throws job.not-found */
  cancel(id: string): QueueState {
    const job = this.#find(id);
    if (job.finishedMs === undefined) this.#cancel([job]);
    return this.#changed();
  }

  cancelAll(): QueueState {
    this.#cancel([...(this.#running === undefined ? [] : [this.#running.job]), ...this.#waiting]);
    return this.#changed();
  }

  /** @throws job.not-found */
  retry(id: string): QueueState {
    const job = this.#find(id);
    if (job.state !== "failed" && job.state !== "cancelled") return this.state();
    const again: Job = { ...job, state: "waiting", failure: undefined, finishedMs: undefined };
    this.#store.update([again], [...this.#waiting, again]);
    Object.assign(job, again);
    this.#finished = this.#finished.filter((other) => other !== job);
    this.#waiting = [...this.#waiting, job];
    return this.#changed();
  }

  /**
   * Puts a waiting job before another waiting one, or last. One that has been begun meanwhile stays where it is; before one
   * that has been begun means first.
   * @throws job.not-found
   */
  move(id: string, before: string | undefined): QueueState {
    const job = this.#find(id);
    const target = before === undefined ? undefined : this.#find(before);
    if (job.state !== "waiting" || job === target) return this.state();
    const others = this.#waiting.filter((other) => other !== job);
    const index = target === undefined ? others.length : Math.max(0, others.indexOf(target));
    const waiting = [...others.slice(0, index), job, ...others.slice(index)];
    this.#store.update([], waiting);
    this.#waiting = waiting;
    return this.#changed();
  }

  pause(isPaused: boolean): QueueState {
    const pause: Pause = { isPaused, reason: undefined };
    this.#store.pause(pause);
    this.#pause = pause;
    this.#isHolding = false;
    return this.#changed();
  }

  /** The queue rests because a picture cannot be saved now, until `unhold`. */
  hold(reason: ErrorData): void {
    if (this.#pause.reason?.code === reason.code) return;
    this.#isHolding ||= !this.#pause.isPaused;
    this.#rest(reason);
    this.#changed();
  }

  /** Ends a rest that `hold` began, in this process or one before; one that somebody asked for stays. */
  unhold(): void {
    const { reason } = this.#pause;
    const isPaused = this.#pause.isPaused && !this.#isHolding;
    const wasHeld = reason !== undefined && canPass(reason);
    this.#isHolding = false;
    if (!wasHeld) return;
    this.#pause = { isPaused, reason: undefined };
    this.#record(() => this.#store.pause(this.#pause));
    this.#changed();
  }

  /** Takes the next job up; undefined while there is none to be done. */
  begin(): { readonly job: Job; readonly signal: AbortSignal } | undefined {
    const [job] = this.#waiting;
    if (this.#pause.isPaused || job === undefined) return undefined;
    const abort = new AbortController();
    this.#waiting.shift();
    job.state = "running";
    this.#running = { job, abort, progress: undefined };
    this.#record(() => this.#store.update([job]));
    this.#changed();
    return { job, signal: abort.signal };
  }

  /** Resolves when there may be something to begin, or when woken. */
  whenChanged(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  wake(): void {
    this.#wake();
  }

  progress(progress: JobProgress): void {
    if (this.#running?.job.id === progress.id) this.#running.progress = progress;
  }

  imageMade(job: Job, number: number, image: GeneratedImage): void {
    job.images.set(number, image);
    this.#changed();
  }

  /** The job that was begun has ended; where it was cancelled meanwhile, only the rest of it is over. */
  done(job: Job, failure?: ErrorData): void {
    const isRunning = this.#running?.job === job;
    if (isRunning) this.#running = undefined;
    // One that was cancelled while its last picture was being saved is complete all the same.
    const isComplete = failure === undefined;
    if (!isRunning && !isComplete) return;
    this.#waiting = this.#waiting.filter((other) => other !== job);
    this.#finished = this.#finished.filter((other) => other !== job);
    Object.assign(job, { state: isComplete ? "done" : "failed", failure, finishedMs: Date.now() });
    this.#finished.push(job);
    this.#record(() => {
      this.#store.update([job]);
      this.#prune();
    });
    this.#changed();
  }

  /**
   * The job that was begun waits again, as the next one; with a reason, the queue rests until somebody wants it to go on.
   */
  putBack(job: Job, reason?: ErrorData): void {
    if (this.#running?.job !== job) return;
    this.#running = undefined;
    job.state = "waiting";
    this.#waiting.unshift(job);
    this.#record(() => this.#store.update([job], this.#waiting));
    if (reason !== undefined) this.#rest(reason);
    this.#changed();
  }

  /** Never refused: whoever cancels wants the computing to end, whatever the disk is like. */
  #cancel(jobs: readonly Job[]): void {
    const finishedMs = Date.now();
    for (const job of jobs) Object.assign(job, { state: "cancelled", finishedMs });
    this.#finished.push(...jobs);
    this.#waiting = this.#waiting.filter(({ state }) => state === "waiting");
    if (this.#running?.job.state === "cancelled") {
      this.#running.abort.abort();
      this.#running = undefined;
    }
    this.#record(() => {
      this.#store.update(jobs);
      this.#prune();
    });
  }

  #prune(): void {
    const surplus = this.#finished.slice(0, Math.max(0, this.#finished.length - MAX_FINISHED));
    if (surplus.length === 0) return;
    this.#store.remove(surplus);
    this.#finished = this.#finished.slice(surplus.length);
  }

  /** Writes down what has happened. */
  #record(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof TachieError)) throw error;
      this.#rest(toErrorData(error));
    }
  }

  #rest(reason: ErrorData): void {
    this.#pause = { isPaused: true, reason };
    try {
      this.#store.pause(this.#pause);
    } catch (error) {
      // What keeps this from being written is most often the reason itself; the next process then finds it out anew.
      if (!(error instanceof TachieError)) throw error;
    }
  }

  #find(id: string): Job {
    const jobs = [...this.#finished, ...(this.#running === undefined ? [] : [this.#running.job]), ...this.#waiting];
    const job = jobs.find((other) => other.id === id);
    if (job === undefined) throw new TachieError("job.not-found", `there is no job ${id} in the queue`, { where: id });
    return job;
  }

  #changed(): QueueState {
    const state = this.state();
    this.#onChange(state);
    this.#wake();
    return state;
  }
}

function viewOf({ id, state, request, images, createdMs, failure }: Job): QueuedJob {
  return {
    id,
    state,
    request,
    images: [...images].sort(([a], [b]) => a - b).map(([, image]) => image),
    createdAt: new Date(createdMs).toISOString(),
    ...(failure === undefined ? {} : { failure }),
  };
}
