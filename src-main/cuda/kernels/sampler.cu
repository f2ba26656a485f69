// Arithmetic of the sampler on float32 latents of any size. Nothing waits for the host: sums stay on the device.
#include "reduce.cuh"

// Blocks that sums are formed by, whatever the size: each leaves a part, and whoever needs the sum adds the parts up.
#define PARTS 64

// Elementwise kernels take one element a thread: a latent is small, and `out` may be one of the inputs.
__device__ __forceinline__ i64 elementIndex() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }

// out = c0 a0 + … over the first `count` of up to four latents.
extern "C" __global__ void linearCombine(float *out, const float *a0, const float *a1, const float *a2, const float *a3,
                                         float c0, float c1, float c2, float c3, int count, i64 n) {
  i64 i = elementIndex();
  if (i >= n) return;
  float sum = c0 * a0[i];
  if (count > 1) sum += c1 * a1[i];
  if (count > 2) sum += c2 * a2[i];
  if (count > 3) sum += c3 * a3[i];
  out[i] = sum;
}

// Sum of the parts that start at `parts`; for a block of at least 64 threads, all of which take part.
__device__ __forceinline__ float sumOfParts(const float *parts) {
  return blockSum(threadIdx.x < PARTS ? parts[threadIdx.x] : 0.0f);
}

__device__ __forceinline__ void storeParts(float *parts, float first, float second) {
  first = blockSum(first);
  second = blockSum(second);
  if (threadIdx.x != 0) return;
  parts[blockIdx.x] = first;
  parts[PARTS + blockIdx.x] = second;
}

// parts [2, 64]: of the squares of a, and of b where it is not null. To be launched with 64 blocks.
extern "C" __global__ void squareParts(const float *a, const float *b, float *parts, i64 n) {
  float first = 0.0f, second = 0.0f;
  for (i64 i = elementIndex(); i < n; i += (i64)gridDim.x * blockDim.x) {
    first += a[i] * a[i];
    if (b) second += b[i] * b[i];
  }
  storeParts(parts, first, second);
}

// sums [2] from parts [2, 64]. One block.
extern "C" __global__ void addParts(const float *parts, float *sums) {
  float first = sumOfParts(parts);
  float second = sumOfParts(parts + PARTS);
  if (threadIdx.x != 0) return;
  sums[0] = first;
  sums[1] = second;
}

__device__ __forceinline__ float guided(float conditional, float unconditional, float weight) {
  return unconditional + weight * (conditional - unconditional);
}

// parts [2, 64]: of the squares of the conditional velocity, and of the guided one. To be launched with 64 blocks.
extern "C" __global__ void guidanceParts(const float *conditional, const float *unconditional, float weight, float *parts,
                                         i64 n) {
  float first = 0.0f, second = 0.0f;
  for (i64 i = elementIndex(); i < n; i += (i64)gridDim.x * blockDim.x) {
    float c = conditional[i];
    float v = guided(c, unconditional[i], weight);
    first += c * c;
    second += v * v;
  }
  storeParts(parts, first, second);
}

// velocity = the guided velocity, shortened to renorm * |conditional| where it is longer (renorm 0: never); and, where xOut
// is not null, xOut = x + dt * velocity. Either output may be null, and may be one of the inputs. `parts` is from
// guidanceParts and read only where renorm is not 0.
extern "C" __global__ void guide(const float *conditional, const float *unconditional, float weight, float renorm,
                                 const float *parts, float *velocity, const float *x, float dt, float *xOut, i64 n) {
  float factor = 1.0f;
  if (renorm > 0.0f) {
    float longest = renorm * sqrtf(sumOfParts(parts));
    float length = sqrtf(sumOfParts(parts + PARTS));
    if (length > longest) factor = longest / length;
  }
  i64 i = elementIndex();
  if (i >= n) return;
  float v = factor * guided(conditional[i], unconditional[i], weight);
  float moved = xOut ? x[i] + dt * v : 0.0f;
  if (velocity) velocity[i] = v;
  if (xOut) xOut[i] = moved;
}

// Adds to *count how many of the values are infinite or not a number.
extern "C" __global__ void countNonFinite(const float *values, int *count, i64 n) {
  i64 i = elementIndex();
  if (i >= n) return;
  // All exponent bits set: by the bits, since arithmetic on such values may be optimised away.
  if ((__float_as_uint(values[i]) & 0x7f800000u) == 0x7f800000u) atomicAdd(count, 1);
}
