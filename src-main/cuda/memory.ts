/** @file Memory of one NVIDIA GPU, with a stream of its own on which copies, kernels and sessions follow each other. */

import type { DeviceMemory } from "../ort/device.ts";
import type { CudaDriver, MemoryInfo } from "./driver.ts";
import { MemoryLedger, checkSize } from "./memory-ledger.ts";
import type { MemoryUse } from "./memory-ledger.ts";

export interface CudaMemory extends DeviceMemory {
  readonly kind: "cuda";
  /** Fills with zero bytes, on the stream. */
  clear(address: bigint, sizeBytes: number): void;
  /** From one place on the device to another, on the stream. */
  copy(to: bigint, from: bigint, sizeBytes: number): void;
  /** What was allocated through this object; ONNX Runtime's own memory is not in it. */
  use(): MemoryUse;
  /** Of the whole GPU, whoever uses it. */
  info(): MemoryInfo;
  /** Frees what is left, ends the stream and lets go of the GPU. */
  release(): void;
}

/**
 * Opens the GPU on this thread.
 * @throws engine.unsupported where there is no such GPU
 */
export function cudaMemory(driver: CudaDriver, deviceId: number): CudaMemory {
  driver.useDevice(deviceId);
  const stream = driver.createStream();
  const ledger = new MemoryLedger();
  const { functions } = driver;

  function free(address: bigint): void {
    ledger.remove(address);
    driver.free(address);
  }

  return {
    kind: "cuda",
    deviceId,
    stream,
    allocate(sizeBytes) {
      checkSize(sizeBytes);
      const address = driver.allocate(sizeBytes);
      ledger.add(address, sizeBytes);
      return address;
    },
    free,
    upload(address, data) {
      // Ordinary memory is copied to a staging buffer before the call returns, so `data` may change after it.
      driver.check(functions.cuMemcpyHtoDAsync_v2(address, data, data.byteLength, stream), "copy to the GPU");
    },
    download(data, address) {
      driver.check(functions.cuMemcpyDtoHAsync_v2(data, address, data.byteLength, stream), "copy from the GPU");
      driver.synchronise(stream);
    },
    clear(address, sizeBytes) {
      driver.check(functions.cuMemsetD8Async(address, 0, sizeBytes, stream), "clear memory");
    },
    copy(to, from, sizeBytes) {
      driver.check(functions.cuMemcpyDtoDAsync_v2(to, from, sizeBytes, stream), "copy on the GPU");
    },
    synchronise: () => driver.synchronise(stream),
    use: () => ledger.use(),
    info: () => driver.memoryInfo(),
    release() {
      driver.synchronise(stream);
      for (const address of ledger.addresses()) free(address);
      driver.destroyStream(stream);
      driver.releaseDevice(deviceId);
    },
  };
}
