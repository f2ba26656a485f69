/** @file The made-up studio's queue: goes through its jobs at the pace of a small model. */

import { TachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { GenerateRequest, GenerationRecord } from "../../src-main/contract/generation.ts";
import type { JobProgress, JobState, QueueState, QueuedJob } from "../../src-main/contract/jobs.ts";
import { SAMPLE_PROMPT, sampleRecord } from "./sample-data.ts";
import type { Sheet } from "./sample-pictures.ts";

const STEP_MS = 180;

export interface FakeQueueDoors {
  readonly changed: (state: QueueState) => void;
  readonly progress: (progress: JobProgress) => void;
  readonly made: (record: GenerationRecord) => void;
}

export class FakeQueue {
  #jobs: QueuedJob[] = [];
  #isPaused = false;
  #nextNumber = 1000;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #sheet: Sheet;
  readonly #doors: FakeQueueDoors;

  constructor(sheet: Sheet, doors: FakeQueueDoors) {
    this.#sheet = sheet;
    this.#doors = doors;
  }

  get state(): QueueState {
    const open = this.#jobs.filter(({ state }) => state === "running" || state === "waiting");
    const pictures = open.reduce((sum, { request, images }) => sum + (request.count ?? 1) - images.length, 0);
    const remaining = pictures === 0 ? {} : { remainingMs: pictures * 20 * STEP_MS };
    return { isPaused: this.#isPaused, jobs: [...this.#jobs], ...remaining };
  }

  fill(): void {
    for (const count of [4, 1, 2]) this.add({ prompt: SAMPLE_PROMPT, seed: 7, count });
    this.#jobs.unshift({
      id: "failed",
      state: "failed",
      request: { prompt: SAMPLE_PROMPT, seed: 1 },
      images: [],
      createdAt: new Date(0).toISOString(),
      failure: toErrorData(new TachieError("engine.out-of-memory", "1536x1536 needs more memory than there is")),
    });
  }

  add(request: GenerateRequest): QueuedJob {
    const job: QueuedJob = {
      id: `job-${this.#nextNumber++}`,
      state: "waiting",
      request: { ...request, seed: request.seed ?? Math.floor(Math.random() * 2 ** 32) },
      images: [],
      createdAt: new Date().toISOString(),
    };
    this.#jobs.push(job);
    this.#changed();
    this.#next();
    return job;
  }

  end(id: string, state: JobState): QueueState {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (job?.state === "running") {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#set(id, { state });
    this.#next();
    return this.state;
  }

  endAll(): QueueState {
    for (const { id, state } of this.#jobs.toReversed())
      if (state === "waiting" || state === "running") this.end(id, "cancelled");
    return this.state;
  }

  retry(id: string): QueueState {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    this.#jobs = this.#jobs.filter((candidate) => candidate.id !== id);
    if (job !== undefined) this.add(job.request);
    return this.state;
  }

  move(id: string, before: string | undefined): QueueState {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (job === undefined) return this.state;
    const others = this.#jobs.filter((candidate) => candidate !== job);
    const place = before === undefined ? -1 : others.findIndex((candidate) => candidate.id === before);
    others.splice(place < 0 ? others.length : place, 0, job);
    this.#jobs = others;
    this.#changed();
    return this.state;
  }

  pause(isPaused: boolean): QueueState {
    this.#isPaused = isPaused;
    this.#changed();
    this.#next();
    return this.state;
  }

  #next(): void {
    if (this.#timer !== undefined || this.#isPaused) return;
    const job = this.#jobs.find(({ state }) => state === "waiting");
    if (job === undefined) return;
    this.#set(job.id, { state: "running" });
    this.#step(job.id, 1, 0);
  }

  #step(id: string, number: number, step: number): void {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (job === undefined) return;
    const steps = job.request.sampling?.steps ?? 20;
    const count = job.request.count ?? 1;
    if (step > steps) {
      this.#make(job);
      if (number < count) this.#step(id, number + 1, 0);
      else {
        this.#timer = undefined;
        this.#set(id, { state: "done" });
        this.#next();
      }
      return;
    }
    const preview = step === 0 ? {} : { preview: this.#sheet.preview(this.#nextNumber, step / steps) };
    const stage = step === 0 ? "encode" : "denoise";
    this.#doors.progress({ id, number, count, stage, step, steps, stepMs: step === 0 ? 0 : STEP_MS, ...preview });
    this.#timer = setTimeout(() => this.#step(id, number, step + 1), STEP_MS);
  }

  #make(job: QueuedJob): void {
    const number = this.#nextNumber++;
    const record: GenerationRecord = {
      ...sampleRecord(number),
      seed: (job.request.seed ?? 0) + job.images.length,
      prompt: job.request.prompt,
      createdAt: new Date().toISOString(),
      isFileMissing: false,
    };
    this.#set(job.id, { images: [...job.images, record] });
    this.#doors.made(record);
  }

  #set(id: string, change: Partial<QueuedJob>): void {
    this.#jobs = this.#jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
    this.#changed();
  }

  #changed(): void {
    this.#doors.changed(this.state);
  }
}
