// Norms over rows of up to 8192 elements: one block a row, eight elements a thread, the row in registers throughout. What is
// normed and the factors are float32 whatever T, the type of the results (and of y); see graph/tachie-operators.ts.
#include "reduce.cuh"

// 1 / sqrt(mean(v²) + epsilon) of the row that the block holds.
__device__ __forceinline__ float inverseRms(const float (&values)[EIGHT], int size, float epsilon) {
  return rsqrtf(__fdividef(blockSum(sumOfSquares(values)), size) + epsilon);
}

// x' = x + rms(y) * gate; h = rms(x') * scale.
template <typename T, int W>
__device__ __forceinline__ void residualNorm(const float *x, const T *y, const float *gate, const float *scale,
                                             float *sum, T *normed, int size, float epsilon) {
  i64 row = (i64)blockIdx.x * size;
  Slice<W> slice(threadIdx.x, blockDim.x, size);
  // All loads come first: they wait for memory together.
  float a[EIGHT], b[EIGHT], gates[EIGHT], scales[EIGHT];
  slice.load(y + row, b);
  slice.load(x + row, a);
  slice.load(gate, gates);
  slice.load(scale, scales);
  float inverse = inverseRms(b, size, epsilon);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] += b[i] * inverse * gates[i];
  slice.store(sum + row, a);
  inverse = inverseRms(a, size, epsilon);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] = a[i] * inverse * scales[i];
  slice.store(normed + row, a);
}

// out = rms(x) * scale.
template <typename T, int W>
__device__ __forceinline__ void normModulate(const float *x, const float *scale, T *out, int size, float epsilon) {
  i64 row = (i64)blockIdx.x * size;
  Slice<W> slice(threadIdx.x, blockDim.x, size);
  float a[EIGHT], factor[EIGHT];
  slice.load(x + row, a);
  slice.load(scale, factor);
  float inverse = inverseRms(a, size, epsilon);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] = a[i] * inverse * factor[i];
  slice.store(out + row, a);
}

// out = (x - mean) / sqrt(variance + epsilon) * scale. The variance is taken of the differences, not of the squares,
// which would cancel.
template <typename T, int W>
__device__ __forceinline__ void layerNormScale(const float *x, const float *scale, T *out, int size, float epsilon) {
  i64 row = (i64)blockIdx.x * size;
  Slice<W> slice(threadIdx.x, blockDim.x, size);
  float a[EIGHT], factor[EIGHT];
  slice.load(x + row, a);
  slice.load(scale, factor);
  float total = 0.0f;
#pragma unroll
  for (int i = 0; i < EIGHT; i++) total += a[i];
  float mean = __fdividef(blockSum(total), size);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] = slice.holds(i) ? a[i] - mean : 0.0f;
  float inverse = inverseRms(a, size, epsilon);
#pragma unroll
  for (int i = 0; i < EIGHT; i++) a[i] = a[i] * inverse * factor[i];
  slice.store(out + row, a);
}

INSTANTIATE(residualNorm, 1024, 1,
            (const float *x, const T *y, const float *gate, const float *scale, float *sum, T *normed, int size,
             float epsilon),
            (x, y, gate, scale, sum, normed, size, epsilon))
INSTANTIATE(normModulate, 1024, 1, (const float *x, const float *scale, T *out, int size, float epsilon),
            (x, scale, out, size, epsilon))
INSTANTIATE(layerNormScale, 1024, 1, (const float *x, const float *scale, T *out, int size, float epsilon),
            (x, scale, out, size, epsilon))
