/**
 * @file Tensors of the library (`OrtValue`), made from ours and read back.
 */

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
  const value = received((out) =>
    api.CreateTensorAsOrtValue(allocator, shapeOf(dims), dims.length, elementTypeCode(type), out),
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
  const sizeBytes = elementCount(dims) * elementBytes(type);
  const value = received((out) =>
    api.CreateTensorWithDataAsOrtValue(
      memoryInfo,
      address,
      sizeBytes,
      shapeOf(dims),
      dims.length,
      elementTypeCode(type),
      out,
    ),
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

// Reused, since operators of our own read tensors thousands of times a run and a new array costs more than the call. None of
// the functions that fill them calls back.
const out = new BigUint64Array(1);
const code = new Int32Array(1);
const shapeAddress = new BigUint64Array(1);
const rank = new BigUint64Array(1);
/** More dimensions than any tensor of a graph has. */
const shape = new BigInt64Array(32);
const shapeBytes = bytesOf(shape);

export function addressOf(api: OrtApi, value: bigint): bigint {
  api.GetTensorMutableData(value, out);
  return out[0]!;
}

/** The library's own arrays are read, so that nothing has to be released. */
export function typeAndDims(api: OrtApi, value: bigint): { readonly typeCode: number; readonly dims: number[] } {
  api.GetTensorElementTypeAndShapeDataReference(value, code, shapeAddress, rank);
  const count = Number(rank[0]);
  readMemory(shapeBytes, shapeAddress[0]!, count * shape.BYTES_PER_ELEMENT);
  return { typeCode: code[0]!, dims: Array.from({ length: count }, (_, axis) => Number(shape[axis])) };
}

/** Dimensions as the library takes them. Good until the next call. */
export function shapeOf(dims: readonly number[]): BigInt64Array {
  if (dims.length > shape.length) throw new TachieError("internal.bug", `a tensor has ${dims.length} dimensions`);
  for (const [axis, dim] of dims.entries()) shape[axis] = BigInt(dim);
  return shape;
}
