/**
 * @file Ordinary memory as a device's, for the CPU and for tests of what runs on a GPU.
 */

import koffi from "koffi";
import { TachieError } from "../contract/errors.ts";
import type { DeviceMemory } from "./device.ts";
import { messageOf } from "./native-error.ts";
import { readMemory, writeMemory } from "./native-memory.ts";

const UNIT_BYTES = 8;

export function hostMemory(): DeviceMemory {
  return {
    kind: "cpu",
    deviceId: 0,
    stream: 0n,
    allocate(sizeBytes) {
      try {
        return koffi.alloc(koffi.types.uint64_t, Math.max(1, Math.ceil(sizeBytes / UNIT_BYTES))) as bigint;
      } catch (cause) {
        const message = `${sizeBytes} bytes of memory cannot be had: ${messageOf(cause)}`;
        throw new TachieError("engine.out-of-memory", message, { cause });
      }
    },
    free: (address) => koffi.free(address),
    upload: writeMemory,
    download: (data, address) => readMemory(data, address),
    synchronise: () => undefined,
  };
}
