/** @file The wire between the engine's two threads, both ends. */

import { parentPort, type MessagePort, type Worker } from "node:worker_threads";
import { TachieError } from "../contract/errors.ts";
import type { Port } from "../contract/wire.ts";

/** The end of the thread that started the worker. Closes when the worker has ended, however that came about. */
export function workerPort(worker: Worker): Port {
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", listener),
    onClose: (listener) => void worker.once("exit", listener),
    close: () => void worker.terminate(),
  };
}

/**
 * The end of the worker.
 * @throws internal.bug outside a worker
 */
export function ownerPort(): Port {
  const port: MessagePort | null = parentPort;
  if (port === null) throw new TachieError("internal.bug", "the inference thread was not started as a thread");
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on("message", listener),
    onClose: (listener) => void port.once("close", listener),
    close: () => port.close(),
  };
}
