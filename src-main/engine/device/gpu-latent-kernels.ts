/** @file The sampler's kernels on a GPU: results that the host wants are fetched, everything else stays on the stream. */

import type { CudaMemory } from "../../cuda/memory.ts";
import type { LatentKernels as CudaKernels } from "../../cuda/latent-kernels.ts";
import { MOST_TERMS } from "../../cuda/latent-kernels.ts";
import type { LatentKernels } from "./latent-kernels.ts";

/** Two sums, float32, or one counter, int32. */
const RESULT_BYTES = 8;

export interface GpuLatentKernels extends LatentKernels {
  release(): void;
}

export function gpuLatentKernels(cuda: CudaKernels, memory: CudaMemory): GpuLatentKernels {
  const result = memory.allocate(RESULT_BYTES);
  let scratch = { address: 0n, sizeBytes: 0 };

  /** Room for pictures on their way to the host; grows with the largest one. */
  function room(sizeBytes: number): bigint {
    if (scratch.sizeBytes < sizeBytes) {
      if (scratch.sizeBytes > 0) memory.free(scratch.address);
      scratch = { address: 0n, sizeBytes: 0 };
      scratch = { address: memory.allocate(sizeBytes), sizeBytes };
    }
    return scratch.address;
  }

  function fetch(address: bigint, sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    memory.download(bytes, address);
    return bytes;
  }

  return {
    maxTerms: MOST_TERMS,
    combine: (out, terms, count) => cuda.linearCombine(out, terms, count),
    sumOfSquares(values, count) {
      cuda.sumOfSquares(result, values, undefined, count);
      return new Float32Array(fetch(result, 4).buffer)[0] ?? NaN;
    },
    guide(out, conditional, unconditional, count, weight, renorm) {
      cuda.guide({ conditional, unconditional, weight, renorm }, count, { velocity: out });
    },
    preview(latent, channels, height, width, factors) {
      const area = height * width;
      const table = Float32Array.from(factors.flat());
      const pixels = room(3 * area + table.byteLength + 16);
      // The factors lie after the pixels, where float32 may.
      const factorsAddress = pixels + BigInt(Math.ceil((3 * area) / 16) * 16);
      memory.upload(factorsAddress, new Uint8Array(table.buffer));
      cuda.latentPreview(pixels, latent, factorsAddress, { channels, area });
      return fetch(pixels, 3 * area);
    },
    toRgb(planes, height, width) {
      const area = height * width;
      const pixels = room(3 * area);
      memory.clear(result, RESULT_BYTES);
      cuda.countNonFinite(result, planes, 3 * area);
      cuda.planesToRgb8(pixels, planes, area);
      const nonFinite = new Int32Array(fetch(result, 4).buffer)[0];
      return { pixels: fetch(pixels, 3 * area), isFinite: nonFinite === 0 };
    },
    release() {
      memory.free(result);
      if (scratch.sizeBytes > 0) memory.free(scratch.address);
      scratch = { address: 0n, sizeBytes: 0 };
    },
  };
}
