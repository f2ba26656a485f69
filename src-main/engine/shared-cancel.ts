/**
 * @file A cancel flag in shared memory. A message cannot reach a thread that is inside a native call; this can be set
 * from outside at any time and is looked at between evaluations.
 */

import type { CancelFlag } from "./solvers.ts";

export type CancelBuffer = SharedArrayBuffer;

export function createCancelBuffer(): CancelBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

export function setCancelled(buffer: CancelBuffer): void {
  Atomics.store(new Int32Array(buffer), 0, 1);
}

export function cancelFlag(buffer: CancelBuffer): CancelFlag {
  const flag = new Int32Array(buffer);
  return {
    get aborted() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
}
