/** @file From a GPU and a compiler to kernels that can be launched. */

import { CudaLauncher } from "./launch.ts";
import { compileCached } from "./kernel-cache.ts";
import type { CachedKernels } from "./kernel-cache.ts";
import { kernelProgram } from "./kernel-sources.ts";
import type { CudaDriver } from "./driver.ts";
import type { KernelCompiler } from "./nvrtc.ts";

export interface OpenedKernels {
  readonly launcher: CudaLauncher;
  /** How the machine code was come by, for reports. */
  readonly compiled: CachedKernels;
}

/**
 * Compiles the kernels for a device that this thread uses, or takes them from the cache.
 * @param cacheFolder where compiled kernels are kept for the next start
 * @throws engine.start-failed with the compiler's log
 */
export function openKernels(
  driver: CudaDriver,
  deviceId: number,
  compiler: KernelCompiler,
  cacheFolder: string,
): OpenedKernels {
  const { computeCapability } = driver.device(deviceId);
  const compiled = compileCached(compiler, kernelProgram(), computeCapability, cacheFolder);
  return { launcher: new CudaLauncher(driver, compiled.image.bytes), compiled };
}
