/**
 * @file Random weights that are the same on every machine: a counter-based generator of integers, and a sum of four
 * uniforms in place of a normal. Integer arithmetic and one division only; no logarithm or cosine, whose last bits differ.
 *
 * For synthetic weights, not for noise of pictures: the tails end at 3.46 deviations.
 */

/** A stream for each name, so that a tensor's values do not depend on what else a file holds. */
export function streamOf(seed: number, name: string): number {
  let hash = mix((0x811c9dc5 ^ seed) >>> 0) ^ mix(Math.floor(seed / 2 ** 32) >>> 0);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return mix(hash >>> 0);
}

/** Mean of the sum of four whole numbers from 0 to 65535. */
const SUM_MEAN = 4 * 32767.5;
/** Its standard deviation: each has the variance (65536² - 1) / 12. */
const SUM_DEVIATION = Math.sqrt((65536 ** 2 - 1) / 3);

/**
 * Fills with approximately normal values of the given mean and standard deviation.
 * @param start position in the stream of the first value, so that a tensor can be made in pieces
 */
export function fillNormal(target: Float32Array, stream: number, start: number, mean: number, deviation: number): void {
  const factor = deviation / SUM_DEVIATION;
  for (let i = 0; i < target.length; i++) {
    const a = mix((stream + Math.imul(start + i, 0x9e3779b9)) >>> 0);
    const b = mix(a ^ 0x5bd1e995);
    const sum = (a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16);
    target[i] = mean + (sum - SUM_MEAN) * factor;
  }
}

/** A bijection of 32-bit numbers in which every input bit changes about half of the output bits. */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
