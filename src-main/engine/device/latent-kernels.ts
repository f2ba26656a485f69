/** @file What the sampler computes on float32 values in device memory. All work goes to one stream, in order. */

import type { DeviceTerm } from "../../cuda/latent-kernels.ts";

export interface LatentKernels {
  /** Most terms of one `combine`. */
  readonly maxTerms: number;
  /** out = the sum of coefficient times values. `out` may be one of the values. */
  combine(out: bigint, terms: readonly DeviceTerm[], count: number): void;
  /** Sum of the squares of all values. Waits for the stream. */
  sumOfSquares(values: bigint, count: number): number;
  /** out = u + guidance (c - u), shortened to renorm |c| where it is longer and renorm > 0. Does not wait. */
  guide(out: bigint, conditional: bigint, unconditional: bigint, count: number, guidance: number, renorm: number): void;
  /**
   * One pixel a cell: red, green and blue are linear in the cell's channels.
   * @param factors three rows of `channels` factors and a constant
   * @returns height x width x 3 bytes; waits for the stream
   */
  preview(
    latent: bigint,
    channels: number,
    height: number,
    width: number,
    factors: readonly (readonly number[])[],
  ): Uint8Array;
  /**
   * [3, height, width] from -1 to 1 as bytes.
   * @returns height x width x 3 bytes, and whether every value was finite; waits for the stream
   */
  toRgb(planes: bigint, height: number, width: number): { readonly pixels: Uint8Array; readonly isFinite: boolean };
}
