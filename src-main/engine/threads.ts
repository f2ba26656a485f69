/** @file How many threads one operator computes on. */

import { availableParallelism } from "node:os";

/**
 * As many as this process may run at once, which counts the limits of containers where the runtime's own choice counts
 * the machine's cores. Always the same on one machine: the order of sums, and so the last bit, can depend on it.
 */
export function inferenceThreads(): number {
  return availableParallelism();
}
