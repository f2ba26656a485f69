// From the fused projection to attention's inputs: heads of q and k normed and rotated, k and v repeated for the query
// heads that they serve.
#include "reduce.cuh"

// `lanes` threads (a power of two up to 32, 8 * lanes >= width) hold a head; a block of 256 takes 256 / lanes heads of the
// rows * (heads + 2 * kvHeads) that there are. W is even: a rotated pair never spans two threads.
template <typename T, int W>
__device__ __forceinline__ void qkvNormRotary(const T *qkv, const T *qWeight, const T *kWeight, const float *cosines,
                                              const float *sines, T *q, T *k, T *v, i64 rows, int heads, int kvHeads,
                                              int width, int lanes, float epsilon) {
  int parts = heads + 2 * kvHeads;
  i64 all = rows * parts;
  i64 head = (i64)blockIdx.x * (blockDim.x / lanes) + threadIdx.x / lanes;
  bool isInside = head < all;
  // Threads without a head stay for the sums of their warp.
  if (!isInside) head = all - 1;
  i64 row = head / parts;
  int part = (int)(head % parts);
  Slice<T, W> slice(threadIdx.x % lanes, lanes, width);
  float a[EIGHT];
  slice.load(qkv + head * width, a);
  float inverse = rsqrtf(groupSum(sumOfSquares(a), lanes) / width + epsilon);
  bool isValue = part >= heads + kvHeads;
  if (!isValue) {
    float weight[EIGHT];
    slice.load(part < heads ? qWeight : kWeight, weight);
    const float *rowCosines = cosines + row * (width / 2);
    const float *rowSines = sines + row * (width / 2);
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
  i64 outRow = row * heads * width;
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
             i64 rows, int heads, int kvHeads, int width, int lanes, float epsilon),
            (qkv, qWeight, kWeight, cosines, sines, q, k, v, rows, heads, kvHeads, width, lanes, epsilon))
