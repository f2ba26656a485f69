/** @file Starts the thread that checks and backs up, so that the studio answers meanwhile. */

import { Worker } from "node:worker_threads";
import type { ErrorData } from "../../contract/errors.ts";
import { TachieError, fromErrorData } from "../../contract/errors.ts";
import { cancelledError } from "../../contract/wire.ts";
import { siblingModule } from "../../process/sibling-module.ts";
import type { DatabaseTask, DatabaseTaskResult } from "./database-task.ts";

export type DatabaseAnswer =
  { readonly ok: true; readonly value: DatabaseTaskResult } | { readonly ok: false; readonly error: ErrorData };

/**
 * @throws job.cancelled where the signal ends it (a backup that was begun leaves a temporary file, which the next one
 * removes); otherwise as `runDatabaseTask`
 */
export function runDatabaseThread(task: DatabaseTask, signal: AbortSignal): Promise<DatabaseTaskResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelledError());
      return;
    }
    const worker = new Worker(siblingModule(import.meta.url, "./database-worker"), {
      workerData: task,
      name: "upkeep",
    });
    const end = (): void => void worker.terminate();
    signal.addEventListener("abort", end, { once: true });
    worker.on("message", (answer: DatabaseAnswer) =>
      answer.ok ? resolve(answer.value) : reject(fromErrorData(answer.error)),
    );
    worker.on("error", (cause) =>
      reject(new TachieError("internal.bug", "the thread that looks after the library failed", { cause })),
    );
    worker.on("exit", () => {
      signal.removeEventListener("abort", end);
      reject(cancelledError()); // means nothing after an answer
    });
  });
}
