/** @file The most memory that the process has had resident since a moment, where the system keeps such a mark. */

import { readFileSync, writeFileSync } from "node:fs";

/** See proc(5), clear_refs: "reset the peak resident set size". */
const RESET_PEAK = "5";

/** Begins anew. @returns whether the system can do that: only Linux does */
export function resetPeakMemory(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", RESET_PEAK);
    return true;
  } catch {
    // Another system, or one whose kernel was built without it: then there is no such figure.
    return false;
  }
}

/** Bytes since the last reset. */
export function peakMemorySinceReset(): number | undefined {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
