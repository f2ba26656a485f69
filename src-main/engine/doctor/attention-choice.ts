/**
 * @file Which kernel ONNX Runtime 1.29 takes for fused attention when the choice is its own, from the rules of its
 * MultiHeadAttention on CUDA: half-width types go to cuDNN from compute capability 9.0 on and to flash attention from 8.0
 * on; what is left goes to the memory-efficient kernel, which needs 5.3 for half-width types and 5.0 for float32, and
 * otherwise to two products and a softmax. Our heads (up to 256 wide, no mask) are within the limits of all of them.
 */

import type { GpuDevice } from "../../contract/doctor.ts";

export function attentionChoice([major, minor]: GpuDevice["computeCapability"]): GpuDevice["attention"] {
  const capability = 10 * major + minor;
  const bf16 = capability >= 90 ? "cudnn" : capability >= 80 ? "flash" : capability >= 53 ? "efficient" : "math";
  return { bf16, fp32: capability >= 50 ? "efficient" : "math" };
}
