// From planes of real numbers to bytes of a picture, one pixel a thread.
#include "elements.cuh"

// 0 to 255 for -1 to 1: the nearest, halves upwards, what lies outside brought to the edge, not-a-number to 0. In float64,
// so that the bytes are those that the host makes.
__device__ __forceinline__ u8 toByte(double value) {
  double level = (value + 1.0) * 127.5;
  if (!(level > 0.0)) level = 0.0;
  if (level > 255.0) level = 255.0;
  return (u8)(int)floor(level + 0.5);
}

// planes [3, area] to pixels [area, 3].
extern "C" __global__ void planesToRgb8(const float *planes, u8 *pixels, i64 area) {
  i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= area) return;
  for (int colour = 0; colour < 3; colour++) pixels[3 * i + colour] = toByte((double)planes[colour * area + i]);
}

// latent [channels, area] and factors [3, channels + 1], the last a constant, to pixels [area, 3].
extern "C" __global__ void latentPreview(const float *latent, const float *factors, u8 *pixels, int channels, i64 area) {
  i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= area) return;
  float red = factors[channels];
  float green = factors[2 * channels + 1];
  float blue = factors[3 * channels + 2];
  for (int channel = 0; channel < channels; channel++) {
    float value = latent[channel * area + i];
    red += factors[channel] * value;
    green += factors[channels + 1 + channel] * value;
    blue += factors[2 * (channels + 1) + channel] * value;
  }
  pixels[3 * i] = toByte(red);
  pixels[3 * i + 1] = toByte(green);
  pixels[3 * i + 2] = toByte(blue);
}
