/**
 * @file Damaged PNGs in number: counts, the slowest, and how much the process grew.
 *
 * node test/bench/png-fuzz.bench.ts [COUNT] [SEED]
 */

import { fuzzPngs } from "../fixtures/png-mutations.ts";

const [count = 100_000, seed = 2] = process.argv.slice(2).map(Number);
const startedAt = performance.now();
const { read, refused, slowestMs, grownBytes } = await fuzzPngs(count, seed);
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${count} PNGs (seed ${seed}) in ${seconds.toFixed(1)} s: ${read} read, ${refused} refused with image.invalid, 0 otherwise`,
);
console.log(
  `slowest ${slowestMs.toFixed(1)} ms, resident memory grew by at most ${(grownBytes / 2 ** 20).toFixed(1)} MiB`,
);
if (slowestMs > 50 || grownBytes > 32 << 20) process.exitCode = 1;
