/** @file The starter gives each character its own attributes: what is changed about one leaves the other nearly as it was. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { CommandBench } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

/** `character_1` stands on the left, `character_2` on the right. */
const DUET = readFileSync(path.resolve(import.meta.dirname, "../../assets/examples/duet.xml"), "utf8");
const SEEDS = { first: 7, count: 2 };
/** Half of the starter's own: who looks how is settled early, and the test takes half the time. */
const STEPS = 10;
const CHANNELS = 3;

/** As a share of the change in the own half. This test prints 0.14 to 0.31; without any binding it would be about 1. */
const MOST_IN_OTHER_HALF = 0.6;
/** A change that hardly shows proves nothing. Of 255; this test prints 28.6 to 33.7. */
const LEAST_IN_OWN_HALF = 15;

interface Picture {
  readonly width: number;
  readonly pixels: Buffer;
}

/** A picture by the starter for each seed. */
async function picturesOf(prompt: string): Promise<Picture[]> {
  const settings = { seed: SEEDS.first, count: SEEDS.count, steps: STEPS };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { code, json, stderr } = await bench.run(["generate", "-", ...words, "--json"], { input: prompt });
  assert.equal(code, 0, stderr);
  const files = (json.images ?? []).map(({ file, width }) => ({ file, width }));
  return Promise.all(
    files.map(async ({ file, width }) => ({ width, pixels: await sharp(file).removeAlpha().raw().toBuffer() })),
  );
}

/** Mean absolute difference of two pictures' channel values (0 to 255) in the left and in the right half. */
function changeByHalf(one: Picture, other: Picture): { left: number; right: number } {
  const sums = { left: 0, right: 0 };
  for (const [at, value] of one.pixels.entries()) {
    const column = Math.floor(at / CHANNELS) % one.width;
    sums[column < one.width / 2 ? "left" : "right"] += Math.abs(value - (other.pixels[at] ?? 0));
  }
  const valuesPerHalf = one.pixels.length / 2;
  return { left: sums.left / valuesPerHalf, right: sums.right / valuesPerHalf };
}

let originals: Picture[];
before(async () => {
  originals = await picturesOf(DUET);
});

for (const [character, own, other, from, to] of [
  ["character_2", "right", "left", "pink_hair", "green_hair"],
  ["character_1", "left", "right", "blue_hair", "blonde_hair"],
] as const)
  test(`${to} for ${from} changes ${character} and not the other`, async () => {
    assert.ok(DUET.includes(from));
    const changed = await picturesOf(DUET.replace(from, to));
    assert.deepEqual([originals.length, changed.length], [SEEDS.count, SEEDS.count]);
    for (const [index, original] of originals.entries()) {
      const picture = changed[index];
      assert.ok(picture);
      const change = changeByHalf(original, picture);
      const share = change[other] / change[own];
      const figures = `${to}, seed ${SEEDS.first + index}: ${change[own].toFixed(1)} in the own half, ${change[other].toFixed(1)} in the other (${share.toFixed(2)})`;
      console.log(figures);
      assert.ok(change[own] > LEAST_IN_OWN_HALF, figures);
      assert.ok(share < MOST_IN_OTHER_HALF, figures);
    }
  });
