import assert from "node:assert/strict";
import { test } from "node:test";
import { findNonFinite, toByte, toRgbImage } from "../../../src-main/engine/pixels.ts";

test("-1 to 1 becomes 0 to 255, the nearest, halves upwards, the rest clamped", () => {
  for (const [value, byte] of [
    [-1, 0],
    [1, 255],
    [0, 128],
    [-7, 0],
    [1.0001, 255],
    [1 / 127.5 - 1, 1],
    [0.49 / 127.5 - 1, 0],
    [254.4 / 127.5 - 1, 254],
  ] as const)
    assert.equal(toByte(value), byte, String(value));
});

test("planes become interleaved pixels, row by row", () => {
  const planes = Float32Array.from([-1, 1, 0, -1, 1, 1, 1, 1, -1, -1, -1, 0]);
  const image = toRgbImage(planes, 2, 2);
  assert.deepEqual(Array.from(image.pixels), [0, 255, 0, 255, 255, 0, 128, 255, 0, 0, 255, 128]);
});

test("the first value that is no finite number is found", () => {
  assert.equal(findNonFinite(Float32Array.of(1, -2, 3e38)), -1);
  assert.equal(findNonFinite(Float32Array.of(1, NaN, Infinity)), 1);
  assert.equal(findNonFinite(Float32Array.of(-Infinity)), 0);
});
