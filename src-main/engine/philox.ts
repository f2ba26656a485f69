/**
 * @file Philox4x32-10, the counter-based random generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers:
 * As Easy as 1, 2, 3" (SC 2011). Integer arithmetic only, so every machine gives the same words; being a function of a
 * counter and a key, any element can be made alone, in any order, on any device.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const KEY_STEP_0 = 0x9e3779b9;
const KEY_STEP_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Products of 16-bit halves and the sums formed here stay below 2^32, in which `>>> 0` and `>>> 16` are exact.
  const low = Math.imul(aLow, bLow) >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + low;
  const carry = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return ((Math.imul(aHigh, bHigh) >>> 0) + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * One block of random bits.
 * @param counter four words; each block of a stream has its own
 * @param key two words; each stream has its own
 * @param out receives four words, unsigned 32 bits each
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < ROUNDS; round++) {
    const next0 = (multiplyHigh(MULTIPLIER_1, c2) ^ c1 ^ k0) >>> 0;
    const next2 = (multiplyHigh(MULTIPLIER_0, c0) ^ c3 ^ k1) >>> 0;
    c1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c3 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    c0 = next0;
    c2 = next2;
    k0 = (k0 + KEY_STEP_0) >>> 0;
    k1 = (k1 + KEY_STEP_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
