/**
 * @file The inference thread. Every run blocks the thread it is called on, so all of them happen here, and nothing else.
 */

import { serve } from "../contract/wire.ts";
import { createInference } from "./inference.ts";
import type { InferenceService } from "./inference-service.ts";
import { ownerPort } from "./worker-port.ts";

const inference = createInference((model) => served.emit("loaded", model === undefined ? {} : { model }));
const served = serve<InferenceService>(ownerPort(), "inference", process.pid, inference);
