import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { MAX_SEED } from "../../../src-main/contract/generation.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { normalQuantile, portableLogarithm } from "../../../src-main/engine/normal-quantile.ts";
import { philox4x32 } from "../../../src-main/engine/philox.ts";

test("Philox4x32-10 gives the published known answers", () => {
  // kat_vectors of Random123: counter, key, result.
  const vectors = [
    "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
  ];
  for (const vector of vectors) {
    const words = vector.split(" ").map((word) => parseInt(word, 16)) as [number, number, number, number, ...number[]];
    const out = new Uint32Array(4);
    philox4x32([words[0], words[1], words[2], words[3]], [words[4]!, words[5]!], out);
    assert.deepEqual(Array.from(out), words.slice(6));
  }
});

test("Philox agrees with exact 64-bit arithmetic on many counters and keys", () => {
  const reference = (counter: bigint[], key: bigint[]): bigint[] => {
    let [c0, c1, c2, c3] = counter as [bigint, bigint, bigint, bigint];
    let [k0, k1] = key as [bigint, bigint];
    for (let round = 0; round < 10; round++) {
      const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
      [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & 0xffffffffn, (p0 >> 32n) ^ c3 ^ k1, p0 & 0xffffffffn];
      k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
      k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
    }
    return [c0, c1, c2, c3];
  };
  let words = new Uint32Array(4);
  for (let trial = 0; trial < 2000; trial++) {
    const [a, b, c, d] = words as unknown as [number, number, number, number];
    const out = new Uint32Array(4);
    philox4x32([a, b, c, trial], [d, a ^ b ? (a ^ b) >>> 0 : 1], out);
    const expected = reference([a, b, c, trial].map(BigInt), [d, a ^ b ? (a ^ b) >>> 0 : 1].map(BigInt));
    assert.deepEqual(Array.from(out, BigInt), expected);
    words = out;
  }
});

test("the logarithm is right to 2 units in the last place", () => {
  const points = [2 ** -53, 1e-10, 0.0749, 0.07, 0.03, 0.5, Math.SQRT1_2, Math.SQRT2, 0.999, 1, 1.001, 2, 10, 1e300];
  for (let index = 0; index < 20000; index++) points.push(2 ** (-53 + index / 400));
  for (const x of points) {
    const tolerance = Math.max(4.5e-16 * Math.abs(Math.log(x)), 1e-17);
    assert.ok(Math.abs(portableLogarithm(x) - Math.log(x)) <= tolerance, `ln ${x} = ${portableLogarithm(x)}`);
  }
});

test("the quantile gives the published values and inverts the distribution function", () => {
  // Published with AS 241; the others are well-known normal quantiles to 16 digits.
  for (const [p, z] of [
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-6, -4.753424308822899],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798408],
    [0.975, 1.959963984540054],
    [0.5, 0],
  ] as const)
    assert.ok(Math.abs(normalQuantile(p) - z) <= 4e-16 * Math.max(1, Math.abs(z)) * 2, `${p}: ${normalQuantile(p)}`);
  for (let p = 0.0005; p < 1; p += 0.0005) {
    assert.ok(Math.abs(distribution(normalQuantile(p)) - p) < 1e-13, String(p));
    assert.ok(Math.abs(normalQuantile(p) + normalQuantile(1 - p)) < 1e-11);
  }
});

/** P(X <= x) by the Taylor series of the integral of the density; good where |x| is moderate. */
function distribution(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 1; Math.abs(term) > 1e-18 && k < 300; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

test("noise is standard normal: moments, Kolmogorov-Smirnov, and no correlation between neighbours or seeds", () => {
  const count = 200_000;
  for (const seed of [0, 1, 7, MAX_SEED]) {
    const noise = seededNoise(seed, count);
    const moment = (power: number) => noise.reduce((sum, x) => sum + x ** power, 0) / count;
    // Five standard errors each: Var(x) = 1, Var(x^2) = 2, Var(x^3) = 15, Var(x^4) = 96.
    const bound = (variance: number) => 5 * Math.sqrt(variance / count);
    assert.ok(Math.abs(moment(1)) < bound(1));
    assert.ok(Math.abs(moment(2) - 1) < bound(2));
    assert.ok(Math.abs(moment(3)) < bound(15));
    assert.ok(Math.abs(moment(4) - 3) < bound(96));
    const sorted = Float64Array.from(noise).sort();
    const gap = sorted.reduce((most, x, index) => Math.max(most, Math.abs(distribution(x) - (index + 0.5) / count)), 0);
    assert.ok(gap * Math.sqrt(count) < 2, `Kolmogorov-Smirnov statistic ${gap * Math.sqrt(count)}`);
    const other = seededNoise(seed === MAX_SEED ? 0 : seed + 1, count);
    const correlation = (lag: number, against: Float32Array) =>
      noise.reduce((sum, x, index) => sum + x * (against[(index + lag) % count] ?? 0), 0) / count;
    for (const lag of [1, 2, 64]) assert.ok(Math.abs(correlation(lag, noise)) < bound(1));
    assert.ok(Math.abs(correlation(0, other)) < bound(1));
  }
});

test("noise is frozen: pictures stored with a seed come back", () => {
  assert.deepEqual(Array.from(seededNoise(7, 4)), GOLDEN_7);
  const digest = (seed: number) =>
    createHash("sha256")
      .update(new Uint8Array(seededNoise(seed, 10_000).buffer))
      .digest("hex")
      .slice(0, 16);
  assert.deepEqual([0, 7, 2 ** 32, MAX_SEED].map(digest), GOLDEN_DIGESTS);
});
const GOLDEN_7 = [1.6911625862121582, -0.2353709638118744, -2.5077500343322754, -0.27880021929740906];
const GOLDEN_DIGESTS = ["c2da56846ed58111", "3d0b7a1160677bef", "336178d0abc211eb", "66f51c2a0cf3c447"];

test("a shorter run begins a longer one; seeds above 32 bits and streams differ", () => {
  assert.deepEqual(seededNoise(5, 1000).subarray(0, 10), seededNoise(5, 10));
  const starts = [0, 2 ** 32, 2 ** 33, 1].map((seed) => seededNoise(seed, 1)[0]);
  assert.equal(new Set([...starts, seededNoise(0, 1, "previewFit")[0]]).size, 5);
  assert.equal(seededNoise(1, 0).length, 0);
});

test("seeds that are not whole numbers in range are refused", () => {
  for (const seed of [-1, 0.5, NaN, Infinity, MAX_SEED + 1])
    assert.throws(() => seededNoise(seed, 4), { code: "settings.invalid", where: "seed" });
});
