/** @file All 65,536 halves, and rounding against exact arithmetic. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "../../../src-main/graph/float-formats.ts";
import { findNonFinite } from "../../../src-main/graph/float-scan.ts";

const ALL_HALVES = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** The value of a half by its definition. */
function valueOf(half: number, exponentBits: number, fractionBits: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = (half >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (half & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

for (const [name, widen, narrow, exponentBits, fractionBits] of [
  ["float16", float16ToFloat32, float32ToFloat16, 5, 10],
  ["bfloat16", bfloat16ToFloat32, float32ToBfloat16, 8, 7],
] as const) {
  test(`${name}: every value widens exactly and narrows back`, () => {
    const wide = widen(ALL_HALVES);
    for (const half of ALL_HALVES)
      assert.ok(Object.is(wide[half], valueOf(half, exponentBits, fractionBits)), `half ${half}`);
    const back = narrow(wide);
    for (const half of ALL_HALVES)
      if (Number.isNaN(wide[half])) assert.ok(Number.isNaN(widen(back.subarray(half, half + 1))[0]));
      else assert.equal(back[half], half);
  });

  test(`${name}: what lies between is rounded to the nearest, a tie to the even one`, () => {
    for (let half = 0; half < 0x7fff; half++) {
      const low = valueOf(half, exponentBits, fractionBits);
      // What would follow the largest value, were there one, decides where infinity begins.
      const isLast = valueOf(half + 1, exponentBits, fractionBits) === Infinity;
      const high = isLast
        ? low + (low - valueOf(half - 1, exponentBits, fractionBits))
        : valueOf(half + 1, exponentBits, fractionBits);
      if (!Number.isFinite(low)) break;
      const middle = (low + high) / 2;
      // Rounded, not computed: a step of the float32 below and above the middle.
      const [exact, above] = nextFloat(middle);
      const expected = exact === middle ? half + (half & 1) : half;
      const floats = Float32Array.of(middle, above, -middle, -above);
      const halves = narrow(floats);
      assert.deepEqual(
        [...halves],
        [expected, half + 1, expected | 0x8000, (half + 1) | 0x8000],
        `between ${low} and ${high}`,
      );
    }
  });

  test(`${name}: a NaN stays one, whatever its payload`, () => {
    const bits = Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0x7fc00000, 0x7f80ffff);
    for (const value of widen(narrow(new Float32Array(bits.buffer)))) assert.ok(Number.isNaN(value));
  });
}

/** A float32 and the next larger one. */
function nextFloat(value: number): [number, number] {
  const float = Float32Array.of(value);
  const exact = float[0]!;
  new Uint32Array(float.buffer)[0]! += 1;
  return [exact, float[0]!];
}

test("values that are not finite are found at their place, in every type", () => {
  const bytesOf = (array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(array.buffer);
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.equal(findNonFinite("F32", bytesOf(Float32Array.of(1, 3.4e38, bad, 2))), 2);
    assert.equal(findNonFinite("F64", bytesOf(Float64Array.of(1, 1.7e308, bad, bad))), 2);
    assert.equal(findNonFinite("F16", bytesOf(float32ToFloat16(Float32Array.of(65504, bad)))), 1);
    assert.equal(findNonFinite("BF16", bytesOf(float32ToBfloat16(Float32Array.of(3e38, -1, bad)))), 2);
  }
  assert.equal(findNonFinite("F32", bytesOf(Float32Array.of(0, -0, 1e-45, -3.4e38))), -1);
  assert.equal(findNonFinite("F64", bytesOf(Float64Array.of(0, 5e-324, -1.7e308))), -1);
  assert.equal(findNonFinite("F8_E5M2", Uint8Array.of(0x7b, 0xfc)), 1);
  assert.equal(findNonFinite("F8_E4M3", Uint8Array.of(0x7e, 0xff)), 1);
  assert.equal(findNonFinite("F8_E4M3FNUZ", Uint8Array.of(0x7f, 0x80)), 1);
  assert.equal(findNonFinite("I32", bytesOf(Int32Array.of(-1, 0x7f800000))), -1);
});
