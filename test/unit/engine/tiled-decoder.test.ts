import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import { openModelFolder } from "../../../models/model-folder.ts";
import { applyToggles } from "../../../src-main/contract/toggle-rules.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { hostHome } from "../../../src-main/engine/host-home.ts";
import { openNetworks } from "../../../src-main/engine/networks.ts";
import type { ImageDecoder } from "../../../src-main/engine/roles.ts";
import { tileStarts, tiledDecoder } from "../../../src-main/engine/tiled-decoder.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";

/** Enlarges each cell's first three channels: what is decoded in tiles must then be the same. */
function enlarging(calls: string[]): ImageDecoder {
  const scale = 4;
  return {
    channels: 3,
    scale,
    decode(latent, height, width) {
      calls.push(`${height}x${width}`);
      const [rows, columns] = [height * scale, width * scale];
      return Promise.resolve(
        Float32Array.from({ length: 3 * rows * columns }, (_, index) => {
          const [plane, place] = [Math.floor(index / (rows * columns)), index % (rows * columns)];
          const [y, x] = [Math.floor(place / columns / scale), Math.floor((place % columns) / scale)];
          return latent[(plane * height + y) * width + x] ?? NaN;
        }),
      );
    },
    decodePicture: () => Promise.reject(new Error("not for tiles")),
    release: () => Promise.resolve(),
  };
}

test("tiles cover the side with the overlap at least, and end with it", () => {
  for (const length of [1, 7, 8, 9, 12, 15, 40, 41, 113]) {
    const tile = { edge: 8, overlap: 3 };
    const starts = tileStarts(length, tile);
    assert.equal(starts[0], 0);
    assert.equal(Math.min(length, starts.at(-1)! + 8), length);
    if (length > 8) assert.equal(starts.at(-1)! + 8, length);
    for (const [index, start] of starts.slice(1).entries())
      assert.ok(start - starts[index]! <= 5 && start > starts[index]!);
  }
});

test("a decoder that looks at single cells gives the same in tiles, which are all of one size", async () => {
  for (const [height, width] of [
    [8, 8],
    [9, 8],
    [13, 14],
    [20, 31],
  ] as const) {
    const calls: string[] = [];
    const decoder = enlarging(calls);
    const latent = Float32Array.from({ length: 3 * height * width }, (_, index) => Math.sin(index));
    const expected = await decoder.decode(latent, height, width);
    calls.length = 0;
    const actual = await tiledDecoder(decoder, { edge: 8, overlap: 3 }).decode(latent, height, width);
    assert.deepEqual([...new Set(calls)], ["8x8"]);
    for (const [index, value] of actual.entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-5);
  }
});

const starter = path.resolve(import.meta.dirname, "../../../models/starter");
const EDGE = 32;
const SIDE = 64;
const TILE = { edge: EDGE, overlap: 8 };
let decoder: ImageDecoder;
let latent: Float32Array;

before(async () => {
  const toggles = applyToggles(DEFAULT_TOGGLES, "cpu");
  const home = hostHome(await createNodeRuntime(), { toggles, signal: { aborted: false } });
  ({ decoder } = await openNetworks(openModelFolder(starter), home, new Map()));
  // Smooth in space, as latents of pictures are.
  latent = Float32Array.from({ length: decoder.channels * SIDE * SIDE }, (_, index) => {
    const [channel, place] = [Math.floor(index / SIDE ** 2), index % SIDE ** 2];
    const [y, x] = [Math.floor(place / SIDE), place % SIDE];
    return Math.sin(x / (5 + channel) + channel) + Math.cos(y / (4 + channel) - channel);
  });
});

/**
 * How much what tiles change steps from pixel to pixel, where a tile begins or ends to count and elsewhere: a seam is a
 * step that the whole picture does not have.
 */
function steps(tiled: Float32Array, whole: Float32Array, tile: typeof TILE): { seam: number; other: number } {
  const size = SIDE * decoder.scale;
  const ends = tileStarts(SIDE, tile).flatMap((start) => [start, start + EDGE]);
  const seams = new Set(ends.map((cell) => cell * decoder.scale));
  let [seam, seamCount, other, otherCount] = [0, 0, 0, 0];
  for (let line = 0; line < 3 * size; line++)
    for (let x = 1; x < size; x++) {
      const at = line * size + x;
      const step = Math.abs(tiled[at]! - whole[at]! - (tiled[at - 1]! - whole[at - 1]!));
      if (seams.has(x)) [seam, seamCount] = [seam + step, seamCount + 1];
      else [other, otherCount] = [other + step, otherCount + 1];
    }
  return { seam: seam / seamCount, other: other / otherCount };
}

test("the starter's decoder in tiles differs little from the whole, and no seam shows", async (context) => {
  const whole = await decoder.decode(latent, SIDE, SIDE);
  const tiled = await tiledDecoder(decoder, TILE).decode(latent, SIDE, SIDE);
  const mean = tiled.reduce((sum, value, index) => sum + Math.abs(value - whole[index]!), 0) / whole.length;
  const blended = steps(tiled, whole, TILE);
  context.diagnostic(`mean difference ${mean.toFixed(4)} of 2; at seams ${JSON.stringify(blended)}`);
  assert.ok(mean > 0, "tiles change nothing: the whole was decoded");
  assert.ok(mean < 0.06, `${mean}`);
  assert.ok(blended.seam < 1.5 * blended.other, JSON.stringify(blended));
  // The measure can tell: tiles that have nothing in common show their seams.
  const apart = { edge: EDGE, overlap: 0 };
  const hard = steps(await tiledDecoder(decoder, apart).decode(latent, SIDE, SIDE), whole, apart);
  context.diagnostic(`without overlap ${JSON.stringify(hard)}`);
  assert.ok(hard.seam > 3 * hard.other, JSON.stringify(hard));
});
