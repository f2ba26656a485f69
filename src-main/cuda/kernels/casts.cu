// Between float32 and bfloat16, over n elements, eight a thread.
#include "elements.cuh"

template <typename From, typename To, int W>
__device__ __forceinline__ void cast(const From *from, To *to, i64 n) {
  i64 start = ((i64)blockIdx.x * blockDim.x + threadIdx.x) * EIGHT;
  if (start + EIGHT <= n && W > 1) {
    float values[EIGHT];
    const int read = 16 / sizeof(From), written = 16 / sizeof(To);
#pragma unroll
    for (int i = 0; i < EIGHT; i += read) Chunk<From, read>::load(from + start + i, values + i);
#pragma unroll
    for (int i = 0; i < EIGHT; i += written) Chunk<To, written>::store(to + start + i, values + i);
    return;
  }
  for (i64 i = start; i < n && i < start + EIGHT; i++) to[i] = fromFloat<To>(toFloat(from[i]));
}

extern "C" __global__ void castToBf16(const float *from, Bf16 *to, i64 n) { cast<float, Bf16, 8>(from, to, n); }
extern "C" __global__ void castToBf16_scalar(const float *from, Bf16 *to, i64 n) { cast<float, Bf16, 1>(from, to, n); }
extern "C" __global__ void castToF32(const Bf16 *from, float *to, i64 n) { cast<Bf16, float, 8>(from, to, n); }
extern "C" __global__ void castToF32_scalar(const Bf16 *from, float *to, i64 n) { cast<Bf16, float, 1>(from, to, n); }
