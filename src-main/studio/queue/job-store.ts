/** @file The queue's rows: jobs with the ids of their pictures, and whether the queue rests. Every change is one commit. */

import type Database from "better-sqlite3";
import type { ErrorData } from "../../contract/errors.ts";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { GenerateRequest, GeneratedImage } from "../../contract/generation.ts";
import { JOB_STATES } from "../../contract/jobs.ts";
import type { JobState } from "../../contract/jobs.ts";
import { generatedImageOf } from "../library/generation-row.ts";
import type { Library } from "../library/library.ts";
import { requireGenerateRequest } from "../request-check.ts";

/** A job as it is kept in memory; the rows follow every change of it. */
export interface Job {
  readonly key: number;
  readonly id: string;
  readonly request: GenerateRequest;
  readonly createdMs: number;
  state: JobState;
  /** By their 1-based place in the job. */
  readonly images: Map<number, GeneratedImage>;
  failure: ErrorData | undefined;
  finishedMs: number | undefined;
}

export interface Pause {
  readonly isPaused: boolean;
  readonly reason: ErrorData | undefined;
}

interface JobRow {
  readonly key: number;
  readonly id: string;
  readonly state: string;
  readonly request: string;
  readonly created_ms: number;
  readonly finished_ms: number | null;
  readonly failure: string | null;
}

const DOING = "the queue could not be saved";

export class JobStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the queue could not be read", prepareStatements);
  }

  /**
   * Everything that is stored, finished jobs first, then in the order in which they are to be done.
   * @throws library.corrupt for a row that no queue has written
   */
  load(): { jobs: Job[]; pause: Pause } {
    return this.#library.withDatabase("the queue could not be read", () => {
      const { jobs, pause } = this.#statements;
      const row = pause.get();
      return {
        jobs: jobs.all().map((job) => this.#job(job)),
        pause: { isPaused: row?.is_paused === 1, reason: errorDataOf(row?.pause_reason ?? null) },
      };
    });
  }

  /** Adds a job at the end. */
  add(id: string, request: GenerateRequest, createdMs: number): Job {
    return this.#write(({ insert }) => {
      const key = Number(insert.run(id, JSON.stringify(request), createdMs).lastInsertRowid);
      return {
        key,
        id,
        request,
        createdMs,
        state: "waiting",
        images: new Map(),
        failure: undefined,
        finishedMs: undefined,
      };
    });
  }

  /**
   * Writes what can change in jobs apart from their pictures.
   * @param order the waiting jobs in their order, where that has changed
   */
  update(jobs: readonly Job[], order: readonly Job[] = []): void {
    this.#write(({ update, place }) => {
      for (const { key, state, finishedMs, failure } of jobs)
        update.run(state, finishedMs ?? null, failure ? JSON.stringify(failure) : null, key);
      for (const [index, { key }] of order.entries()) place.run(index, key);
    });
  }

  remove(jobs: readonly Job[]): void {
    this.#write(({ remove }) => {
      for (const { key } of jobs) remove.run(key);
    });
  }

  /** Says that the picture of that id will be a job's, before it is stored. */
  claim({ key }: Job, number: number, imageId: string): void {
    this.#write(({ claim }) => claim.run(key, number, imageId));
  }

  pause({ isPaused, reason }: Pause): void {
    this.#write(({ setPause }) => setPause.run(isPaused ? 1 : 0, reason ? JSON.stringify(reason) : null));
  }

  #write<T>(change: (statements: ReturnType<typeof prepareStatements>) => T): T {
    return this.#library.withDatabase(DOING, (database) =>
      database.transaction(() => change(this.#statements)).immediate(),
    );
  }

  #job(row: JobRow): Job {
    const state = JOB_STATES.find((known) => known === row.state);
    if (state === undefined) throw corrupt(`the job ${row.id} has the state ${row.state}`);
    const images = new Map<number, GeneratedImage>();
    for (const { number, generation_id: id } of this.#statements.images.all(row.key))
      images.set(number, generatedImageOf(this.#library.find(id)));
    return {
      key: row.key,
      id: row.id,
      request: requestOf(row),
      createdMs: row.created_ms,
      state,
      images,
      failure: errorDataOf(row.failure),
      finishedMs: row.finished_ms ?? undefined,
    };
  }
}

function requestOf({ id, request }: JobRow): GenerateRequest {
  try {
    return requireGenerateRequest(JSON.parse(request));
  } catch (error) {
    if (!isTachieError(error, "wire.invalid")) throw error;
    throw corrupt(`the job ${id} holds no request: ${error.message}`);
  }
}

function errorDataOf(text: string | null): ErrorData | undefined {
  return text === null ? undefined : (JSON.parse(text) as ErrorData);
}

function corrupt(finding: string): TachieError {
  return new TachieError("library.corrupt", `the library's queue is damaged: ${finding}`);
}

function prepareStatements(database: Database.Database) {
  return {
    jobs: database.prepare<[], JobRow>(`
      SELECT key, id, state, request, created_ms, finished_ms, failure FROM jobs
      ORDER BY finished_ms IS NULL, finished_ms, state <> 'running', place, key`),
    // A claim whose picture never got a row stands for nothing.
    images: database.prepare<[number], { number: number; generation_id: string }>(`
      SELECT number, generation_id FROM job_images JOIN generations ON id = generation_id
      WHERE job_key = ? ORDER BY number`),
    pause: database.prepare<[], { is_paused: number; pause_reason: string | null }>(
      "SELECT is_paused, pause_reason FROM queue",
    ),
    insert: database.prepare<[string, string, number]>(`
      INSERT INTO jobs (id, place, state, request, created_ms)
      SELECT ?, 1 + coalesce(max(place), 0), 'waiting', ?, ? FROM jobs`),
    update: database.prepare<[string, number | null, string | null, number]>(
      "UPDATE jobs SET state = ?, finished_ms = ?, failure = ? WHERE key = ?",
    ),
    place: database.prepare<[number, number]>("UPDATE jobs SET place = ? WHERE key = ?"),
    remove: database.prepare<[number]>("DELETE FROM jobs WHERE key = ?"),
    claim: database.prepare<[number, number, string]>(
      "INSERT OR REPLACE INTO job_images (job_key, number, generation_id) VALUES (?, ?, ?)",
    ),
    setPause: database.prepare<[number, string | null]>("UPDATE queue SET is_paused = ?, pause_reason = ?"),
  };
}
