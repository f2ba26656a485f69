/** @file Why a child process ended, as a closed union, and in words. */

import type { ProcessExit } from "./launcher.ts";

/**
 * `ended`: its owner wanted it. `exited`: by itself, without an error. `failed`: with an exit code. `crashed`: by a signal
 * of its own making (a fault in native code). `killed`: by a signal from outside, such as the system's when memory runs
 * out. `unresponsive`: killed by us for want of heartbeats. `silent`: killed by us for want of a hello.
 * `not-launched`: the program could not be started at all.
 */
export const EXIT_REASONS = [
  "ended",
  "exited",
  "failed",
  "crashed",
  "killed",
  "unresponsive",
  "silent",
  "not-launched",
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

const CRASH_SIGNALS: readonly string[] = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"];
/** What a shell reports for a signal is 128 and its number; V8 out of memory is SIGABRT or SIGTRAP. */
const CRASH_CODES: readonly number[] = [132, 133, 134, 135, 136, 139, 0xc0000005];

export function exitReason(exit: ProcessExit, killedFor?: "unresponsive" | "handshake"): ExitReason {
  if (exit.error !== undefined) return "not-launched";
  if (killedFor === "unresponsive") return "unresponsive";
  if (killedFor === "handshake") return "silent";
  if (exit.signal !== undefined) return CRASH_SIGNALS.includes(exit.signal) ? "crashed" : "killed";
  if (exit.code !== undefined && CRASH_CODES.includes(exit.code)) return "crashed";
  return exit.code === undefined || exit.code === 0 ? "exited" : "failed";
}

const WORDS_SHOWN = 3;
/** Frames of a stack, brackets and the like: what surrounds the line that says what happened. */
const NOISE =
  /^\s*$|^\s+at |^\s*\d+: |^-+ .*-+$|^node:internal|^Node\.js v|^\s*[\]})]|^\s+(code|requireStack): |^\s*\^+$/;
/** An uncaught error as Node prints it, and its causes. */
const ERROR = /^\s*(\[cause\]: )?(Uncaught )?\w*Error\b/;

/** @param lines what the process wrote last */
export function describeExit(title: string, reason: ExitReason, exit: ProcessExit, lines: readonly string[]): string {
  const how: Record<ExitReason, string> = {
    ended: "was ended",
    exited: "ended without being asked to",
    failed: `ended with exit code ${exit.code ?? "unknown"}`,
    crashed: `crashed (${exit.signal ?? `exit code ${exit.code ?? "unknown"}`})`,
    killed: `was killed (${exit.signal ?? "signal unknown"}), perhaps by the system for want of memory`,
    unresponsive: "no longer answered and was ended",
    silent: "did not answer in time after its start and was ended",
    "not-launched": `could not be started: ${exit.error?.message ?? "reason unknown"}`,
  };
  const spoken = lines.filter((line) => !NOISE.test(line));
  const errors = spoken.filter((line) => ERROR.test(line));
  const words = (errors.length > 0 ? errors : spoken).slice(-WORDS_SHOWN);
  const hasWords = words.length > 0 && reason !== "ended";
  return `${title} ${how[reason]}${hasWords ? `; its last words: ${words.map((word) => word.trim()).join(" | ")}` : ""}`;
}
