/**
 * @file The fused kernels of the network's blocks: shapes checked, the variant chosen, the grid laid out.
 *
 * What each computes is written at its operator in graph/tachie-operators.ts. Addresses are of dense row-major tensors.
 */

import { TachieError } from "../contract/errors.ts";
import { ELEMENT_SUFFIXES } from "../graph/tachie-operators.ts";
import type { OperatorElement } from "../graph/tachie-operators.ts";
import type { KernelName, TypedKernel } from "./kernel-table.ts";
import type { KernelLauncher } from "./launch.ts";

/** Elements that a thread holds, as in kernels/elements.cuh. */
const PER_THREAD = 8;
const WARP = 32;
const MOST_THREADS = 1024;
const FLAT_THREADS = 256;
/** Longest row of a norm: a block of the most threads holds it whole. */
const MOST_ROW = PER_THREAD * MOST_THREADS;
/** Widest head: a warp holds it whole. */
const MOST_HEAD = PER_THREAD * WARP;
/** Most heads of all rows together: they are counted in 32 bits. */
const MOST_HEADS = 2 ** 31 - 1;

export interface Rows {
  readonly rows: number;
  /** Elements of a row. */
  readonly size: number;
  readonly epsilon: number;
}

export interface HeadShape {
  readonly rows: number;
  readonly heads: number;
  /** A divisor of `heads`. */
  readonly kvHeads: number;
  /** Elements of a head: even, up to 256. */
  readonly width: number;
  readonly epsilon: number;
}

export class NetworkKernels {
  readonly #launcher: KernelLauncher;

  constructor(launcher: KernelLauncher) {
    this.#launcher = launcher;
  }

  /** Looks up all variants of a kernel, so that no launch has to. */
  prepare(kernel: TypedKernel, type: OperatorElement): void {
    this.#launcher.prepare(variant(kernel, type, true));
    this.#launcher.prepare(variant(kernel, type, false));
  }

  /** @param tensors gate, up, product: each of `count` elements */
  swiGlu(type: OperatorElement, tensors: readonly [bigint, bigint, bigint], count: number, stream: bigint): void {
    const isVector = canMoveVectors(type, count, tensors);
    const blocks = Math.ceil(count / (FLAT_THREADS * PER_THREAD));
    this.#launcher.launch(
      variant("swiGlu", type, isVector),
      { blocks, threads: FLAT_THREADS },
      [...tensors, count],
      stream,
    );
  }

  /** @param tensors x, y, gate, scale, sum, normed */
  residualNorm(
    type: OperatorElement,
    tensors: readonly [bigint, bigint, bigint, bigint, bigint, bigint],
    rows: Rows,
    stream: bigint,
  ): void {
    this.#launchRows("residualNorm", type, tensors, rows, stream);
  }

  /** @param tensors x, scale, normed */
  normModulate(type: OperatorElement, tensors: readonly [bigint, bigint, bigint], rows: Rows, stream: bigint): void {
    this.#launchRows("normModulate", type, tensors, rows, stream);
  }

  /** @param tensors x, scale, normed */
  layerNormScale(type: OperatorElement, tensors: readonly [bigint, bigint, bigint], rows: Rows, stream: bigint): void {
    this.#launchRows("layerNormScale", type, tensors, rows, stream);
  }

  /** @param tensors qkv, qWeight, kWeight, cos, sin, q, k, v */
  qkvNormRotary(
    type: OperatorElement,
    tensors: readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint],
    shape: HeadShape,
    stream: bigint,
  ): void {
    checkHeads(shape);
    const { rows, heads, kvHeads, width, epsilon } = shape;
    // The fewest threads, a power of two, that hold a head.
    const laneBits = Math.max(0, Math.ceil(Math.log2(width / PER_THREAD)));
    const blocks = Math.ceil((rows * (heads + 2 * kvHeads)) / (FLAT_THREADS >> laneBits));
    this.#launcher.launch(
      variant("qkvNormRotary", type, canMoveVectors(type, width, tensors)),
      { blocks, threads: FLAT_THREADS },
      [...tensors, rows, heads, kvHeads, width, laneBits, epsilon],
      stream,
    );
  }

  /** One block a row. */
  #launchRows(
    kernel: TypedKernel,
    type: OperatorElement,
    tensors: readonly bigint[],
    { rows, size, epsilon }: Rows,
    stream: bigint,
  ): void {
    if (size < 1 || size > MOST_ROW)
      throw new TachieError("engine.run-failed", `${kernel} takes rows of 1 to ${MOST_ROW} elements, not ${size}`);
    const threads = Math.ceil(size / (PER_THREAD * WARP)) * WARP;
    const name = variant(kernel, type, canMoveVectors(type, size, tensors));
    this.#launcher.launch(name, { blocks: rows, threads }, [...tensors, size, epsilon], stream);
  }
}

function variant(kernel: TypedKernel, type: OperatorElement, isVector: boolean): KernelName {
  return `${kernel}_${ELEMENT_SUFFIXES[type]}${isVector ? "" : "_scalar"}`;
}

/**
 * Whether rows of that size can be moved 16 bytes at a time: every row must start on such a boundary. Rows of float32 beside
 * bfloat16 then do as well.
 */
function canMoveVectors(type: OperatorElement, size: number, addresses: readonly bigint[]): boolean {
  const perVector = type === "bfloat16" ? 8 : 4;
  return size % perVector === 0 && addresses.every((address) => (address & 15n) === 0n);
}

function checkHeads({ rows, heads, kvHeads, width }: HeadShape): void {
  const areHeadsGood = heads >= 1 && kvHeads >= 1 && heads % kvHeads === 0;
  const isWidthGood = width >= 2 && width <= MOST_HEAD && width % 2 === 0;
  if (!areHeadsGood || !isWidthGood || rows * (heads + 2 * kvHeads) > MOST_HEADS)
    throw new TachieError(
      "engine.run-failed",
      `QkvNormRotary takes an even head width up to ${MOST_HEAD} and key heads that divide the query heads, ` +
        `not ${rows} rows of width ${width} with ${heads} query and ${kvHeads} key heads`,
    );
}
