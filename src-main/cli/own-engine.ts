/** @file The engine as a command starts it: quiet, unless it does not answer, or everything is to be seen. */

import type { EngineSupervisor } from "../process/engine-process.ts";
import { superviseEngine } from "../process/engine-process.ts";
import { isDebugging, sayLine } from "./output.ts";

/** It starts with its first call. */
export function createEngine(): EngineSupervisor {
  const engine = superviseEngine(isDebugging() ? { onLog: sayLine } : {});
  engine.on("unresponsive", () => sayLine("the inference process does not answer; it is given some more time"));
  engine.on("responsive", () => sayLine("the inference process answers again"));
  if (isDebugging()) {
    engine.on("started", ({ pid }) => sayLine(`engine running as process ${pid ?? "?"}`));
    engine.on("exited", ({ reason, message }) => sayLine(`engine ${reason}: ${message}`));
  }
  return engine;
}
