/**
 * @file The operators of domain `tachie` on ordinary memory, computed by the references: for graphs with our operators on a
 * machine without a GPU. Slow; for tests only.
 */

import { elementBytes, elementCount } from "../../src-main/graph/onnx-types.ts";
import { bfloat16ToFloat32 } from "../../src-main/graph/float-formats.ts";
import { TACHIE_OPERATORS, tachieOperatorName, tachieOperatorTypes } from "../../src-main/graph/tachie-operators.ts";
import type { OperatorElement, TachieOperator } from "../../src-main/graph/tachie-operators.ts";
import type {
  Compute,
  CustomOperator,
  KernelContext,
  OperatorAttributes,
  OperatorTensor,
} from "../../src-main/ort/custom-operator.ts";
import { readMemory, writeMemory } from "../../src-main/ort/native-memory.ts";
import { encode } from "./kernel-bench.ts";
import * as reference from "./kernel-reference.ts";
import type { Numbers } from "./kernel-reference.ts";

/** What an operator computes, from the numbers of its inputs to the numbers of its outputs and their dimensions. */
type ComputeNumbers = (
  inputs: readonly Float32Array[],
  dims: readonly number[],
) => { readonly values: readonly Numbers[]; readonly dims: readonly number[] };

export function referenceOperators(): CustomOperator[] {
  const operators = Object.keys(TACHIE_OPERATORS) as TachieOperator[];
  const types: readonly OperatorElement[] = ["bfloat16", "float32"];
  return operators.flatMap((operator) =>
    types.map((type) => {
      const { inputs, outputs } = tachieOperatorTypes(operator, type);
      const create = (attributes: OperatorAttributes): Compute => {
        const compute = CREATE[operator](attributes);
        return (context) => {
          const tensors = inputs.map((_, index) => context.input(index));
          const numbers = tensors.map((tensor, index) => read(tensor, inputs[index] as OperatorElement));
          const { values, dims } = compute(numbers, tensors[0]!.dims);
          values.forEach((output, index) => write(context, index, dims, output, outputs[index] as OperatorElement));
        };
      };
      return { name: tachieOperatorName(operator, type), inputs, outputs, create };
    }),
  );
}

const CREATE: Readonly<Record<TachieOperator, (attributes: OperatorAttributes) => ComputeNumbers>> = {
  SwiGlu: () => (inputs, dims) => ({ values: [reference.swiGlu(inputs[0]!, inputs[1]!)], dims }),

  ResidualNorm(attributes) {
    const epsilon = attributes.float("epsilon");
    return (inputs, dims) => {
      const tensors = { x: inputs[0]!, y: inputs[1]!, gate: inputs[2]!, scale: inputs[3]! };
      const { sum, normed } = reference.residualNorm(tensors, epsilon);
      return { values: [sum, normed], dims };
    };
  },

  QkvNormRotary(attributes) {
    const heads = attributes.integer("heads");
    const kvHeads = attributes.integer("kv_heads");
    const epsilon = attributes.float("epsilon");
    return (inputs, dims) => {
      const [qkv, qWeight, kWeight, cos, sin] = inputs as [Numbers, Numbers, Numbers, Numbers, Numbers];
      const width = dims.at(-1)! / (heads + 2 * kvHeads);
      const shape = { rows: elementCount(dims.slice(0, -1)), heads, kvHeads, width, epsilon };
      const { q, k, v } = reference.qkvNormRotary({ qkv, qWeight, kWeight, cos, sin }, shape);
      return { values: [q, k, v], dims: [...dims.slice(0, -1), heads * width] };
    };
  },

  NormModulate(attributes) {
    const epsilon = attributes.float("epsilon");
    return (inputs, dims) => ({ values: [reference.normModulate(inputs[0]!, inputs[1]!, epsilon)], dims });
  },

  LayerNormScale(attributes) {
    const epsilon = attributes.float("epsilon");
    return (inputs, dims) => ({ values: [reference.layerNormScale(inputs[0]!, inputs[1]!, epsilon)], dims });
  },
};

function read({ address, dims }: OperatorTensor, type: OperatorElement): Float32Array {
  const bytes = new Uint8Array(elementCount(dims) * elementBytes(type));
  readMemory(bytes, address);
  return type === "bfloat16" ? bfloat16ToFloat32(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer);
}

function write(
  context: KernelContext,
  index: number,
  dims: readonly number[],
  values: Numbers,
  type: OperatorElement,
): void {
  writeMemory(context.output(index, dims).address, encode(values, type));
}
