/**
 * @file Watches or breaks the calls by which files are written, one by one, while an action runs in this process.
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Call = (...parameters: unknown[]) => unknown;
const WATCHED = ["openSync", "writeSync", "fsyncSync", "closeSync", "linkSync", "renameSync"] as const;
/** Replaces the watched calls while `action` runs; `intercept` is told the number of each and may throw or answer. */
export function withCalls(
  intercept: (number: number, name: string, call: () => unknown, parameters: unknown[]) => unknown,
  action: () => void,
): number {
  const table = fs as unknown as Record<string, Call>;
  const originals = new Map(WATCHED.map((name) => [name, table[name]!]));
  let count = 0;
  for (const [name, original] of originals)
    table[name] = (...parameters) => intercept(count++, name, () => original.apply(fs, parameters), parameters);
  syncBuiltinESMExports();
  try {
    action();
  } finally {
    for (const [name, original] of originals) table[name] = original;
    syncBuiltinESMExports();
  }
  return count;
}

/** An error as the operating system gives it. */
export function failure(errno: string): Error {
  return Object.assign(new Error(`${errno}: made by the test`), { code: errno });
}
