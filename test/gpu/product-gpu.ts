/**
 * @file The first GPU as the product opens it, with ONNX Runtime's CUDA provider, for tests.
 *
 * TACHIE_CUDA names the folder of the CUDA provider.
 */

import { tmpdir } from "node:os";
import path from "node:path";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { findGpu } from "../../src-main/engine/device/find-gpu.ts";
import type { GpuOptions } from "../../src-main/engine/device/gpu.ts";

/** Undefined where there is no GPU or no provider; any other trouble is thrown. */
export function findProductGpu(): GpuOptions | undefined {
  try {
    const component = process.env["TACHIE_CUDA"] ?? "";
    return findGpu({ component, cache: path.join(tmpdir(), "tachie-test-kernels") });
  } catch (error) {
    if (isTachieError(error, "engine.unsupported")) return undefined;
    throw error;
  }
}

export const NO_GPU = "no NVIDIA GPU, or TACHIE_CUDA does not name its provider";
