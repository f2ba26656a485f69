/**
 * @file Operators of our own for the library: one domain of `OrtCustomOp` objects whose functions are TypeScript.
 *
 * The objects share one set of callbacks, which tell operators and nodes apart by their addresses. An error inside a
 * callback becomes a status that ends the library's call, and is kept so that the caller throws the error itself.
 */

import koffi from "koffi";
import { TachieError } from "../../contract/errors.ts";
import { elementTypeCode } from "../../graph/onnx.ts";
import type { Compute, CustomOperator } from "../custom-operator.ts";
import type { DeviceMemory } from "../device.ts";
import type { OrtApi } from "./api.ts";
import { API_VERSION } from "./api.ts";
import { OPERATOR_BYTES, OPERATOR_FUNCTIONS } from "./custom-operator-layout.ts";
import type { OperatorCallbacks } from "./custom-operator-layout.ts";
import { received } from "./handles.ts";
import type { Handles } from "./handles.ts";
import { NativeKernelContext } from "./kernel-context.ts";
import { nodeAttributes } from "./node-attributes.ts";

const DOMAIN = "tachie";
const CUDA_PROVIDER = "CUDAExecutionProvider";
const LAST_VERSION = 2 ** 31 - 1;

interface NativeOperator {
  readonly operator: CustomOperator;
  /** Address of the name as a C text. */
  readonly name: bigint;
}

export class OperatorRegistry {
  /** To be added to each session's options; undefined where there are no operators. */
  readonly domain: bigint | undefined;
  readonly #api: OrtApi;
  readonly #memory: DeviceMemory;
  readonly #operators = new Map<bigint, NativeOperator>();
  /** By the number that the library knows a node's kernel by. */
  readonly #kernels = new Map<bigint, Compute>();
  #nextKernel = 1n;
  /** Of the call that is under way. */
  readonly #failures: { readonly error: unknown }[] = [];

  /** What is made lives until `handles` are released, which must be after the last session. */
  constructor(api: OrtApi, handles: Handles, memory: DeviceMemory, operators: readonly CustomOperator[]) {
    this.#api = api;
    this.#memory = memory;
    if (operators.length === 0) return;
    const domain = handles.own(
      received((out) => api.CreateCustomOpDomain(DOMAIN, out)),
      api.ReleaseCustomOpDomain,
    );
    const template = this.#registerCallbacks(handles);
    for (const operator of operators) {
      const address = handles.own(koffi.alloc(koffi.types.uint8_t, OPERATOR_BYTES) as bigint, koffi.free);
      koffi.encode(address, koffi.array(koffi.types.uint64_t, template.length), template);
      this.#operators.set(address, { operator, name: allocateText(handles, operator.name) });
      api.CustomOpDomain_Add(domain, address);
    }
    this.domain = domain;
  }

  /** Kernels of nodes in sessions that are open. */
  get kernelCount(): number {
    return this.#kernels.size;
  }

  /**
   * Runs a call of the library in which operators may be created or computed.
   * @throws what an operator threw, else what the library refused
   */
  guard<T>(call: () => T): T {
    this.#failures.length = 0;
    try {
      return call();
    } catch (error) {
      const [failure] = this.#failures;
      throw failure === undefined ? error : failure.error;
    }
  }

  /** The words of an `OrtCustomOp`: its version, then its functions. */
  #registerCallbacks(handles: Handles): bigint[] {
    const provider = this.#memory.kind === "cuda" ? allocateText(handles, CUDA_PROVIDER) : null;
    const of = (address: bigint): NativeOperator => this.#operators.get(address)!;
    const callbacks: OperatorCallbacks = {
      getName: (address) => of(address).name,
      // None stands for the CPU's.
      getExecutionProviderType: () => provider,
      getInputType: (address, index) => elementTypeCode(of(address).operator.inputs[index]!),
      getInputTypeCount: (address) => of(address).operator.inputs.length,
      getOutputType: (address, index) => elementTypeCode(of(address).operator.outputs[index]!),
      getOutputTypeCount: (address) => of(address).operator.outputs.length,
      kernelDestroy: (kernel) => void this.#kernels.delete(kernel),
      getInputCharacteristic: () => 0,
      getOutputCharacteristic: () => 0,
      getInputMemoryType: () => 0,
      getVariadicInputMinArity: () => 1,
      getVariadicInputHomogeneity: () => 1,
      getVariadicOutputMinArity: () => 1,
      getVariadicOutputHomogeneity: () => 1,
      createKernelV2: (address, _api, info, out) => this.#attempt(() => this.#create(of(address), info, out)),
      kernelComputeV2: (kernel, context) => this.#attempt(() => this.#compute(kernel, context)),
      getStartVersion: () => 1,
      getEndVersion: () => LAST_VERSION,
    };
    const words = OPERATOR_FUNCTIONS.map((entry) => {
      if (entry === undefined) return 0n;
      return handles.own(koffi.register(callbacks[entry.name], entry.type), koffi.unregister);
    });
    return [BigInt(API_VERSION), ...words];
  }

  #create({ operator }: NativeOperator, info: bigint, out: bigint): void {
    const compute = operator.create(nodeAttributes(this.#api, operator.name, info));
    const kernel = this.#nextKernel++;
    this.#kernels.set(kernel, compute);
    koffi.encode(out, koffi.types.uint64_t, kernel);
  }

  #compute(kernel: bigint, context: bigint): void {
    const compute = this.#kernels.get(kernel);
    if (compute === undefined) throw new TachieError("internal.bug", `there is no kernel ${kernel.toString()}`);
    compute(new NativeKernelContext(this.#api, context, this.#memory.kind === "cuda"));
  }

  /** Nothing may be thrown through the library: it would end the process. */
  #attempt(act: () => void): bigint | null {
    try {
      act();
      return null;
    } catch (error) {
      this.#failures.push({ error });
      return this.#api.createStatus(error instanceof Error ? error.message : String(error));
    }
  }
}

function allocateText(handles: Handles, text: string): bigint {
  const bytes = Buffer.from(`${text}\0`);
  const address = handles.own(koffi.alloc(koffi.types.uint8_t, bytes.length) as bigint, koffi.free);
  koffi.encode(address, koffi.array(koffi.types.uint8_t, bytes.length), bytes);
  return address;
}
