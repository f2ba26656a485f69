/**
 * @file `struct OrtCustomOp` as it lies in memory: a version, then pointers to functions, eight bytes each.
 *
 * Source: onnxruntime_c_api.h of 1.29.
 */

import koffi from "koffi";
import type { TypeObject } from "koffi";

const { void: VOID, int: INT, size_t: SIZE } = koffi.types;
const POINTER = koffi.pointer(VOID);

/** Pointers are bigints; null is the pointer to nothing. Those that give a status give null when all is well. */
export interface OperatorCallbacks {
  readonly getName: (operator: bigint) => bigint;
  readonly getExecutionProviderType: (operator: bigint) => bigint | null;
  readonly getInputType: (operator: bigint, index: number) => number;
  readonly getInputTypeCount: (operator: bigint) => number;
  readonly getOutputType: (operator: bigint, index: number) => number;
  readonly getOutputTypeCount: (operator: bigint) => number;
  readonly kernelDestroy: (kernel: bigint) => void;
  readonly getInputCharacteristic: (operator: bigint, index: number) => number;
  readonly getOutputCharacteristic: (operator: bigint, index: number) => number;
  readonly getInputMemoryType: (operator: bigint, index: number) => number;
  readonly getVariadicInputMinArity: (operator: bigint) => number;
  readonly getVariadicInputHomogeneity: (operator: bigint) => number;
  readonly getVariadicOutputMinArity: (operator: bigint) => number;
  readonly getVariadicOutputHomogeneity: (operator: bigint) => number;
  readonly createKernelV2: (operator: bigint, api: bigint, info: bigint, out: bigint) => bigint | null;
  readonly kernelComputeV2: (kernel: bigint, context: bigint) => bigint | null;
  readonly getStartVersion: (operator: bigint) => number;
  readonly getEndVersion: (operator: bigint) => number;
}

interface Entry {
  readonly name: keyof OperatorCallbacks;
  readonly type: TypeObject;
}

const TEXT_OF_OPERATOR = callbackType(POINTER, [POINTER]);
const SIZE_OF_OPERATOR = callbackType(SIZE, [POINTER]);
const INT_OF_OPERATOR = callbackType(INT, [POINTER]);
const INT_OF_SLOT = callbackType(INT, [POINTER, SIZE]);

/** In the struct's order. Undefined: not set, because another member takes its part or nothing asks for it. */
export const OPERATOR_FUNCTIONS: readonly (Entry | undefined)[] = [
  undefined, // CreateKernel: createKernelV2 is called instead
  { name: "getName", type: TEXT_OF_OPERATOR },
  { name: "getExecutionProviderType", type: TEXT_OF_OPERATOR },
  { name: "getInputType", type: INT_OF_SLOT },
  { name: "getInputTypeCount", type: SIZE_OF_OPERATOR },
  { name: "getOutputType", type: INT_OF_SLOT },
  { name: "getOutputTypeCount", type: SIZE_OF_OPERATOR },
  undefined, // KernelCompute: kernelComputeV2 is called instead
  { name: "kernelDestroy", type: callbackType(VOID, [POINTER]) },
  { name: "getInputCharacteristic", type: INT_OF_SLOT },
  { name: "getOutputCharacteristic", type: INT_OF_SLOT },
  { name: "getInputMemoryType", type: INT_OF_SLOT },
  { name: "getVariadicInputMinArity", type: INT_OF_OPERATOR },
  { name: "getVariadicInputHomogeneity", type: INT_OF_OPERATOR },
  { name: "getVariadicOutputMinArity", type: INT_OF_OPERATOR },
  { name: "getVariadicOutputHomogeneity", type: INT_OF_OPERATOR },
  { name: "createKernelV2", type: callbackType(POINTER, [POINTER, POINTER, POINTER, POINTER]) },
  { name: "kernelComputeV2", type: callbackType(POINTER, [POINTER, POINTER]) },
  undefined, // InferOutputShapeFn
  { name: "getStartVersion", type: INT_OF_OPERATOR },
  { name: "getEndVersion", type: INT_OF_OPERATOR },
  undefined, // GetMayInplace
  undefined, // ReleaseMayInplace
  undefined, // GetAliasMap
  undefined, // ReleaseAliasMap
];

/** The 32-bit version is padded to the size of a pointer. */
export const OPERATOR_BYTES = 8 * (1 + OPERATOR_FUNCTIONS.length);

function callbackType(result: TypeObject, parameters: readonly TypeObject[]): TypeObject {
  return koffi.pointer(koffi.proto(result, [...parameters]));
}
