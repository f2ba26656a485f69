// From the fused projection to attention's inputs: heads of q and k normed and rotated, k and v repeated for the query
// heads that they serve.
#include "reduce.cuh"

// 2^laneBits threads, at most 32 and eight times them at least the width, hold a head; a block takes as many of the
// rows * (heads + 2 * kvHeads) heads as fit. W is even: a rotated pair never spans two threads. Indices of heads are 32-bit
// and quotients by the lanes are shifts, for a 64-bit division would take longer than the memory does.
template <typename T, int W>
__device__ __forceinline__ void qkvNormRotary(const T *qkv, const T *qWeight, const T *kWeight, const float *cosines,
                                              const float *sines, T *q, T *k, T *v, int rows, int heads, int kvHeads,
                                              int width, int laneBits, float epsilon) {
  int lanes = 1 << laneBits;
  u32 parts = heads + 2 * kvHeads;
  u32 all = rows * parts;
  u32 head = blockIdx.x * (blockDim.x >> laneBits) + (threadIdx.x >> laneBits);
  bool isInside = head < all;
  // Threads without a head stay for the sums of their warp.
  if (!isInside) head = all - 1;
  u32 row = head / parts;
  int part = (int)(head - row * parts);
  Slice<W> slice(threadIdx.x & (lanes - 1), lanes, width);
  float a[EIGHT];
  slice.load(qkv + (i64)head * width, a);
  float inverse = rsqrtf(__fdividef(groupSum(sumOfSquares(a), lanes), width) + epsilon);
  bool isValue = part >= heads + kvHeads;
  if (!isValue) {
    float weight[EIGHT];
    slice.load(part < heads ? qWeight : kWeight, weight);
    const float *rowCosines = cosines + (i64)row * (width / 2);
    const float *rowSines = sines + (i64)row * (width / 2);
#pragma unroll
    for (int first = 0; first < EIGHT; first += W) {
      if (!slice.holds(first)) continue;
      float cosine[W / 2], sine[W / 2];
      Chunk<float, W / 2>::load(rowCosines + slice.index(first) / 2, cosine);
      Chunk<float, W / 2>::load(rowSines + slice.index(first) / 2, sine);
#pragma unroll
      for (int i = 0; i < W / 2; i++) {
        float even = a[first + 2 * i] * inverse * weight[first + 2 * i];
        float odd = a[first + 2 * i + 1] * inverse * weight[first + 2 * i + 1];
        a[first + 2 * i] = even * cosine[i] - odd * sine[i];
        a[first + 2 * i + 1] = even * sine[i] + odd * cosine[i];
      }
    }
  }
  if (!isInside) return;
  i64 outRow = (i64)row * heads * width;
  if (part < heads) {
    slice.store(q + outRow + part * width, a);
    return;
  }
  int copies = heads / kvHeads;
  int first = (isValue ? part - heads - kvHeads : part - heads) * copies;
  T *out = (isValue ? v : k) + outRow + first * width;
  for (int i = 0; i < copies; i++) slice.store(out + i * width, a);
}

INSTANTIATE(qkvNormRotary, 256, 2,
            (const T *qkv, const T *qWeight, const T *kWeight, const float *cosines, const float *sines, T *q, T *k, T *v,
             int rows, int heads, int kvHeads, int width, int laneBits, float epsilon),
            (qkv, qWeight, kWeight, cosines, sines, q, k, v, rows, heads, kvHeads, width, laneBits, epsilon))
