/** @file The queue and the picture that is being made. */

import type { JobProgress, QueueState as Queue, QueuedJob } from "../../src-main/contract/jobs.ts";
import type { RgbImage } from "../../src-main/contract/generation.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";
import { countDownMs, pictureLeftMs } from "./time-left.ts";

const TICK_MS = 500;

export class QueueState {
  value = $state.raw<Queue>({ isPaused: false, jobs: [] });
  /** Of the running job; absent while none runs. */
  progress = $state.raw<JobProgress | undefined>(undefined);
  /** The last preview of the picture being made: not every step brings one. */
  preview = $state.raw<RgbImage | undefined>(undefined);
  readonly running: QueuedJob | undefined = $derived(this.value.jobs.find((job) => job.state === "running"));
  readonly waiting: readonly QueuedJob[] = $derived(this.value.jobs.filter((job) => job.state === "waiting"));
  /** Running and waiting. */
  readonly openCount: number = $derived(this.waiting.length + (this.running === undefined ? 0 : 1));
  /** Until the queue is empty; absent where nobody can tell. */
  readonly remainingMs: number | undefined = $derived.by(() => this.#remainingMs());
  /** Called when the last job of a queue has ended. `since`: when its first job was queued, ISO 8601. */
  onEnd: (jobs: readonly QueuedJob[], since: string) => void = () => undefined;

  #openSince = "";
  #toldAt = 0;
  #now = $state(0);
  #ticker: ReturnType<typeof setInterval> | undefined;
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("queue", (queue) => this.#take(queue));
    studio.onEvent("jobProgress", (progress) => this.#advance(progress));
    studio.onState((state) => {
      if (state.kind === "ready") void this.#update(studio.client.queue({}));
    });
  }

  cancel(id: string): Promise<void> {
    return this.#update(this.#studio.client.cancelJob({ id }));
  }
  cancelAll(): Promise<void> {
    return this.#update(this.#studio.client.cancelAllJobs({}));
  }
  retry(id: string): Promise<void> {
    return this.#update(this.#studio.client.retryJob({ id }));
  }
  setPaused(isPaused: boolean): Promise<void> {
    return this.#update(this.#studio.client.pauseQueue({ isPaused }));
  }

  /** Moves a waiting job by one place: -1 sooner, 1 later. */
  move(id: string, by: -1 | 1): Promise<void> {
    const place = this.waiting.findIndex((job) => job.id === id);
    const others = this.waiting.filter((job) => job.id !== id);
    if (place + by < 0 || place + by > others.length) return Promise.resolve();
    const before = others[place + by];
    return this.#update(this.#studio.client.moveJob({ id, ...(before === undefined ? {} : { before: before.id }) }));
  }

  async #update(answer: Promise<Queue>): Promise<void> {
    const queue = await this.#reports.attempt(answer);
    if (queue !== undefined) this.#take(queue);
  }

  #take(queue: Queue): void {
    const openBefore = this.openCount;
    this.value = queue;
    if (openBefore === 0) this.#openSince = this.running?.createdAt ?? this.waiting[0]?.createdAt ?? "";
    this.#toldAt = this.#now = Date.now();
    if (this.running?.id !== this.progress?.id) this.progress = this.preview = undefined;
    this.#keepTime();
    if (openBefore > 0 && this.openCount === 0) this.onEnd(queue.jobs, this.#openSince);
  }

  #advance(progress: JobProgress): void {
    // Told a moment too late, of a job that has ended since.
    if (this.running !== undefined && this.running.id !== progress.id) return;
    if (progress.number !== this.progress?.number || progress.id !== this.progress.id) this.preview = undefined;
    this.progress = progress;
    if (progress.preview !== undefined) this.preview = progress.preview;
  }

  /** The clock runs only while there is something to count down: an idle window costs nothing. */
  #keepTime(): void {
    if (this.running === undefined) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    } else this.#ticker ??= setInterval(() => (this.#now = Date.now()), TICK_MS);
  }

  #remainingMs(): number | undefined {
    const { remainingMs } = this.value;
    if (remainingMs !== undefined) return countDownMs({ remainingMs, at: this.#toldAt }, this.#now);
    return this.progress === undefined || this.waiting.length > 0 ? undefined : pictureLeftMs(this.progress);
  }
}
