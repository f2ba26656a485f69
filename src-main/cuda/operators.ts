/** @file The operators of domain `tachie` on a GPU: from the runtime's tensors to our kernels. */

import { TachieError } from "../contract/errors.ts";
import { elementCount } from "../graph/onnx-types.ts";
import { TACHIE_OPERATORS, tachieOperatorName, tachieOperatorTypes } from "../graph/tachie-operators.ts";
import type { OperatorElement, TachieOperator } from "../graph/tachie-operators.ts";
import type {
  Compute,
  CustomOperator,
  KernelContext,
  OperatorAttributes,
  OperatorTensor,
} from "../ort/custom-operator.ts";
import type { TypedKernel } from "./kernel-table.ts";
import type { NetworkKernels, Rows } from "./network-kernels.ts";

type Create = (kernels: NetworkKernels, type: OperatorElement, attributes: OperatorAttributes) => Compute;

const KERNEL_OF = {
  SwiGlu: "swiGlu",
  ResidualNorm: "residualNorm",
  QkvNormRotary: "qkvNormRotary",
  NormModulate: "normModulate",
  LayerNormScale: "layerNormScale",
} as const satisfies Record<TachieOperator, TypedKernel>;

/** Every operator in bfloat16 and float32. They work on the device that the kernels are loaded on. */
export function cudaOperators(kernels: NetworkKernels): CustomOperator[] {
  const operators = Object.keys(TACHIE_OPERATORS) as TachieOperator[];
  const types: readonly OperatorElement[] = ["bfloat16", "float32"];
  return operators.flatMap((operator) =>
    types.map((type) => ({
      name: tachieOperatorName(operator, type),
      ...tachieOperatorTypes(operator, type),
      create(attributes: OperatorAttributes): Compute {
        kernels.prepare(KERNEL_OF[operator], type);
        return CREATE[operator](kernels, type, attributes);
      },
    })),
  );
}

const CREATE: Readonly<Record<TachieOperator, Create>> = {
  SwiGlu: (kernels, type) => (context) => {
    const gate = context.input(0);
    const up = context.input(1);
    const count = elementCount(gate.dims);
    expect("SwiGlu", "up", up, count);
    const product = context.output(0, gate.dims);
    kernels.swiGlu(type, [gate.address, up.address, product.address], count, context.stream);
  },

  ResidualNorm: (kernels, type, attributes) => {
    const epsilon = attributes.float("epsilon");
    return (context) => {
      const [x, y, gate, scale] = [context.input(0), context.input(1), context.input(2), context.input(3)];
      const rows = rowsOf(x, epsilon);
      expect("ResidualNorm", "y", y, rows.rows * rows.size);
      expect("ResidualNorm", "gate", gate, rows.size);
      expect("ResidualNorm", "scale", scale, rows.size);
      const sum = context.output(0, x.dims);
      const normed = context.output(1, x.dims);
      const tensors = [x.address, y.address, gate.address, scale.address, sum.address, normed.address] as const;
      kernels.residualNorm(type, tensors, rows, context.stream);
    };
  },

  QkvNormRotary: (kernels, type, attributes) => {
    const heads = attributes.integer("heads");
    const kvHeads = attributes.integer("kv_heads");
    const epsilon = attributes.float("epsilon");
    return (context) => {
      const [qkv, qWeight, kWeight] = [context.input(0), context.input(1), context.input(2)];
      const [cos, sin] = [context.input(3), context.input(4)];
      const { rows, size } = rowsOf(qkv, epsilon);
      const width = size / (heads + 2 * kvHeads);
      expect("QkvNormRotary", "qWeight", qWeight, width);
      expect("QkvNormRotary", "kWeight", kWeight, width);
      expect("QkvNormRotary", "cos", cos, (rows * width) / 2);
      expect("QkvNormRotary", "sin", sin, (rows * width) / 2);
      const dims = [...qkv.dims.slice(0, -1), heads * width];
      const [q, k, v] = [context.output(0, dims), context.output(1, dims), context.output(2, dims)];
      const inputs = [qkv.address, qWeight.address, kWeight.address, cos.address, sin.address] as const;
      const shape = { rows, heads, kvHeads, width, epsilon };
      kernels.qkvNormRotary(type, [...inputs, q.address, k.address, v.address], shape, context.stream);
    };
  },

  NormModulate: (kernels, type, attributes) =>
    scaledNorm("NormModulate", attributes, (tensors, rows, stream) =>
      kernels.normModulate(type, tensors, rows, stream),
    ),

  LayerNormScale: (kernels, type, attributes) =>
    scaledNorm("LayerNormScale", attributes, (tensors, rows, stream) =>
      kernels.layerNormScale(type, tensors, rows, stream),
    ),
};

function scaledNorm(
  operator: TachieOperator,
  attributes: OperatorAttributes,
  launch: (tensors: readonly [bigint, bigint, bigint], rows: Rows, stream: bigint) => void,
): (context: KernelContext) => void {
  const epsilon = attributes.float("epsilon");
  return (context) => {
    const x = context.input(0);
    const scale = context.input(1);
    const rows = rowsOf(x, epsilon);
    expect(operator, "scale", scale, rows.size);
    const normed = context.output(0, x.dims);
    launch([x.address, scale.address, normed.address], rows, context.stream);
  };
}

/** The last dimension is the row; all before it count rows. */
function rowsOf({ dims }: OperatorTensor, epsilon: number): Rows {
  const size = dims.at(-1) ?? 1;
  return { rows: elementCount(dims.slice(0, -1)), size, epsilon };
}

/** A kernel would read past the end of a tensor that is too small. */
function expect(operator: TachieOperator, input: string, { dims }: OperatorTensor, count: number): void {
  if (elementCount(dims) !== count)
    throw new TachieError(
      "engine.run-failed",
      `${operator}: ${input} is [${dims.join(", ")}], and ${count} elements are expected`,
      { where: `${operator}.${input}` },
    );
}
