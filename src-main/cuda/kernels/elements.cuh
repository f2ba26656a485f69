// Element types, and eight elements of a row in the registers of one thread.
//
// Every kernel is a template over the element type T and over W, how many elements it moves at once: as many as fit into
// 16 bytes where rows and addresses allow, else fewer. Tensors that are float32 whatever T move in chunks of as many
// elements. Arithmetic is float32 throughout.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;

#define EIGHT 8
#define FULL_WARP 0xffffffffu

struct Bf16 {
  u16 bits;
};

__device__ __forceinline__ float toFloat(float value) { return value; }
__device__ __forceinline__ float toFloat(Bf16 value) { return __uint_as_float((u32)value.bits << 16); }

// Both halves of a word: rounded to the nearest, ties to even; not-a-number stays so.
__device__ __forceinline__ u32 packBf16(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  u32 packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
#else
  u32 bits[2] = {__float_as_uint(low), __float_as_uint(high)};
  for (int i = 0; i < 2; i++) {
    bool isNan = (bits[i] & 0x7fffffffu) > 0x7f800000u;
    bits[i] = isNan ? 0x7fffu : (bits[i] + 0x7fffu + ((bits[i] >> 16) & 1u)) >> 16;
  }
  return bits[0] | (bits[1] << 16);
#endif
}

template <typename T> __device__ __forceinline__ T fromFloat(float value);
template <> __device__ __forceinline__ float fromFloat<float>(float value) { return value; }
template <> __device__ __forceinline__ Bf16 fromFloat<Bf16>(float value) {
  Bf16 element;
  element.bits = (u16)(packBf16(value, 0.0f) & 0xffffu);
  return element;
}

// W elements at `from`, widened. The general form moves them one by one; the others move 16 bytes.
template <typename T, int W> struct Chunk {
  static __device__ __forceinline__ void load(const T *from, float *values) {
#pragma unroll
    for (int i = 0; i < W; i++) values[i] = toFloat(from[i]);
  }
  static __device__ __forceinline__ void store(T *to, const float *values) {
#pragma unroll
    for (int i = 0; i < W; i++) to[i] = fromFloat<T>(values[i]);
  }
};

template <> struct Chunk<float, 4> {
  static __device__ __forceinline__ void load(const float *from, float *values) {
    float4 chunk = *reinterpret_cast<const float4 *>(from);
    values[0] = chunk.x;
    values[1] = chunk.y;
    values[2] = chunk.z;
    values[3] = chunk.w;
  }
  static __device__ __forceinline__ void store(float *to, const float *values) {
    float4 chunk;
    chunk.x = values[0];
    chunk.y = values[1];
    chunk.z = values[2];
    chunk.w = values[3];
    *reinterpret_cast<float4 *>(to) = chunk;
  }
};

// Beside eight of Bf16.
template <> struct Chunk<float, 8> {
  static __device__ __forceinline__ void load(const float *from, float *values) {
    Chunk<float, 4>::load(from, values);
    Chunk<float, 4>::load(from + 4, values + 4);
  }
  static __device__ __forceinline__ void store(float *to, const float *values) {
    Chunk<float, 4>::store(to, values);
    Chunk<float, 4>::store(to + 4, values + 4);
  }
};

template <> struct Chunk<Bf16, 8> {
  static __device__ __forceinline__ void load(const Bf16 *from, float *values) {
    uint4 chunk = *reinterpret_cast<const uint4 *>(from);
    u32 words[4] = {chunk.x, chunk.y, chunk.z, chunk.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      values[2 * i] = __uint_as_float(words[i] << 16);
      values[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
    }
  }
  static __device__ __forceinline__ void store(Bf16 *to, const float *values) {
    uint4 chunk;
    chunk.x = packBf16(values[0], values[1]);
    chunk.y = packBf16(values[2], values[3]);
    chunk.z = packBf16(values[4], values[5]);
    chunk.w = packBf16(values[6], values[7]);
    *reinterpret_cast<uint4 *>(to) = chunk;
  }
};

// The eight elements that one of `lanes` threads holds of a row of `size`: 8 / W chunks of W, strided so that
// neighbouring threads read neighbouring memory. `size` is a multiple of W; what lies past it reads as 0. The same
// elements of rows of any type.
template <int W> struct Slice {
  int lane, lanes, size;

  __device__ __forceinline__ Slice(int lane_, int lanes_, int size_) : lane(lane_), lanes(lanes_), size(size_) {}

  // Index in the row of the thread's element of that number.
  __device__ __forceinline__ int index(int element) const { return (lane + element / W * lanes) * W + element % W; }

  __device__ __forceinline__ bool holds(int element) const { return index(element) < size; }

  template <typename T> __device__ __forceinline__ void load(const T *row, float (&values)[EIGHT]) const {
#pragma unroll
    for (int first = 0; first < EIGHT; first += W) {
      if (holds(first)) {
        Chunk<T, W>::load(row + index(first), values + first);
      } else {
#pragma unroll
        for (int i = 0; i < W; i++) values[first + i] = 0.0f;
      }
    }
  }

  template <typename T> __device__ __forceinline__ void store(T *row, const float (&values)[EIGHT]) const {
#pragma unroll
    for (int first = 0; first < EIGHT; first += W)
      if (holds(first)) Chunk<T, W>::store(row + index(first), values + first);
  }
};

// Defines the kernels NAME_f32, NAME_bf16 (16 bytes at a time) and NAME_f32_scalar, NAME_bf16_scalar (SCALAR elements at
// a time). PARAMETERS and ARGUMENTS are in parentheses; in PARAMETERS the element type is called T.
#define INSTANTIATE(NAME, BOUND, SCALAR, PARAMETERS, ARGUMENTS)                                                        \
  namespace NAME##Float {                                                                                              \
  typedef float T;                                                                                                     \
  extern "C" __global__ void __launch_bounds__(BOUND) NAME##_f32 PARAMETERS { NAME<T, 4> ARGUMENTS; }                  \
  extern "C" __global__ void __launch_bounds__(BOUND) NAME##_f32_scalar PARAMETERS { NAME<T, SCALAR> ARGUMENTS; }      \
  }                                                                                                                    \
  namespace NAME##Bf16 {                                                                                               \
  typedef Bf16 T;                                                                                                      \
  extern "C" __global__ void __launch_bounds__(BOUND) NAME##_bf16 PARAMETERS { NAME<T, 8> ARGUMENTS; }                 \
  extern "C" __global__ void __launch_bounds__(BOUND) NAME##_bf16_scalar PARAMETERS { NAME<T, SCALAR> ARGUMENTS; }     \
  }
