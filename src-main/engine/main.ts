/** @file The program that is forked as the engine process; see run-engine.ts. */

import { runEngine } from "./run-engine.ts";

await runEngine();
