/** @file What the exit code of a utility process means. */

import os from "node:os";
import type { ProcessExit } from "../process/launcher.ts";

/** Those that end a process in practice: by its own fault, by the system, or by us. */
const SIGNALS = [
  "SIGKILL",
  "SIGTERM",
  "SIGSEGV",
  "SIGABRT",
  "SIGBUS",
  "SIGILL",
  "SIGFPE",
  "SIGTRAP",
  "SIGSYS",
] as const;

/**
 * Electron reports a signal by its bare number where the system knows signals. Our own programs end with 0 or 1, so
 * nothing else is meant by such a number.
 */
export function utilityExit(code: number, platform: NodeJS.Platform = process.platform): ProcessExit {
  const signal = platform === "win32" ? undefined : SIGNALS.find((name) => os.constants.signals[name] === code);
  return signal === undefined ? { code } : { signal };
}
