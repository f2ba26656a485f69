/**
 * @file Tensors of the library (`OrtValue`), made from ours and read back.
 */

import koffi from "koffi";
import { TachieError } from "../../contract/errors.ts";
import { elementBytes, elementCount, elementTypeCode, elementTypeOfCode } from "../../graph/onnx.ts";
import type { DeviceTensor } from "../device.ts";
import { bytesOf, readMemory, writeMemory } from "../native-memory.ts";
import type { Tensor, TensorType } from "../session.ts";
import type { OrtApi } from "./api.ts";
import { received } from "./handles.ts";
import type { Handles } from "./handles.ts";

/** A copy of the tensor in the library's own memory on the host. */
export function hostValue(api: OrtApi, handles: Handles, { type, dims, data }: Tensor): bigint {
  const allocator = received((out) => api.GetAllocatorWithDefaultOptions(out));
  const shape = shapeOf(dims);
  const value = received((out) =>
    api.CreateTensorAsOrtValue(allocator, shape, shape.length, elementTypeCode(type), out),
  );
  handles.own(value, api.ReleaseValue);
  writeMemory(addressOf(api, value), bytesOf(data));
  return value;
}

/** A value over memory that somebody else allocated and keeps. */
export function deviceValue(
  api: OrtApi,
  handles: Handles,
  memoryInfo: bigint,
  { type, dims, address }: DeviceTensor,
): bigint {
  const shape = shapeOf(dims);
  const sizeBytes = elementCount(dims) * elementBytes(type);
  const value = received((out) =>
    api.CreateTensorWithDataAsOrtValue(memoryInfo, address, sizeBytes, shape, shape.length, elementTypeCode(type), out),
  );
  return handles.own(value, api.ReleaseValue);
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<TensorType, unknown>;

/**
 * A copy of a value that lies on the host.
 * @throws internal.bug for a type that no tensor on the host has
 */
export function readHostValue(api: OrtApi, name: string, value: bigint): Tensor {
  const { typeCode, dims } = typeAndDims(api, value);
  const type = elementTypeOfCode(typeCode);
  const Data = type === undefined || !(type in ARRAYS) ? undefined : ARRAYS[type as TensorType];
  if (Data === undefined)
    throw new TachieError("internal.bug", `the output ${name} is of type ${type ?? typeCode}, which is not handled`);
  const data = new Data(elementCount(dims));
  readMemory(bytesOf(data), addressOf(api, value));
  return { type, dims, data } as Tensor;
}

export function addressOf(api: OrtApi, value: bigint): bigint {
  return received((out) => api.GetTensorMutableData(value, out));
}

/** The library's own arrays are read, so that nothing has to be released. */
export function typeAndDims(api: OrtApi, value: bigint): { readonly typeCode: number; readonly dims: number[] } {
  const code = new Int32Array(1);
  const shape = new BigUint64Array(1);
  const rank = new BigUint64Array(1);
  api.GetTensorElementTypeAndShapeDataReference(value, code, shape, rank);
  return { typeCode: code[0]!, dims: rank[0] === 0n ? [] : int64sAt(shape[0]!, Number(rank[0])) };
}

function int64sAt(address: bigint, count: number): number[] {
  return Array.from(koffi.decode(address, koffi.types.int64_t, count) as ArrayLike<bigint | number>, Number);
}

export function shapeOf(dims: readonly number[]): BigInt64Array {
  return BigInt64Array.from(dims, BigInt);
}
