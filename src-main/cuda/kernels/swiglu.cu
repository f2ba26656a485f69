// out = silu(gate) * up, over n elements; a block of 256 threads takes 2048.
#include "elements.cuh"

__device__ __forceinline__ float silu(float x, float) { return x / (1.0f + expf(-x)); }
// bfloat16 keeps 8 bits, so the quick exponential and quotient lose nothing.
__device__ __forceinline__ float silu(float x, Bf16) { return __fdividef(x, 1.0f + __expf(-x)); }

template <typename T, int W>
__device__ __forceinline__ void swiGlu(const T *gate, const T *up, T *out, i64 n) {
  i64 start = (i64)blockIdx.x * blockDim.x * EIGHT;
  i64 rest = n - start;
  int size = (int)(rest < (i64)blockDim.x * EIGHT ? rest : (i64)blockDim.x * EIGHT);
  Slice<W> slice(threadIdx.x, blockDim.x, size);
  float a[EIGHT], b[EIGHT];
  slice.load(gate + start, a);
  slice.load(up + start, b);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] = silu(a[i], T()) * b[i];
  slice.store(out + start, a);
}

INSTANTIATE(swiGlu, 256, 1, (const T *gate, const T *up, T *out, i64 n), (gate, up, out, n))
