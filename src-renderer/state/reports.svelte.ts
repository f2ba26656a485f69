/** @file The one door for errors and notes that belong to no field: shown in a corner until they are read. */

import { TachieError, isTachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { ErrorData } from "../../src-main/contract/errors.ts";

export interface Report {
  readonly id: number;
  readonly error: ErrorData;
}

export class ReportsState {
  open = $state.raw<readonly Report[]>([]);
  #nextId = 1;

  /** What was cancelled is no error, and a lost connection is shown by itself. */
  add(error: unknown): void {
    if (isTachieError(error, "job.cancelled") || isTachieError(error, "studio.lost")) return;
    // A fault of ours: its stack belongs to the console, its first line to the reader.
    if (!(error instanceof TachieError)) console.error(error);
    const data =
      error instanceof TachieError ? toErrorData(error) : toErrorData(new TachieError("internal.bug", String(error)));
    this.show(data);
  }

  /** What the studio tells of without having failed. Nothing is shown twice. */
  show(error: ErrorData): void {
    if (this.open.some((report) => report.error.message === error.message)) return;
    this.open = [...this.open, { id: this.#nextId++, error }];
  }

  dismiss(id: number): void {
    this.open = this.open.filter((report) => report.id !== id);
  }

  /** Runs an action of the reader's and reports its failure. */
  async attempt<T>(action: Promise<T>): Promise<T | undefined> {
    try {
      return await action;
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }
}
