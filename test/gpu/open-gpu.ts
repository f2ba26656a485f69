/**
 * @file The first GPU with our kernels on it, for tests and measurements.
 *
 * TACHIE_NVRTC names the library of the run-time compiler; without it the system's loader looks for one.
 */

import { tmpdir } from "node:os";
import path from "node:path";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { CudaDriver } from "../../src-main/cuda/driver.ts";
import { cudaMemory } from "../../src-main/cuda/memory.ts";
import type { CudaMemory } from "../../src-main/cuda/memory.ts";
import { loadNvrtc, openNvrtc } from "../../src-main/cuda/nvrtc.ts";
import { openKernels } from "../../src-main/cuda/open-kernels.ts";
import type { OpenedKernels } from "../../src-main/cuda/open-kernels.ts";

export interface Gpu {
  readonly driver: CudaDriver;
  readonly memory: CudaMemory;
  readonly kernels: OpenedKernels;
  /** The GPU, driver and compiler, in a line. */
  readonly description: string;
}

/** The driver, or why there is none. Any other trouble than that is thrown. */
export function openDriver(): CudaDriver | string {
  try {
    return new CudaDriver();
  } catch (error) {
    if (isTachieError(error, "engine.unsupported")) return error.message;
    throw error;
  }
}

export function openGpu(driver: CudaDriver): Gpu {
  const library = process.env["TACHIE_NVRTC"];
  const compiler = library === undefined ? openNvrtc([]) : loadNvrtc(library);
  const memory = cudaMemory(driver, 0);
  const kernels = openKernels(driver, 0, compiler, path.join(tmpdir(), "tachie-test-kernels"));
  const { origin, durationMs, image } = kernels.compiled;
  const { name, computeCapability } = driver.device(0);
  const description =
    `${name} (${computeCapability.join(".")}), driver for CUDA ${driver.version().join(".")}, ` +
    `NVRTC ${compiler.version}, ${image.kind} from ${origin} in ${durationMs.toFixed(0)} ms`;
  return { driver, memory, kernels, description };
}

export function closeGpu({ memory, kernels }: Gpu): void {
  kernels.launcher.release();
  memory.release();
}
