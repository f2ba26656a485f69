/** @file Starts the inference thread and keeps what the main thread must know without asking it, since it may be busy. */

import { Worker } from "node:worker_threads";
import type { ModelInfo } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { connect } from "../contract/wire.ts";
import type { Client } from "../contract/wire.ts";
import { siblingModule } from "../process/sibling-module.ts";
import type { InferenceService, RuntimeInfo } from "./inference-service.ts";
import { INFERENCE_METHODS } from "./inference-service.ts";
import { workerPort } from "./worker-port.ts";

export interface InferenceThread {
  readonly client: Client<InferenceService>;
  /** Known once the library is loaded, which the thread does first of all. */
  readonly runtime: Promise<RuntimeInfo>;
  /** The model that is in memory now. */
  readonly loadedModel: ModelInfo | undefined;
  end(): Promise<void>;
}

export interface InferenceThreadOptions {
  /** Another program that serves the same; tests use one that fails on command. */
  readonly program?: URL;
}

/**
 * @param onFailure called once when the thread ends without having been told to; running jobs have `engine.lost` by then
 */
export async function startInference(
  onFailure: (error: TachieError) => void,
  options: InferenceThreadOptions = {},
): Promise<InferenceThread> {
  const worker = new Worker(options.program ?? siblingModule(import.meta.url, "./worker"), { name: "inference" });
  let isEnding = false;
  let failure: unknown;
  let loadedModel: ModelInfo | undefined;
  const lostError = (): TachieError =>
    new TachieError("engine.lost", isEnding ? "the inference thread has been ended" : describeFailure(failure), {
      cause: failure,
    });
  worker.on("error", (error: unknown) => (failure = error));
  worker.on("exit", () => {
    // The connection's own listener came first or comes in this turn: running calls are answered before the process ends.
    if (!isEnding) setImmediate(() => onFailure(lostError()));
  });
  const connection = await connect<InferenceService>(workerPort(worker), "inference", INFERENCE_METHODS, lostError);
  const { client } = connection;
  connection.onEvent("loaded", ({ model }) => (loadedModel = model));
  const runtime = client.runtime({});
  runtime.catch(() => undefined); // whoever asks for the runtime's name is told; jobs meet the same error by themselves
  return {
    client,
    runtime,
    get loadedModel() {
      return loadedModel;
    },
    async end() {
      isEnding = true;
      await worker.terminate();
    },
  };
}

function describeFailure(failure: unknown): string {
  const reason = failure instanceof Error ? failure.message : "it ended without a word";
  return `the inference thread failed: ${reason}`;
}
