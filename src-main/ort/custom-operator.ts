/**
 * @file What an operator of our own (domain `tachie`) is to a runtime: types, attributes and a function that computes it.
 *
 * The function is TypeScript. On a GPU it launches a kernel on the stream it is given and returns; under graph capture it
 * is called during capture only. It must neither allocate device memory nor wait for the device.
 */

import type { ElementType } from "../graph/onnx-types.ts";

/** A tensor of a run, where it lies: in device memory, or in ordinary memory on the CPU. */
export interface OperatorTensor {
  readonly dims: readonly number[];
  readonly address: bigint;
}

/** One call of an operator. Good until `compute` returns. */
export interface KernelContext {
  input(index: number): OperatorTensor;
  /** Makes the output of that shape. To be called once for each output. */
  output(index: number, dims: readonly number[]): OperatorTensor;
  /** Handle of the stream that work goes to; 0 on the CPU. */
  readonly stream: bigint;
}

/** A node's attributes. @throws engine.run-failed for one that the node does not have */
export interface OperatorAttributes {
  integer(name: string): number;
  float(name: string): number;
}

export type Compute = (context: KernelContext) => void;

export interface CustomOperator {
  /** Unique: an operator for another element type has another name. */
  readonly name: string;
  readonly inputs: readonly ElementType[];
  readonly outputs: readonly ElementType[];
  /** Called once for each node, when a session is made. */
  create(attributes: OperatorAttributes): Compute;
}
