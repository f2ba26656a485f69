/** @file Every kernel of the network against its reference, on sizes that fit the fast path and sizes that do not. */

import { NetworkKernels } from "../../src-main/cuda/network-kernels.ts";
import type { OperatorElement } from "../../src-main/graph/tachie-operators.ts";
import { TOLERANCE, assertClose } from "./kernel-bench.ts";
import type { KernelBench } from "./kernel-bench.ts";
import * as reference from "./kernel-reference.ts";

export interface KernelCase {
  readonly name: string;
  readonly run: (bench: KernelBench) => void;
}

const TYPES: readonly OperatorElement[] = ["float32", "bfloat16"];
const EPSILON = 1e-5;

/** Rows, elements of a row, and by how many bytes the tensors miss a multiple of 16. */
const ROW_SHAPES: readonly (readonly [rows: number, size: number, offsetBytes: number])[] = [
  [3, 8, 0],
  [5, 320, 0],
  [2, 2304, 0],
  [7, 1000, 0],
  [1, 8192, 0],
  [3, 8184, 0],
  [3, 4, 0],
  [4, 37, 0],
  [2, 1, 0],
  [2, 2307, 0],
  [2, 8191, 0],
  [3, 320, 4],
];

/** Rows, query heads, key heads, width, offset in bytes. */
const HEAD_SHAPES: readonly (readonly [number, number, number, number, number])[] = [
  [5, 24, 8, 96, 0],
  [3, 6, 2, 64, 0],
  [7, 4, 4, 40, 0],
  [2, 3, 1, 256, 0],
  [3, 2, 1, 8, 0],
  [3, 4, 2, 12, 0],
  [3, 4, 2, 2, 0],
  [5, 3, 3, 50, 0],
  [2, 2, 1, 254, 0],
  [3, 6, 2, 64, 4],
];

export const NETWORK_CASES: readonly KernelCase[] = TYPES.flatMap((type) => [
  ...[8, 2048, 2056, 5 * 6912, 1, 7, 2049, 33 * 37].map((count) => swiGluCase(type, count, 0)),
  swiGluCase(type, 4096, 4),
  ...ROW_SHAPES.flatMap((shape) => [
    residualNormCase(type, ...shape),
    normCase("normModulate", type, ...shape),
    normCase("layerNormScale", type, ...shape),
  ]),
  ...HEAD_SHAPES.map((shape) => qkvCase(type, ...shape)),
]);

function swiGluCase(type: OperatorElement, count: number, offset: number): KernelCase {
  return {
    name: `swiGlu ${type} of ${count} at +${offset}`,
    run(bench) {
      const gate = bench.random(count, type, 4);
      const up = bench.random(count, type);
      const product = bench.output(count, type, offset);
      const tensors = [bench.upload(gate, type, offset), bench.upload(up, type, offset), product] as const;
      kernelsOf(bench).swiGlu(type, tensors, count, bench.device.memory.stream);
      assertClose(bench.download(product, type), reference.swiGlu(gate, up), TOLERANCE[type], "product");
    },
  };
}

function residualNormCase(type: OperatorElement, rows: number, size: number, offset: number): KernelCase {
  return {
    name: `residualNorm ${type} of ${rows}x${size} at +${offset}`,
    run(bench) {
      const [x, y] = [bench.random(rows * size, "float32", 3), bench.random(rows * size, type, 0.5)];
      const [gate, scale] = [bench.random(size, "float32"), bench.random(size, "float32")];
      const [sum, normed] = [bench.output(rows * size, "float32", offset), bench.output(rows * size, type, offset)];
      const factors = [bench.upload(gate, "float32", offset), bench.upload(scale, "float32", offset)] as const;
      const inputs = [bench.upload(x, "float32", offset), bench.upload(y, type, offset), ...factors] as const;
      const tensors = [...inputs, sum, normed] as const;
      kernelsOf(bench).residualNorm(type, tensors, { rows, size, epsilon: EPSILON }, bench.device.memory.stream);
      const expected = reference.residualNorm({ x, y, gate, scale }, EPSILON);
      assertClose(bench.download(sum, "float32"), expected.sum, TOLERANCE.float32, "sum");
      assertClose(bench.download(normed, type), expected.normed, TOLERANCE[type], "normed");
    },
  };
}

function normCase(
  kernel: "normModulate" | "layerNormScale",
  type: OperatorElement,
  ...[rows, size, offset]: [number, number, number]
): KernelCase {
  return {
    name: `${kernel} ${type} of ${rows}x${size} at +${offset}`,
    run(bench) {
      // Off centre, so that the mean matters.
      const x = bench.random(rows * size, "float32", 2).map((value) => value + 1);
      const scale = bench.random(size, "float32");
      const normed = bench.output(rows * size, type, offset);
      const inputs = [bench.upload(x, "float32", offset), bench.upload(scale, "float32", offset)] as const;
      const tensors = [...inputs, normed] as const;
      kernelsOf(bench)[kernel](type, tensors, { rows, size, epsilon: EPSILON }, bench.device.memory.stream);
      assertClose(bench.download(normed, type), reference[kernel](x, scale, EPSILON), TOLERANCE[type], "normed");
    },
  };
}

function qkvCase(
  type: OperatorElement,
  rows: number,
  heads: number,
  kvHeads: number,
  width: number,
  offset: number,
): KernelCase {
  return {
    name: `qkvNormRotary ${type} of ${rows} rows, ${heads}+2*${kvHeads} heads of ${width} at +${offset}`,
    run(bench) {
      const shape = { rows, heads, kvHeads, width, epsilon: EPSILON };
      const qkv = bench.random(rows * (heads + 2 * kvHeads) * width, type);
      const [qWeight, kWeight] = [bench.random(width, type), bench.random(width, type)];
      const angles = bench.random((rows * width) / 2, "float32", 3);
      const [cos, sin] = [angles.map(Math.cos), angles.map(Math.sin)];
      const outputs = [0, 1, 2].map(() => bench.output(rows * heads * width, type, offset));
      const weights = [bench.upload(qWeight, type, offset), bench.upload(kWeight, type, offset)] as const;
      const tables = [bench.upload(cos, "float32", offset), bench.upload(sin, "float32", offset)] as const;
      const [q, k, v] = [outputs[0]!, outputs[1]!, outputs[2]!];
      const tensors = [bench.upload(qkv, type, offset), ...weights, ...tables, q, k, v] as const;
      kernelsOf(bench).qkvNormRotary(type, tensors, shape, bench.device.memory.stream);
      const expected = reference.qkvNormRotary({ qkv, qWeight, kWeight, cos, sin }, shape);
      assertClose(bench.download(q, type), expected.q, TOLERANCE[type], "q");
      assertClose(bench.download(k, type), expected.k, TOLERANCE[type], "k");
      assertClose(bench.download(v, type), expected.v, 0, "v");
    },
  };
}

function kernelsOf(bench: KernelBench): NetworkKernels {
  return new NetworkKernels(bench.device.launcher);
}
