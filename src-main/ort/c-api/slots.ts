/**
 * @file What a session's graph wants and gives: names, types and dimensions.
 */

import koffi from "koffi";
import { elementTypeOfCode } from "../../graph/onnx.ts";
import type { TensorSlot } from "../session.ts";
import type { OrtApi } from "./api.ts";
import { borrowing, received } from "./handles.ts";

export function inputSlots(api: OrtApi, session: bigint): TensorSlot[] {
  const count = Number(received((out) => api.SessionGetInputCount(session, out)));
  return Array.from({ length: count }, (_, index) => {
    const name = ownedText(api, (allocator, out) => api.SessionGetInputName(session, index, allocator, out));
    return slot(api, name, (out) => api.SessionGetInputTypeInfo(session, index, out));
  });
}

export function outputSlots(api: OrtApi, session: bigint): TensorSlot[] {
  const count = Number(received((out) => api.SessionGetOutputCount(session, out)));
  return Array.from({ length: count }, (_, index) => {
    const name = ownedText(api, (allocator, out) => api.SessionGetOutputName(session, index, allocator, out));
    return slot(api, name, (out) => api.SessionGetOutputTypeInfo(session, index, out));
  });
}

/** A text that the library allocates for its caller. */
export function ownedText(api: OrtApi, get: (allocator: bigint, out: BigUint64Array) => void): string {
  const allocator = received((out) => api.GetAllocatorWithDefaultOptions(out));
  const address = received((out) => get(allocator, out));
  try {
    return koffi.decode.string(address);
  } finally {
    api.AllocatorFree(allocator, address);
  }
}

function slot(api: OrtApi, name: string, getType: (out: BigUint64Array) => void): TensorSlot {
  return borrowing((handles) => {
    const type = handles.own(received(getType), api.ReleaseTypeInfo);
    // Belongs to `type`; null for sequences and maps.
    const tensor = received((out) => api.CastTypeInfoToTensorInfo(type, out));
    if (tensor === 0n) return { name, type: "other", dims: [] };
    const code = new Int32Array(1);
    api.GetTensorElementType(tensor, code);
    const rank = Number(received((out) => api.GetDimensionsCount(tensor, out)));
    const dims = new BigInt64Array(rank);
    const dimNames = new BigUint64Array(rank);
    if (rank > 0) {
      api.GetDimensions(tensor, dims, rank);
      api.GetSymbolicDimensions(tensor, dimNames, rank);
    }
    return {
      name,
      type: elementTypeOfCode(code[0]!) ?? "other",
      dims: Array.from(dims, (dim, axis) => (dim >= 0n ? Number(dim) : koffi.decode.string(dimNames[axis]))),
    };
  });
}
