/**
 * @file Long work on models: downloads, checks, additions. Each goes on by itself and is told of as it goes; what has ended
 * stays to be read until it is dismissed.
 */

import { randomUUID } from "node:crypto";
import { TachieError, toErrorData } from "../../contract/errors.ts";
import type { ModelTask, ModelTaskProgress } from "../../contract/models.ts";
import { cancelledError } from "../../contract/wire.ts";

export interface TaskContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ModelTaskProgress) => void;
  readonly onNotice: (text: string) => void;
}

/** What a task came to. `model`: its name, where that was only found on the way. */
export type TaskOutcome = Partial<Pick<ModelTask, "model" | "verdict" | "findings">>;

interface Entry {
  task: ModelTask;
  readonly ending: AbortController;
  readonly ended: Promise<void>;
}

/** Between two reports of mere progress. */
const REPORT_MS = 150;
const MOST_KEPT = 50;
const MOST_FINDINGS = 50;

export class ModelTasks {
  readonly #entries = new Map<string, Entry>();
  readonly #onChange: (tasks: readonly ModelTask[]) => void;
  readonly #onEnd: () => void;
  #reporting: ReturnType<typeof setTimeout> | undefined;

  /** @param onEnd the models may be others than before */
  constructor(onChange: (tasks: readonly ModelTask[]) => void, onEnd: () => void) {
    this.#onChange = onChange;
    this.#onEnd = onEnd;
  }

  get all(): readonly ModelTask[] {
    return [...this.#entries.values()].map(({ task }) => task);
  }

  isBusy(model: string): boolean {
    return this.all.some((task) => task.model === model && task.state === "running");
  }

  /** @throws models.busy where something is being done to that model already */
  start(kind: ModelTask["kind"], model: string, work: (context: TaskContext) => Promise<TaskOutcome>): ModelTask {
    if (this.isBusy(model))
      throw new TachieError("models.busy", `${model} is being worked on already`, {
        where: model,
        remedy: "Wait until that is done, or cancel it.",
      });
    // What came of it before does not matter any more.
    for (const [id, { task }] of this.#entries) if (task.model === model) this.#entries.delete(id);
    const id = randomUUID();
    const ending = new AbortController();
    const task: ModelTask = { id, kind, model, state: "running", startedAt: new Date().toISOString() };
    const context: TaskContext = {
      signal: ending.signal,
      onProgress: (progress) => this.#update(id, { progress }, "soon"),
      onNotice: (notice) => this.#update(id, { notice }),
    };
    const ended = work(context).then(
      ({ findings = [], ...outcome }) => this.#end(id, { state: "done", ...outcome, ...keptFindings(findings) }),
      (error: unknown) =>
        this.#end(
          id,
          ending.signal.aborted ? { state: "cancelled" } : { state: "failed", failure: toErrorData(error) },
        ),
    );
    this.#entries.set(id, { task, ending, ended });
    this.#change();
    return task;
  }

  /** @throws job.not-found */
  cancel(id: string): readonly ModelTask[] {
    this.#find(id).ending.abort(cancelledError());
    return this.all;
  }

  /** @throws job.not-found; models.busy for one that still runs */
  dismiss(id: string): readonly ModelTask[] {
    const { task } = this.#find(id);
    if (task.state === "running")
      throw new TachieError("models.busy", `the work on ${task.model} goes on`, { remedy: "Cancel it first." });
    this.#entries.delete(id);
    this.#change();
    return this.all;
  }

  /** Ends everything that runs; resolves when it has ended. */
  async stop(): Promise<void> {
    for (const { ending } of this.#entries.values()) ending.abort(cancelledError());
    await Promise.all([...this.#entries.values()].map(({ ended }) => ended));
    clearTimeout(this.#reporting);
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new TachieError("job.not-found", "there is no such work on a model", { remedy: "Look again: it is over." });
  }

  #end(id: string, end: Partial<ModelTask>): void {
    this.#update(id, end);
    const over = [...this.#entries].filter(([, { task }]) => task.state !== "running");
    for (const [old] of over.slice(0, Math.max(0, over.length - MOST_KEPT))) this.#entries.delete(old);
    this.#onEnd();
  }

  #update(id: string, change: Partial<ModelTask>, when: "now" | "soon" = "now"): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.task = { ...entry.task, ...change };
    if (when === "now") this.#change();
    else this.#reporting ??= setTimeout(() => this.#change(), REPORT_MS);
  }

  #change(): void {
    clearTimeout(this.#reporting);
    this.#reporting = undefined;
    this.#onChange(this.all);
  }
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

function keptFindings(findings: NonNullable<ModelTask["findings"]>): Pick<ModelTask, "findings"> {
  if (findings.length === 0) return {};
  const sorted = findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]).slice(0, MOST_FINDINGS);
  return {
    findings: sorted.map(({ severity, message, where, remedy }) =>
      where === undefined ? { severity, message, remedy } : { severity, message, where, remedy },
    ),
  };
}
