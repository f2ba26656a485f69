/** @file Host tensors in the very bytes that a device wants, so that handing them over is a copy and nothing else. */

import { TachieError } from "../../contract/errors.ts";
import { float32ToBfloat16 } from "../../graph/float-formats.ts";
import type { ElementType } from "../../graph/onnx.ts";
import { bytesOf } from "../../ort/native-memory.ts";
import type { Tensor } from "../../ort/session.ts";

export interface PackedTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * The tensor in that type: its own, or float32 rounded to bfloat16.
 * @throws internal.bug for any other
 */
export function packed({ type, dims, data }: Tensor, wanted: string = type): PackedTensor {
  if (type === wanted) return { type, dims, bytes: bytesOf(data) };
  if (wanted === "bfloat16" && type === "float32")
    return { type: "bfloat16", dims, bytes: bytesOf(float32ToBfloat16(data)) };
  throw new TachieError("internal.bug", `a tensor of ${type} is wanted as ${wanted}`);
}
