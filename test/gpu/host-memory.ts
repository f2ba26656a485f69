/** @file Ordinary memory behind the interface of a device's, for kernels and operators that run on the CPU. */

import koffi from "koffi";
import type { DeviceMemory } from "../../src-main/ort/device.ts";

/** Written over freed memory, so that whoever reads it afterwards is seen. */
const FREED = 0xdd;

export function hostMemory(): DeviceMemory & { readonly allocations: number } {
  const sizes = new Map<bigint, number>();
  return {
    kind: "cpu",
    deviceId: 0,
    stream: 0n,
    get allocations() {
      return sizes.size;
    },
    allocate(sizeBytes) {
      const address = koffi.alloc("uint8_t", sizeBytes) as bigint;
      sizes.set(address, sizeBytes);
      return address;
    },
    free(address) {
      const sizeBytes = sizes.get(address);
      if (sizeBytes === undefined) throw new Error(`memory at ${address} is freed that is not allocated`);
      writeBytes(address, new Uint8Array(sizeBytes).fill(FREED));
      sizes.delete(address);
      koffi.free(address);
    },
    upload: writeBytes,
    download(data, address) {
      data.set(readBytes(address, data.byteLength));
    },
    synchronise() {
      // Everything is done when it returns.
    },
  };
}

export function readBytes(address: bigint, sizeBytes: number): Uint8Array<ArrayBuffer> {
  // A copy, made by koffi.
  return sizeBytes === 0 ? new Uint8Array() : (koffi.decode(address, "uint8_t", sizeBytes) as Uint8Array<ArrayBuffer>);
}

export function writeBytes(address: bigint, data: Uint8Array): void {
  if (data.byteLength > 0) koffi.encode(address, "uint8_t", data, data.byteLength);
}
