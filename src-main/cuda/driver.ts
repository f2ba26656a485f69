/**
 * @file The CUDA driver with every status checked: devices, streams, events, memory and modules.
 *
 * Contexts are current by thread: `useDevice` is to be called on the thread that works with the GPU, and everything after
 * it on that thread. It takes the device's primary context, the one that ONNX Runtime's CUDA provider uses too, so that
 * addresses and streams are good in both.
 */

import { TachieError } from "../contract/errors.ts";
import { loadDriverFunctions } from "./driver-functions.ts";
import type { DriverFunctions } from "./driver-functions.ts";
import { CUDA_STATUS, formatBytes, statusError } from "./status.ts";

export interface CudaDeviceInfo {
  readonly deviceId: number;
  readonly name: string;
  /** Such as [9, 0]. */
  readonly computeCapability: readonly [major: number, minor: number];
  readonly memoryBytes: number;
  readonly multiprocessors: number;
}

export interface MemoryInfo {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Numbers of `CUdevice_attribute`. */
const ATTRIBUTE = { multiprocessors: 16, computeMajor: 75, computeMinor: 76 } as const;
/** `CU_STREAM_NON_BLOCKING`: not ordered with the legacy default stream, which others in the process may use. */
const NON_BLOCKING = 1;
const NAME_BYTES = 256;

export class CudaDriver {
  readonly functions: DriverFunctions;
  readonly #handle = new BigUint64Array(1);
  readonly #integer = new Int32Array(1);

  /** @throws engine.unsupported for a driver that is missing or finds no GPU */
  constructor(functions: DriverFunctions = loadDriverFunctions()) {
    this.functions = functions;
    this.check(functions.cuInit(0), "start");
  }

  /** @throws the typed error of a status other than success */
  check(status: number, action: string): void {
    if (status === CUDA_STATUS.success) return;
    throw statusError(status, action, this.functions.errorName(status), this.functions.errorText(status));
  }

  /** Newest version of CUDA that the driver serves, such as [13, 0]. */
  version(): readonly [major: number, minor: number] {
    this.check(this.functions.cuDriverGetVersion(this.#integer), "tell its version");
    const version = this.#integer[0]!;
    return [Math.floor(version / 1000), Math.floor((version % 1000) / 10)];
  }

  /** All GPUs that the process may use. */
  devices(): CudaDeviceInfo[] {
    this.check(this.functions.cuDeviceGetCount(this.#integer), "count the GPUs");
    return Array.from({ length: this.#integer[0]! }, (_, deviceId) => this.device(deviceId));
  }

  /** @throws engine.unsupported where there is no such GPU */
  device(deviceId: number): CudaDeviceInfo {
    const device = this.#deviceHandle(deviceId);
    const name = new Uint8Array(NAME_BYTES);
    this.check(this.functions.cuDeviceGetName(name, NAME_BYTES, device), `name GPU ${deviceId}`);
    const total = new BigUint64Array(1);
    this.check(this.functions.cuDeviceTotalMem_v2(total, device), `tell the memory of GPU ${deviceId}`);
    return {
      deviceId,
      name: Buffer.from(name).toString("utf8").replace(/\0.*$/s, ""),
      computeCapability: [
        this.#attribute(device, ATTRIBUTE.computeMajor),
        this.#attribute(device, ATTRIBUTE.computeMinor),
      ],
      memoryBytes: Number(total[0]),
      multiprocessors: this.#attribute(device, ATTRIBUTE.multiprocessors),
    };
  }

  /** Makes the device's primary context current on this thread, and holds it until a `releaseDevice` for each call. */
  useDevice(deviceId: number): void {
    const device = this.#deviceHandle(deviceId);
    this.check(this.functions.cuDevicePrimaryCtxRetain(this.#handle, device), `open GPU ${deviceId}`);
    this.check(this.functions.cuCtxSetCurrent(this.#handle[0]!), `use GPU ${deviceId}`);
  }

  /** Where nobody else holds the context, all memory in it is gone. */
  releaseDevice(deviceId: number): void {
    this.check(this.functions.cuDevicePrimaryCtxRelease_v2(this.#deviceHandle(deviceId)), `close GPU ${deviceId}`);
  }

  memoryInfo(): MemoryInfo {
    const total = new BigUint64Array(1);
    this.check(this.functions.cuMemGetInfo_v2(this.#handle, total), "tell how much memory is free");
    return { freeBytes: Number(this.#handle[0]), totalBytes: Number(total[0]) };
  }

  /** @throws engine.out-of-memory saying how much was wanted and how much is free */
  allocate(sizeBytes: number): bigint {
    const status = this.functions.cuMemAlloc_v2(this.#handle, sizeBytes);
    if (status === CUDA_STATUS.outOfMemory) {
      const { freeBytes, totalBytes } = this.memoryInfo();
      const wanted = `${formatBytes(sizeBytes)} of GPU memory are wanted`;
      throw new TachieError(
        "engine.out-of-memory",
        `${wanted}, and ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free`,
      );
    }
    this.check(status, `allocate ${formatBytes(sizeBytes)}`);
    return this.#handle[0]!;
  }

  free(address: bigint): void {
    this.check(this.functions.cuMemFree_v2(address), "free memory");
  }

  createStream(): bigint {
    this.check(this.functions.cuStreamCreate(this.#handle, NON_BLOCKING), "make a stream");
    return this.#handle[0]!;
  }

  destroyStream(stream: bigint): void {
    this.check(this.functions.cuStreamDestroy_v2(stream), "end a stream");
  }

  /** Waits for everything on the stream; the faults of kernels show here at the latest. */
  synchronise(stream: bigint): void {
    this.check(this.functions.cuStreamSynchronize(stream), "finish the work given to it");
  }

  /** @param image a cubin, or PTX that ends with a zero byte */
  loadModule(image: Uint8Array): bigint {
    this.check(this.functions.cuModuleLoadData(this.#handle, image), "load the compiled kernels");
    return this.#handle[0]!;
  }

  unloadModule(module: bigint): void {
    this.check(this.functions.cuModuleUnload(module), "unload kernels");
  }

  kernel(module: bigint, name: string): bigint {
    this.check(this.functions.cuModuleGetFunction(this.#handle, module, name), `find the kernel ${name}`);
    return this.#handle[0]!;
  }

  #deviceHandle(deviceId: number): number {
    this.check(this.functions.cuDeviceGet(this.#integer, deviceId), `find GPU ${deviceId}`);
    return this.#integer[0]!;
  }

  #attribute(device: number, attribute: number): number {
    this.check(this.functions.cuDeviceGetAttribute(this.#integer, attribute, device), "describe a GPU");
    return this.#integer[0]!;
  }
}
