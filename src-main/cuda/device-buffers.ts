/**
 * @file An owner of pieces of device memory: they are freed one by one, or together when their time is over, and cannot
 * leak in between. Works on the memory of any device.
 */

import type { DeviceMemory } from "../ort/device.ts";
import { MemoryLedger, checkSize } from "./memory-ledger.ts";
import type { MemoryUse } from "./memory-ledger.ts";

export class DeviceBuffers implements Disposable {
  readonly #memory: DeviceMemory;
  readonly #ledger = new MemoryLedger();

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  /** @throws engine.out-of-memory */
  allocate(sizeBytes: number): bigint {
    checkSize(sizeBytes);
    const address = this.#memory.allocate(sizeBytes);
    this.#ledger.add(address, sizeBytes);
    return address;
  }

  /** Memory that holds a copy of `data`. */
  hold(data: Uint8Array): bigint {
    const address = this.allocate(data.byteLength);
    this.#memory.upload(address, data);
    return address;
  }

  /** @throws internal.bug for an address that this owner does not hold */
  free(address: bigint): void {
    this.#ledger.remove(address);
    this.#memory.free(address);
  }

  use(): MemoryUse {
    return this.#ledger.use();
  }

  /** Frees all that is left. The owner may be used again afterwards. */
  releaseAll(): void {
    for (const address of this.#ledger.addresses()) this.free(address);
  }

  [Symbol.dispose](): void {
    this.releaseAll();
  }
}
