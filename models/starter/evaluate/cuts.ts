/** @file Planes of a picture for the reader's networks: the whole picture, and square cuts of it. */

import type { RgbImage } from "../../../src-main/contract/generation.ts";

/** A square by its middle and its side, in shares of the picture's side. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** f32 [3, height, width], -1 to 1. */
export function planes({ width, height, pixels }: RgbImage): Float32Array {
  const area = width * height;
  const result = new Float32Array(3 * area);
  for (let index = 0; index < area; index++)
    for (let channel = 0; channel < 3; channel++)
      result[channel * area + index] = (pixels[index * 3 + channel] ?? 0) / 127.5 - 1;
  return result;
}

/**
 * A square of a picture's planes, f32 [3, size, size]: bilinear samples, 0 beyond the picture's edge, as PyTorch's
 * `grid_sample` without aligned corners takes them.
 * @param image f32 [3, side, side]
 */
export function cut(image: Float32Array, side: number, { x, y, side: cutSide }: Square, size: number): Float32Array {
  const result = new Float32Array(3 * size * size);
  const at = (middle: number, index: number): number => (middle + ((index + 0.5) / size - 0.5) * cutSide) * side - 0.5;
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [left, top] = [at(x, column), at(y, row)];
      const [fromLeft, fromTop] = [Math.floor(left), Math.floor(top)];
      for (const [downward, rowShare] of [
        [0, 1 - (top - fromTop)],
        [1, top - fromTop],
      ] as const)
        for (const [rightward, columnShare] of [
          [0, 1 - (left - fromLeft)],
          [1, left - fromLeft],
        ] as const) {
          const [pixelRow, pixelColumn] = [fromTop + downward, fromLeft + rightward];
          if (pixelRow < 0 || pixelColumn < 0 || pixelRow >= side || pixelColumn >= side) continue;
          for (let channel = 0; channel < 3; channel++) {
            const value = image[(channel * side + pixelRow) * side + pixelColumn] ?? 0;
            const target = (channel * size + row) * size + column;
            result[target] = (result[target] ?? 0) + rowShare * columnShare * value;
          }
        }
    }
  return result;
}
