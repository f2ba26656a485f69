/** @file The sampler's kernels, pixels and casts against their references. */

import assert from "node:assert/strict";
import { LatentKernels } from "../../src-main/cuda/latent-kernels.ts";
import { toRgbImage } from "../../src-main/engine/pixels.ts";
import { previewImage } from "../../src-main/engine/preview.ts";
import { float32ToBfloat16 } from "../../src-main/graph/float-formats.ts";
import { TOLERANCE, assertClose } from "./kernel-bench.ts";
import type { KernelBench } from "./kernel-bench.ts";
import type { KernelCase } from "./kernel-cases.ts";
import * as reference from "./kernel-reference.ts";

const COUNTS = [1, 255, 4096, 20_011] as const;
const F32 = "float32";
const CLOSE = TOLERANCE[F32];

export const LATENT_CASES: readonly KernelCase[] = [
  ...COUNTS.flatMap((count) => [
    ...[1, 2, 3, 4].map((terms) => combineCase(count, terms)),
    squaresCase(count),
    ...[0, 0.5, 1, 100].map((renorm) => guideCase(count, renorm)),
    castCase(count, 0),
    castCase(count, 4),
  ]),
  { name: "linearCombine into one of its terms", run: combineInPlace },
  { name: "guide moves the latent in place, and gives no velocity", run: guideInPlace },
  { name: "countNonFinite adds what is not finite", run: countCase },
  { name: "planesToRgb8 gives the bytes of the host", run: planesCase },
  { name: "latentPreview gives the bytes of the host, but for ties", run: previewCase },
];

function onLatents(bench: KernelBench, run: (kernels: LatentKernels) => void): void {
  const kernels = new LatentKernels(bench.device.launcher, bench.device.memory);
  try {
    run(kernels);
  } finally {
    kernels.release();
  }
}

function combineCase(count: number, terms: number): KernelCase {
  return {
    name: `linearCombine of ${terms} x ${count}`,
    run(bench) {
      const latents = Array.from({ length: terms }, () => bench.random(count, F32));
      const coefficients = [1.5, -0.25, 3, 0.125].slice(0, terms);
      const out = bench.output(count, F32);
      const places = latents.map((latent, index) => [coefficients[index]!, bench.upload(latent, F32)] as const);
      onLatents(bench, (kernels) => kernels.linearCombine(out, places, count));
      const expected = Float64Array.from({ length: count }, (_, index) =>
        latents.reduce((sum, latent, term) => sum + coefficients[term]! * latent[index]!, 0),
      );
      assertClose(bench.download(out, F32), expected, CLOSE, "out");
    },
  };
}

function combineInPlace(bench: KernelBench): void {
  const [a, b] = [bench.random(1000, F32), bench.random(1000, F32)];
  const place = bench.upload(a, F32);
  const other = bench.upload(b, F32);
  onLatents(bench, (kernels) => {
    kernels.linearCombine(
      place,
      [
        [2, other],
        [-1, place],
      ],
      1000,
    );
  });
  assertClose(
    bench.download(place, F32),
    a.map((value, index) => 2 * b[index]! - value),
    CLOSE,
    "out",
  );
  assert.deepEqual(bench.download(other, F32), b);
}

function squaresCase(count: number): KernelCase {
  return {
    name: `sumOfSquares of ${count}, one and two, the same every time`,
    run(bench) {
      const [a, b] = [bench.random(count, F32), bench.random(count, F32, 2)];
      const [placeA, placeB] = [bench.upload(a, F32), bench.upload(b, F32)];
      const [both, again, one] = [bench.output(2, F32), bench.output(2, F32), bench.output(2, F32)];
      onLatents(bench, (kernels) => {
        kernels.sumOfSquares(both, placeA, placeB, count);
        kernels.sumOfSquares(again, placeA, placeB, count);
        kernels.sumOfSquares(one, placeA, undefined, count);
      });
      const [squareA, squareB] = [reference.norm(a) ** 2, reference.norm(b) ** 2];
      assertClose(bench.download(both, F32), Float64Array.of(squareA, squareB), CLOSE, "sums");
      assert.deepEqual(bench.download(again, F32), bench.download(both, F32));
      assertClose(bench.download(one, F32), Float64Array.of(squareA, 0), CLOSE, "sum");
    },
  };
}

