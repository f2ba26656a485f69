/**
 * @file The engine process. Its main thread only listens: it answers calls, passes work to the inference thread one job
 * at a time, sets the cancel flag and sends heartbeats, all of which must go on while a run keeps that thread busy.
 *
 * It lives for its owner alone. When the owner is gone it ends at once and by force, since an orderly exit would wait for
 * the thread, and there is nothing here to put in order. When the inference thread fails the process ends with it.
 */

import type { EngineService } from "../contract/engine.ts";
import { HEARTBEAT_MS } from "../contract/engine.ts";
import { serve } from "../contract/wire.ts";
import { endWithOwner, parentPort } from "../process/fork-port.ts";
import { createEngineHandlers } from "./engine-handlers.ts";
import { startInference } from "./inference-thread.ts";
import type { InferenceThreadOptions } from "./inference-thread.ts";

/** For the last messages to leave the process. */
const LAST_WORDS_MS = 200;

/**
 * Serves the owner that forked this process until one of the two ends.
 * @throws engine.start-failed in a process that nobody forked
 */
export async function runEngine(options: InferenceThreadOptions = {}): Promise<void> {
  const port = parentPort();
  endWithOwner(port, () => void process.kill(process.pid, "SIGKILL"));
  const inference = await startInference((error) => {
    console.error(error.message);
    setTimeout(() => process.exit(1), LAST_WORDS_MS);
  }, options);
  const served = serve<EngineService>(port, "engine", process.pid, createEngineHandlers(inference));
  served.heartbeat();
  setInterval(() => served.heartbeat(), HEARTBEAT_MS);
}
