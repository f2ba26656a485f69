/** @file One GPU with everything that computes on it, opened on the thread that will work with it. */

import { CudaDriver } from "../../cuda/driver.ts";
import type { CudaDeviceInfo } from "../../cuda/driver.ts";
import { cudaGraphCapture } from "../../cuda/graph-capture.ts";
import type { CachedKernels } from "../../cuda/kernel-cache.ts";
import { LatentKernels as CudaLatentKernels } from "../../cuda/latent-kernels.ts";
import { cudaMemory } from "../../cuda/memory.ts";
import type { CudaMemory } from "../../cuda/memory.ts";
import { NetworkKernels } from "../../cuda/network-kernels.ts";
import { openNvrtc } from "../../cuda/nvrtc.ts";
import { openKernels } from "../../cuda/open-kernels.ts";
import { cudaOperators } from "../../cuda/operators.ts";
import { createCApiRuntime } from "../../ort/c-api/runtime.ts";
import type { CApiRuntime } from "../../ort/c-api/runtime.ts";
import type { GraphCapture } from "../../ort/device.ts";
import { gpuLatentKernels } from "./gpu-latent-kernels.ts";
import type { LatentKernels } from "./latent-kernels.ts";

export interface GpuOptions {
  /** Path of ONNX Runtime's library, in a folder with its CUDA provider. */
  readonly libraryPath: string;
  /** Where the run-time compiler may lie, in this order. */
  readonly compilerFolders: readonly string[];
  /** Where compiled kernels are kept. */
  readonly cacheFolder: string;
  readonly deviceId?: number;
}

export interface Gpu {
  readonly info: CudaDeviceInfo;
  readonly driverVersion: readonly [major: number, minor: number];
  readonly memory: CudaMemory;
  readonly runtime: CApiRuntime;
  readonly kernels: LatentKernels;
  readonly capture: GraphCapture;
  readonly compiled: CachedKernels;
  /** Device memory that was taken since the GPU was opened, bytes. What others take meanwhile counts too. */
  usedBytes(): number;
  release(): void;
}

/**
 * @throws engine.unsupported without a GPU or its driver, engine.start-failed naming the library that is missing or the
 *   kernel that does not compile, engine.out-of-memory
 */
export function openGpu({ libraryPath, compilerFolders, cacheFolder, deviceId = 0 }: GpuOptions): Gpu {
  const driver = new CudaDriver();
  const info = driver.device(deviceId);
  const memory = cudaMemory(driver, deviceId);
  try {
    const { launcher, compiled } = openKernels(driver, deviceId, openNvrtc(compilerFolders), cacheFolder);
    const operators = cudaOperators(new NetworkKernels(launcher));
    const runtime = createCApiRuntime({ libraryPath, memory, operators });
    const latentKernels = new CudaLatentKernels(launcher, memory);
    const kernels = gpuLatentKernels(latentKernels, memory);
    const { freeBytes } = memory.info();
    return {
      info,
      driverVersion: driver.version(),
      memory,
      runtime,
      kernels,
      capture: cudaGraphCapture(driver, memory.stream),
      compiled,
      usedBytes: () => Math.max(0, freeBytes - memory.info().freeBytes),
      release() {
        runtime.release();
        kernels.release();
        latentKernels.release();
        memory.release();
      },
    };
  } catch (error) {
    memory.release();
    throw error;
  }
}
