/**
 * @file What ONNX Runtime says in words, as errors of ours: it has no codes for most of what can go wrong, so the one
 * place that reads its messages is here, whichever way the library is reached.
 */

import { TachieError } from "../contract/errors.ts";

const OUT_OF_MEMORY =
  /bad_alloc|failed to allocate|allocation fail|alloc_failed|available memory of \d+ is smaller|not enough memory|out of memory|mmap.*failed|cannot allocate/i;
const WEIGHTS_UNREADABLE = /external data path|out of bounds or can not be read|external initializer/i;

/** `what` failed, with the library's own words. */
export function nativeError(what: string, cause: unknown): TachieError {
  const message = `${what}: ${messageOf(cause).trim()}`;
  if (OUT_OF_MEMORY.test(message)) return new TachieError("engine.out-of-memory", message, { cause });
  if (WEIGHTS_UNREADABLE.test(message)) return new TachieError("model.incomplete", message, { cause });
  return new TachieError("engine.run-failed", message, { cause });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
