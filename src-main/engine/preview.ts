/**
 * @file A cheap picture of a latent: every cell becomes one pixel, red, green and blue each a linear function of the
 * cell's channels.
 *
 * For any autoencoder the factors are fitted once: a few random latents of even patches are decoded, and the mean colour
 * of each cell's square is explained by the cell's channels (ridge regression). Too coarse to judge a picture by, enough
 * to see its composition come up.
 */

import type { RgbImage } from "../contract/generation.ts";
import { seededNoise } from "./noise.ts";
import { toByte } from "./pixels.ts";
import type { ImageDecoder } from "./roles.ts";

/** [red, green, blue] of `channels` factors and a constant each. */
export type PreviewFactors = readonly (readonly number[])[];

const FIT_SAMPLES = 3;
/** Cells along a side of a sample, and of its patches of one value: 16 patches give 16 independent colours. */
const FIT_SIZE = 16;
const PATCH_SIZE = 4;
/** Small against the number of cells; keeps the fit defined where the decoder ignores a channel. */
const RIDGE = 1e-3;

/** Decodes a few small latents and fits the factors to what comes out. */
export async function fitPreview(
  decoder: Pick<ImageDecoder, "channels" | "scale" | "decode">,
): Promise<PreviewFactors> {
  const { channels } = decoder;
  const size = channels + 1;
  const gram = new Float64Array(size * size);
  const targets = [0, 1, 2].map(() => new Float64Array(size));
  for (let sample = 0; sample < FIT_SAMPLES; sample++) {
    const latent = patchedNoise(sample, channels);
    const planes = await decoder.decode(latent, FIT_SIZE, FIT_SIZE);
    for (let cell = 0; cell < FIT_SIZE * FIT_SIZE; cell++) {
      const row = cellRow(latent, channels, FIT_SIZE * FIT_SIZE, cell);
      for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) gram[i * size + j]! += row[i]! * row[j]!;
      for (const [channel, target] of targets.entries()) {
        const colour = meanOfSquare(planes, channel, cell, decoder.scale);
        for (let i = 0; i < size; i++) target[i]! += row[i]! * colour;
      }
    }
  }
  for (let i = 0; i < size; i++) gram[i * size + i]! += RIDGE * FIT_SAMPLES * FIT_SIZE * FIT_SIZE;
  return targets.map((target) => Array.from(solveSymmetric(gram, target)));
}

/**
 * @param latent [channels, height, width]
 * @returns a picture of width x height pixels
 */
export function previewImage(factors: PreviewFactors, latent: Float32Array, width: number, height: number): RgbImage {
  const area = width * height;
  const pixels = new Uint8Array(3 * area);
  for (const [colour, [...weights]] of factors.entries()) {
    const constant = weights.pop() ?? 0;
    for (let cell = 0; cell < area; cell++) {
      let value = constant;
      for (const [channel, weight] of weights.entries()) value += weight * (latent[channel * area + cell] ?? 0);
      pixels[3 * cell + colour] = toByte(value);
    }
  }
  return { width, height, pixels };
}

function patchedNoise(sample: number, channels: number): Float32Array {
  const perSide = FIT_SIZE / PATCH_SIZE;
  const values = seededNoise(sample, channels * perSide * perSide, "previewFit");
  const latent = new Float32Array(channels * FIT_SIZE * FIT_SIZE);
  for (let index = 0; index < latent.length; index++) {
    const column = index % FIT_SIZE;
    const row = Math.floor(index / FIT_SIZE) % FIT_SIZE;
    const channel = Math.floor(index / (FIT_SIZE * FIT_SIZE));
    const patch = Math.floor(row / PATCH_SIZE) * perSide + Math.floor(column / PATCH_SIZE);
    latent[index] = values[channel * perSide * perSide + patch] ?? 0;
  }
  return latent;
}

/** A cell's channels, and 1 for the constant. */
function cellRow(latent: Float32Array, channels: number, area: number, cell: number): number[] {
  return [...Array.from({ length: channels }, (_, channel) => latent[channel * area + cell] ?? 0), 1];
}

function meanOfSquare(planes: Float32Array, channel: number, cell: number, scale: number): number {
  const width = FIT_SIZE * scale;
  const left = (cell % FIT_SIZE) * scale;
  const top = Math.floor(cell / FIT_SIZE) * scale;
  let sum = 0;
  for (let y = 0; y < scale; y++)
    for (let x = 0; x < scale; x++) sum += planes[(channel * width + top + y) * width + left + x] ?? 0;
  return sum / (scale * scale);
}

/** Solves A x = b for a symmetric positive definite A (row-major) by Cholesky's decomposition. */
function solveSymmetric(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}
