/**
 * @file One call of an operator of our own, as the library sees it.
 */

import { TachieError } from "../../contract/errors.ts";
import type { KernelContext, OperatorTensor } from "../custom-operator.ts";
import type { OrtApi } from "./api.ts";
import { addressOf, shapeOf, typeAndDims } from "./values.ts";

/** Reused: see `values.ts`. */
const out = new BigUint64Array(1);

export class NativeKernelContext implements KernelContext {
  readonly #api: OrtApi;
  readonly #context: bigint;
  readonly #hasStream: boolean;

  constructor(api: OrtApi, context: bigint, hasStream: boolean) {
    this.#api = api;
    this.#context = context;
    this.#hasStream = hasStream;
  }

  get stream(): bigint {
    if (!this.#hasStream) return 0n;
    this.#api.KernelContext_GetGPUComputeStream(this.#context, out);
    return out[0]!;
  }

  input(index: number): OperatorTensor {
    this.#api.KernelContext_GetInput(this.#context, index, out);
    const value = out[0]!;
    if (value === 0n) throw new TachieError("internal.bug", `the node has no input ${index}`);
    return { dims: typeAndDims(this.#api, value).dims, address: addressOf(this.#api, value) };
  }

  output(index: number, dims: readonly number[]): OperatorTensor {
    this.#api.KernelContext_GetOutput(this.#context, index, shapeOf(dims), dims.length, out);
    const value = out[0]!;
    if (value === 0n) throw new TachieError("internal.bug", `the node has no output ${index}`);
    return { dims, address: addressOf(this.#api, value) };
  }
}
