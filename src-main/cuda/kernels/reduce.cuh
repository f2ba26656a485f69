// Sums over threads, in a fixed order, so that the same input always gives the same bits.
#pragma once

#include "elements.cuh"

// Over groups of `lanes` threads, a power of two up to 32; every thread gets the sum. All threads of the warp take part.
__device__ __forceinline__ float groupSum(float value, int lanes) {
  for (int offset = lanes / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(FULL_WARP, value, offset);
  return value;
}

// Over the block, whose size is a multiple of 32; every thread gets the sum. All threads of the block take part.
__device__ __forceinline__ float blockSum(float value) {
  __shared__ float sums[32];
  value = groupSum(value, 32);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
  __syncthreads();
  int warps = blockDim.x / 32;
  value = groupSum((int)(threadIdx.x % 32) < warps ? sums[threadIdx.x % 32] : 0.0f, 32);
  // Nobody may write the next sum while another still reads this one.
  __syncthreads();
  return value;
}

__device__ __forceinline__ float sumOfSquares(const float (&values)[EIGHT]) {
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < EIGHT; i++) sum += values[i] * values[i];
  return sum;
}
