/** @file How far two pictures of one size are from each other, in levels of colour from 0 to 255. */

export interface Difference {
  /** Over all channels of all pixels. */
  readonly mean: number;
  readonly most: number;
  /** Of the pixels, those that differ at all: from 0 to 1. */
  readonly share: number;
  /** Decibels; absent where the pictures are the same. */
  readonly psnr?: number;
}

const CHANNELS = 3;
const PEAK = 255;

/**
 * @param left four bytes a pixel, of which the fourth does not count
 * @param right as many
 */
export function differenceOf(left: Uint8ClampedArray, right: Uint8ClampedArray): Difference {
  const pixels = left.length / 4;
  let [sum, squares, most, differing] = [0, 0, 0, 0];
  for (let at = 0; at < left.length; at += 4) {
    let differs = 0;
    for (let channel = 0; channel < CHANNELS; channel++) {
      const by = Math.abs((left[at + channel] ?? 0) - (right[at + channel] ?? 0));
      sum += by;
      squares += by * by;
      if (by > most) most = by;
      differs |= by;
    }
    if (differs !== 0) differing++;
  }
  const values = Math.max(1, pixels * CHANNELS);
  const psnr = squares === 0 ? {} : { psnr: 10 * Math.log10((PEAK * PEAK * values) / squares) };
  return { mean: sum / values, most, share: differing / Math.max(1, pixels), ...psnr };
}

/** The difference as a picture: black where nothing differs. @param gain how many times as strong */
export function differencePicture(
  left: Uint8ClampedArray,
  right: Uint8ClampedArray,
  gain: number,
): Uint8ClampedArray<ArrayBuffer> {
  const picture = new Uint8ClampedArray(left.length);
  for (let at = 0; at < left.length; at += 4) {
    for (let channel = 0; channel < CHANNELS; channel++)
      picture[at + channel] = Math.abs((left[at + channel] ?? 0) - (right[at + channel] ?? 0)) * gain;
    picture[at + 3] = PEAK;
  }
  return picture;
}
