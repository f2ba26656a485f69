/**
 * @file The inference thread. Every run blocks the thread it is called on, so all of them happen here, and nothing else.
 */

import { serve } from "../contract/wire.ts";
import { endingWithDevice } from "./device-loss.ts";
import { createInference } from "./inference.ts";
import type { InferenceService } from "./inference-service.ts";
import { ownerPort } from "./worker-port.ts";

/** For the error to reach whoever waits for the job. */
const LAST_WORDS_MS = 100;

const inference = createInference((model) => served.emit("loaded", model === undefined ? {} : { model }));
const handlers = endingWithDevice<InferenceService>(inference, () => setTimeout(() => process.exit(1), LAST_WORDS_MS));
const served = serve<InferenceService>(ownerPort(), "inference", process.pid, handlers);