function guideCase(count: number, renorm: number): KernelCase {
  return {
    name: `guide ${count} with renorm ${renorm}, velocity and Euler step`,
    run(bench) {
      const [c, u, x] = [bench.random(count, F32), bench.random(count, F32), bench.random(count, F32)];
      const [conditional, unconditional] = [bench.upload(c, F32), bench.upload(u, F32)];
      const [velocity, out] = [bench.output(count, F32), bench.output(count, F32)];
      const [weight, dt] = [4.5, 0.0625];
      const update = { x: bench.upload(x, F32), dt, out };
      onLatents(bench, (kernels) =>
        kernels.guide({ conditional, unconditional, weight, renorm }, count, { velocity, update }),
      );
      const expected = reference.guided(c, u, weight, renorm);
      assertClose(bench.download(velocity, F32), expected, CLOSE, "velocity");
      const moved = expected.map((value, index) => x[index]! + dt * value);
      assertClose(bench.download(out, F32), moved, CLOSE, "x'");
    },
  };
}

function guideInPlace(bench: KernelBench): void {
  const count = 5000;
  const [c, u, x] = [bench.random(count, F32), bench.random(count, F32), bench.random(count, F32)];
  const [conditional, unconditional, place] = [bench.upload(c, F32), bench.upload(u, F32), bench.upload(x, F32)];
  const guidance = { conditional, unconditional, weight: 3, renorm: 0.75 };
  onLatents(bench, (kernels) => kernels.guide(guidance, count, { update: { x: place, dt: 0.5, out: place } }));
  const expected = reference.guided(c, u, 3, 0.75).map((value, index) => x[index]! + 0.5 * value);
  assertClose(bench.download(place, F32), expected, CLOSE, "x'");
  assert.deepEqual(bench.download(conditional, F32), c);
}

function countCase(bench: KernelBench): void {
  const values = bench.random(3000, F32);
  values[0] = NaN;
  values[1777] = Infinity;
  values[2999] = -Infinity;
  // Largest finite number, smallest subnormal one, both zeros.
  values.set([3.4028234663852886e38, 1e-45, 0, -0], 100);
  const place = bench.upload(values, F32);
  const counter = bench.bytes(new Uint8Array(Int32Array.of(5).buffer));
  onLatents(bench, (kernels) => kernels.countNonFinite(counter, place, values.length));
  assert.equal(new Int32Array(bench.downloadBytes(counter).buffer)[0], 5 + 3);
}

function planesCase(bench: KernelBench): void {
  const [width, height] = [37, 29];
  const planes = bench.random(3 * width * height, F32);
  // All ties and edges there are, and what is no number.
  for (let byte = 0; byte < 256; byte++) planes[byte] = (byte + 0.5) / 127.5 - 1;
  planes.set([-1, 1, -1.5, 2, NaN, Infinity, -Infinity, 0, -0], 300);
  const pixels = bench.bytes(new Uint8Array(planes.length));
  const place = bench.upload(planes, F32);
  onLatents(bench, (kernels) => kernels.planesToRgb8(pixels, place, width * height));
  assert.deepEqual(bench.downloadBytes(pixels), toRgbImage(planes, width, height).pixels);
}

function previewCase(bench: KernelBench): void {
  const [channels, width, height] = [16, 31, 17];
  const latent = bench.random(channels * width * height, F32);
  const factors = Array.from({ length: 3 }, () => [...bench.random(channels + 1, F32, 0.1)]);
  const pixels = bench.bytes(new Uint8Array(3 * width * height));
  const [place, table] = [bench.upload(latent, F32), bench.upload(Float32Array.from(factors.flat()), F32)];
  const area = width * height;
  onLatents(bench, (kernels) => kernels.latentPreview(pixels, place, table, { channels, area }));
  const actual = bench.downloadBytes(pixels);
  const expected = previewImage(factors, latent, width, height).pixels;
  const differences = actual.map((value, index) => Math.abs(value - expected[index]!));
  assert.ok(Math.max(...differences) <= 1, "a byte is off by more than a tie");
  assert.ok(differences.filter((value) => value !== 0).length <= 3, "more bytes differ than ties explain");
}

function castCase(count: number, offset: number): KernelCase {
  return {
    name: `casts of ${count} at +${offset}, exact`,
    run(bench) {
      const values = bench.random(count, F32);
      // Ties to even both ways, infinities, too large, subnormal.
      const special = [1.00390625, 1.01171875, Infinity, -Infinity, 3.4028234663852886e38, 1e-45, -0];
      values.set(special.slice(0, count));
      const from = bench.upload(values, F32, offset);
      const [narrow, wide] = [bench.output(count, "bfloat16", offset), bench.output(count, F32, offset)];
      onLatents(bench, (kernels) => {
        kernels.castToBf16(narrow, from, count);
        kernels.castToF32(wide, narrow, count);
      });
      const expected = float32ToBfloat16(values);
      assert.deepEqual(new Uint16Array(bench.downloadBytes(narrow).buffer), expected);
      const widened = new Uint32Array(bench.downloadBytes(wide).buffer);
      assert.deepEqual(
        widened,
        Uint32Array.from(expected, (half) => half * 65536),
      );
    },
  };
}
