/** @file The thread that checks and backs up a database, which takes seconds for a large one. Posts one answer and ends. */

import { parentPort, workerData } from "node:worker_threads";
import { toErrorData } from "../../contract/errors.ts";
import { runDatabaseTask } from "./database-task.ts";
import type { DatabaseTask } from "./database-task.ts";
import type { DatabaseAnswer } from "./database-thread.ts";

function answer(): DatabaseAnswer {
  try {
    return { ok: true, value: runDatabaseTask(workerData as DatabaseTask) };
  } catch (error) {
    return { ok: false, error: toErrorData(error) };
  }
}

parentPort?.postMessage(answer());
