/**
 * @file The functions of the C API that are used here, with what they take: one table, from which the calls through FFI
 * and their TypeScript types are both made.
 *
 * Source: onnxruntime_c_api.h of 1.29. Enumerations are ints; ORTCHAR_T is `path`.
 */

/** What each kind of parameter is to a caller. */
interface Kinds {
  /** Pointer to an object of the library, or to memory. */
  readonly handle: bigint;
  /** Receives one pointer, size or 64-bit number at index 0. */
  readonly out: BigUint64Array;
  readonly int: number;
  readonly size: number;
  readonly text: string;
  readonly path: string;
  readonly texts: readonly string[];
  readonly handles: BigUint64Array;
  /** Dimensions, say; the library reads or fills them. */
  readonly int64s: BigInt64Array;
  /** The library reads them during the call only. */
  readonly bytes: Uint8Array;
  readonly outInt: Int32Array;
  readonly outFloat: Float32Array;
}

export type Kind = keyof Kinds;
type Parameters<List extends readonly Kind[]> = { readonly [Index in keyof List]: Kinds[List[Index]] };

/** Functions that give a status; see `check`. */
export const CHECKED = {
  CreateEnv: ["int", "text", "out"],
  GetAvailableProviders: ["out", "outInt"],
  ReleaseAvailableProviders: ["handle", "int"],
  GetAllocatorWithDefaultOptions: ["out"],
  AllocatorFree: ["handle", "handle"],

  CreateSessionOptions: ["out"],
  SetSessionGraphOptimizationLevel: ["handle", "int"],
  SetSessionExecutionMode: ["handle", "int"],
  GetSessionExecutionMode: ["handle", "outInt"],
  EnableMemPattern: ["handle"],
  DisableMemPattern: ["handle"],
  GetMemPatternEnabled: ["handle", "outInt"],
  SetSessionLogSeverityLevel: ["handle", "int"],
  SetIntraOpNumThreads: ["handle", "int"],
  EnableProfiling: ["handle", "path"],
  AddSessionConfigEntry: ["handle", "text", "text"],
  CreateCUDAProviderOptions: ["out"],
  UpdateCUDAProviderOptions: ["handle", "texts", "texts", "size"],
  UpdateCUDAProviderOptionsWithValue: ["handle", "text", "handle"],
  SessionOptionsAppendExecutionProvider_CUDA_V2: ["handle", "handle"],

  CreateSessionFromArray: ["handle", "bytes", "size", "handle", "out"],
  SessionEndProfiling: ["handle", "handle", "out"],
  SessionReleaseCapturedGraph: ["handle", "int"],
  SessionGetInputCount: ["handle", "out"],
  SessionGetOutputCount: ["handle", "out"],
  SessionGetInputName: ["handle", "size", "handle", "out"],
  SessionGetOutputName: ["handle", "size", "handle", "out"],
  SessionGetInputTypeInfo: ["handle", "size", "out"],
  SessionGetOutputTypeInfo: ["handle", "size", "out"],
  CastTypeInfoToTensorInfo: ["handle", "out"],
  GetTensorElementType: ["handle", "outInt"],
  GetDimensionsCount: ["handle", "out"],
  GetDimensions: ["handle", "int64s", "size"],
  GetSymbolicDimensions: ["handle", "handles", "size"],

  CreateRunOptions: ["out"],
  AddRunConfigEntry: ["handle", "text", "text"],
  Run: ["handle", "handle", "texts", "handles", "size", "texts", "size", "handles"],
  CreateIoBinding: ["handle", "out"],
  BindInput: ["handle", "text", "handle"],
  BindOutput: ["handle", "text", "handle"],
  RunWithBinding: ["handle", "handle", "handle"],

  CreateMemoryInfo: ["text", "int", "int", "int", "out"],
  CreateTensorAsOrtValue: ["handle", "int64s", "size", "int", "out"],
  CreateTensorWithDataAsOrtValue: ["handle", "handle", "size", "int64s", "size", "int", "out"],
  GetTensorMutableData: ["handle", "out"],
  GetTensorElementTypeAndShapeDataReference: ["handle", "outInt", "out", "out"],

  CreateCustomOpDomain: ["text", "out"],
  CustomOpDomain_Add: ["handle", "handle"],
  AddCustomOpDomain: ["handle", "handle"],
  KernelInfoGetAttribute_float: ["handle", "text", "outFloat"],
  KernelInfoGetAttribute_int64: ["handle", "text", "int64s"],
  KernelContext_GetInput: ["handle", "size", "out"],
  KernelContext_GetOutput: ["handle", "size", "int64s", "size", "out"],
  KernelContext_GetGPUComputeStream: ["handle", "out"],
} as const satisfies Record<string, readonly Kind[]>;

/** Functions that take one object back. */
export const RELEASES = [
  "ReleaseEnv",
  "ReleaseSession",
  "ReleaseSessionOptions",
  "ReleaseCUDAProviderOptions",
  "ReleaseRunOptions",
  "ReleaseIoBinding",
  "ReleaseMemoryInfo",
  "ReleaseValue",
  "ReleaseTypeInfo",
  "ReleaseCustomOpDomain",
  "ReleaseStatus",
] as const;

export type CheckedName = keyof typeof CHECKED;
export type ReleaseName = (typeof RELEASES)[number];

/** Calls that throw what the library refuses: engine.out-of-memory, model.incomplete, engine.run-failed. */
export type CheckedCalls = {
  readonly [Name in CheckedName]: (...values: Parameters<(typeof CHECKED)[Name]>) => void;
};

export type ReleaseCalls = { readonly [Name in ReleaseName]: (handle: bigint) => void };
