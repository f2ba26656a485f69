/** @file From the autoencoder's planes of real numbers to the bytes of a picture. */

import type { RgbImage } from "../contract/generation.ts";

/** 0 to 255 for -1 to 1: the nearest, halves upwards, what lies outside brought to the edge. */
export function toByte(value: number): number {
  return Math.floor(Math.min(Math.max((value + 1) * 127.5, 0), 255) + 0.5);
}

/**
 * @param planes [3, height, width]: red, green, blue, -1 to 1
 */
export function toRgbImage(planes: Float32Array, width: number, height: number): RgbImage {
  const area = width * height;
  const pixels = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++)
    for (let index = 0; index < area; index++)
      pixels[3 * index + channel] = toByte(planes[channel * area + index] ?? Number.NaN);
  return { width, height, pixels };
}

/** Index of the first value that is no finite number, or -1. */
export function findNonFinite(values: Float32Array): number {
  return values.findIndex((value) => !Number.isFinite(value));
}
