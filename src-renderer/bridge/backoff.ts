/** @file How long to wait before another attempt to connect. */

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** @param attempt 0 for the first wait after a connection was lost */
export function backoffMs(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}
