/**
 * @file The noise a picture starts from: standard normal numbers that depend on the seed and the position alone.
 *
 * Generator: Philox4x32-10 (philox.ts), counter = index of the element, key = seed; 52 of its bits make a uniform
 * number, which the normal quantile (normal-quantile.ts) turns into a normal one. All of it in exactly rounded
 * arithmetic, so a seed gives the same bytes on every machine. PyTorch's noise for a seed cannot be reproduced: its
 * generators and transforms differ by device and version, so seeds found elsewhere give other pictures here.
 */

import { TachieError } from "../contract/errors.ts";
import { checkSeed } from "../contract/generation.ts";
import { normalQuantile } from "./normal-quantile.ts";
import { philox4x32 } from "./philox.ts";

const TWO_26 = 2 ** 26;
const TWO_32 = 2 ** 32;
const TWO_MINUS_52 = 2 ** -52;

/** Separate streams of one seed. Never renumber: stored pictures would not come back the same. */
export const NOISE_STREAMS = { latent: 0, previewFit: 1 } as const;
export type NoiseStream = keyof typeof NOISE_STREAMS;

/**
 * `length` independent standard normal numbers. A shorter run is the beginning of a longer one.
 * @throws settings.invalid for a seed that is not a whole number from 0 to 2^53 - 1
 */
export function seededNoise(seed: number, length: number, stream: NoiseStream = "latent"): Float32Array {
  checkSeed(seed);
  if (!Number.isSafeInteger(length) || length < 0)
    throw new TachieError("internal.bug", `noise of ${length} elements was asked for`);
  const key = [seed % TWO_32, Math.floor(seed / TWO_32)] as const;
  const words = new Uint32Array(4);
  const noise = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    philox4x32([index % TWO_32, Math.floor(index / TWO_32), NOISE_STREAMS[stream], 0], key, words);
    noise[index] = normalQuantile(uniform(words[0] ?? 0, words[1] ?? 0));
  }
  return noise;
}

/** The middle of one of 2^52 equal parts of the interval from 0 to 1: exact in a double, never 0 or 1, symmetric about 1/2. */
function uniform(first: number, second: number): number {
  return ((first >>> 6) * TWO_26 + (second >>> 6) + 0.5) * TWO_MINUS_52;
}
