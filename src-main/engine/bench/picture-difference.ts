/** @file How far one picture is from another of the same size. */

import type { PictureDifference } from "../../contract/bench.ts";
import { TachieError } from "../../contract/errors.ts";
import type { RgbImage } from "../../contract/generation.ts";

/** Of the mean square of 255: the usual definition of the peak signal to noise ratio. */
const PEAK = 255;

export function pictureDifference(a: RgbImage, b: RgbImage): PictureDifference {
  if (a.width !== b.width || a.height !== b.height || a.pixels.length === 0)
    throw new TachieError("internal.bug", "pictures of different sizes are compared");
  let [sum, squares, most] = [0, 0, 0];
  for (let index = 0; index < a.pixels.length; index++) {
    const difference = Math.abs((a.pixels[index] ?? 0) - (b.pixels[index] ?? 0));
    sum += difference;
    squares += difference * difference;
    most = Math.max(most, difference);
  }
  const count = a.pixels.length;
  if (most === 0) return { mean: 0, most: 0 };
  return { mean: sum / count, most, psnr: 10 * Math.log10((PEAK * PEAK * count) / squares) };
}
