/** @file Which addresses are allocated and how many bytes they are: totals for reports, and every mistake in freeing. */

import { TachieError } from "../contract/errors.ts";

export interface MemoryUse {
  readonly inUseBytes: number;
  /** Most bytes in use at once so far. */
  readonly peakBytes: number;
  readonly allocations: number;
}

export class MemoryLedger {
  readonly #sizes = new Map<bigint, number>();
  #inUseBytes = 0;
  #peakBytes = 0;

  add(address: bigint, sizeBytes: number): void {
    this.#sizes.set(address, sizeBytes);
    this.#inUseBytes += sizeBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#inUseBytes);
  }

  /** @throws internal.bug for an address that is not allocated: freed before, or never ours */
  remove(address: bigint): void {
    const sizeBytes = this.#sizes.get(address);
    if (sizeBytes === undefined)
      throw new TachieError(
        "internal.bug",
        `device memory at 0x${address.toString(16)} is freed that is not allocated`,
      );
    this.#sizes.delete(address);
    this.#inUseBytes -= sizeBytes;
  }

  addresses(): bigint[] {
    return [...this.#sizes.keys()];
  }

  use(): MemoryUse {
    return { inUseBytes: this.#inUseBytes, peakBytes: this.#peakBytes, allocations: this.#sizes.size };
  }
}

/** @throws internal.bug for what is no size of a piece of memory */
export function checkSize(sizeBytes: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1)
    throw new TachieError("internal.bug", `${sizeBytes} bytes of device memory are asked for`);
}
