import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { heldOutScene } from "../../../../models/starter/draw/held-out.ts";
import { POSITIONS } from "../../../../models/starter/draw/scene.ts";
import type { SceneSpec } from "../../../../models/starter/draw/scene.ts";
import { withBlock } from "../../../../models/starter/evaluate/card.ts";
import { LEAST, notJudged, readAccuracy, shortOf } from "../../../../models/starter/evaluate/reader-accuracy.ts";
import { drawn } from "../../../../models/starter/evaluate/pictures.ts";
import { cut } from "../../../../models/starter/evaluate/cuts.ts";
import {
  CLOSED_EYES,
  READER_OUTPUTS,
  READ_ATTRIBUTES,
  findHeads,
  likeliest,
  openReader,
} from "../../../../models/starter/evaluate/reader.ts";
import type { AttributeReader, FoundCharacter } from "../../../../models/starter/evaluate/reader.ts";
import { comparePicture, sumTallies, tallyTable } from "../../../../models/starter/evaluate/tally.ts";
import type { Tally } from "../../../../models/starter/evaluate/tally.ts";
import { hasOpenEye } from "../../../../models/starter/captions/wording.ts";
import { HAIR_STYLES } from "../../../../models/starter/draw/hair-tones.ts";
import { HAIR_COLOURS } from "../../../../models/starter/draw/palette.ts";
import { writeSafetensors } from "../../../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../../../src-main/ort/node-runtime.ts";

const READER = path.resolve(import.meta.dirname, "../../../../models/starter/evaluate/reader.safetensors");
const X = { left: 0.25, center: 0.5, right: 0.75 } as const;

/** What a reader without fault would find. */
function truth(scene: SceneSpec): FoundCharacter[] {
  return [...scene.characters]
    .sort((a, b) => POSITIONS.indexOf(a.position) - POSITIONS.indexOf(b.position))
    .map((character) => ({
      x: X[character.position],
      y: 0.4,
      width: 0.2,
      score: 0.9,
      attributes: { ...character, eyeColour: hasOpenEye(character) ? character.eyeColour : CLOSED_EYES },
    }));
}

test("a faultless reading is all right, and a swap of two colours is counted as wrong and as leaked", () => {
  for (const count of [1, 2, 3])
    for (let seed = 0; seed < 10; seed++) {
      const scene = heldOutScene(count, seed);
      for (const [name, { right, asked }] of comparePicture(scene, truth(scene)))
        assert.equal(right, name.startsWith("leaked") ? 0 : asked, name);
    }
  const scene = heldOutScene(2, 4);
  const [left, right] = truth(scene) as [FoundCharacter, FoundCharacter];
  assert.notEqual(left.attributes.hairColour, right.attributes.hairColour);
  const swap = (one: FoundCharacter, other: FoundCharacter): FoundCharacter => ({
    ...one,
    attributes: { ...one.attributes, hairColour: other.attributes.hairColour },
  });
  const tally = comparePicture(scene, [swap(left, right), swap(right, left)]);
  assert.deepEqual(tally.get("hairColour"), { right: 0, asked: 2 });
  assert.deepEqual(tally.get("leaked hairColour"), { right: 2, asked: 2 });
  assert.deepEqual(tally.get("every hair colour"), { right: 0, asked: 1 });
});

test("who is missing, too many, or in the wrong place is counted", () => {
  const scene = heldOutScene(2, 1);
  const found = truth(scene);
  assert.deepEqual(comparePicture(scene, found.slice(0, 1)).get("count"), { right: 0, asked: 1 });
  assert.deepEqual(comparePicture(scene, []).get("hairColour"), { right: 0, asked: 2 });
  const aside = found.map((character) => ({ ...character, x: 0.99 }));
  assert.equal(
    comparePicture(
      { ...scene, characters: scene.characters.slice(0, 1).map((character) => ({ ...character, position: "left" })) },
      aside.slice(0, 1),
    ).get("position")?.right,
    0,
  );
  const table = tallyTable(sumTallies([comparePicture(scene, found), comparePicture(scene, [])]));
  assert.match(table, /\| count \| 50\.0 % \(2\), goal 95 % \|/);
});

test("heads are found at the peaks of presence, from the left, with their offset and width", () => {
  const cells = new Float32Array(4 * 256);
  cells.fill(-6, 0, 256);
  const set = (plane: number, row: number, column: number, value: number): void =>
    void (cells[(plane * 16 + row) * 16 + column] = value);
  set(0, 5, 12, 4);
  set(0, 5, 11, 3);
  set(0, 6, 3, 2);
  set(0, 6, 4, 2);
  set(1, 5, 12, -0.25);
  set(2, 5, 12, 0.5);
  set(3, 5, 12, Math.log(0.25));
  const found = findHeads(cells);
  assert.deepEqual(
    found.map(({ x, y }) => [x, y]),
    [
      [3.5 / 16, 6.5 / 16],
      [12.25 / 16, 6 / 16],
    ],
  );
  assert.ok(Math.abs((found[1]?.width ?? 0) - 0.25) < 1e-6);
});

test("of each attribute the likeliest value is named", () => {
  const answers = new Float32Array(READER_OUTPUTS);
  answers[2] = 9;
  answers[READER_OUTPUTS - 1] = 3;
  const { hairColour, hairStyle } = likeliest(answers);
  assert.deepEqual([hairColour, hairStyle], [Object.keys(HAIR_COLOURS)[2], HAIR_STYLES.at(-1)]);
});

test("a cut is the picture itself where they coincide, halves it evenly, and is empty beyond the edge", () => {
  const picture = Float32Array.from({ length: 3 * 4 * 4 }, (_, index) => index);
  assert.deepEqual(cut(picture, 4, { x: 0.5, y: 0.5, side: 1 }, 4), picture);
  // Samples of a half-size cut lie in the middle of four pixels.
  assert.deepEqual([...cut(picture, 4, { x: 0.5, y: 0.5, side: 1 }, 2).subarray(0, 4)], [2.5, 4.5, 10.5, 12.5]);
  const beyond = cut(picture, 4, { x: 1.5, y: 0.5, side: 1 }, 4);
  assert.deepEqual([...new Set(beyond)], [0]);
  // Half a pixel over the edge: half of the pixel there, half of nothing.
  assert.equal(cut(picture, 4, { x: 0.625, y: 0.5, side: 1 }, 4)[3], 1.5);
});

/** Weights of the reader's shapes, all 0. */
function zeroWeights(): TensorToWrite[] {
  const tensor = (name: string, shape: readonly number[]): TensorToWrite => ({
    name,
    type: "F32",
    shape,
    data: new Uint8Array(4 * shape.reduce((product, size) => product * size, 1)),
  });
  const pair = (name: string, shape: readonly number[]): TensorToWrite[] => [
    tensor(`${name}.weight`, shape),
    tensor(`${name}.bias`, shape.slice(0, 1)),
  ];
  const stack = (name: string, widths: readonly number[]): TensorToWrite[] =>
    widths.slice(1).flatMap((to, index) => pair(`${name}.convs.${index}`, [to, widths[index] ?? 0, 3, 3]));
  const judge = [3, 24, 48, 48, 96, 96, 96, 96];
  return [
    ...stack("finder.body", [3, 16, 32, 32, 64, 64, 64, 64, 64]),
    ...pair("finder.out", [4, 64, 1, 1]),
    ...["face", "figure"].flatMap((name) => [
      ...stack(`judge.${name}`, judge),
      ...pair(`judge.${name}_seen`, [32, 96, 1, 1]),
    ]),
    ...pair("judge.hidden", [192, 1024]),
    ...pair("judge.answers", [READER_OUTPUTS, 192]),
  ];
}

test("the reader's graphs run with weights of its shapes and refuse others", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "starter-reader-"));
  try {
    const runtime = await createNodeRuntime();
    const open = (name: string, tensors: readonly TensorToWrite[]): Promise<AttributeReader> => {
      const file = path.join(folder, name);
      writeSafetensors(file, tensors);
      return openReader(runtime, file);
    };
    const grey = { width: 256, height: 256, pixels: new Uint8Array(256 * 256 * 3) };
    const reader = await open("nobody.safetensors", zeroWeights());
    assert.deepEqual(await reader.read(grey), []);
    await assert.rejects(reader.read({ width: 64, height: 64, pixels: new Uint8Array(64 * 64 * 3) }), RangeError);
    await reader.release();
    const sure = zeroWeights().map((tensor) => {
      // Somebody is in every cell, so of equal neighbours the first one counts.
      if (tensor.name === "finder.out.bias") return { ...tensor, data: bytesOf([2, 0, 0, Math.log(0.5)]) };
      return tensor;
    });
    const found = await (await open("somebody.safetensors", sure)).read(grey);
    assert.deepEqual(
      found.map(({ x, y, attributes }) => [x, y, attributes.hairColour]),
      [[0.5 / 16, 0.5 / 16, Object.keys(HAIR_COLOURS)[0]]],
    );
    await assert.rejects(open("broken.safetensors", zeroWeights().slice(1)), { code: "model.incomplete" });
    await assert.rejects(openReader(runtime, path.join(folder, "none.safetensors")), {
      code: "file.not-found",
      remedy: /run\.sh reader.*--reader/,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

const DRAWINGS = 90;
/** What the model's goals are about and only the reader can count: without these there is no table at all. */
const NEEDED = /^(count|position|hairColour|eyeColour|every hair colour)( of \d)?$/;

test("the reader reads drawings as well as its figures say", async () => {
  const reader = await openReader(await createNodeRuntime(), READER);
  const tallies = [];
  for (let seed = 0; seed < DRAWINGS; seed++) {
    const scene = heldOutScene(1 + (seed % 3), 90_000 + seed);
    tallies.push(comparePicture(scene, await reader.read(drawn(scene))));
  }
  await reader.release();
  const sum = sumTallies(tallies);
  assert.deepEqual(
    shortOf(sum, (name) => NEEDED.test(name)),
    [],
  );
  const recorded = readAccuracy(READER);
  for (const name of ["count", "position", ...READ_ATTRIBUTES]) {
    const [{ right, asked }, before] = [sum.get(name) ?? fail(name), recorded.get(name) ?? fail(name)];
    // The two are different drawings: four standard deviations of their difference, at least 3 %.
    const share = before.right / before.asked;
    const spread = Math.sqrt(share * (1 - share) * (1 / asked + 1 / before.asked));
    assert.ok(Math.abs(right / asked - share) <= Math.max(0.03, 4 * spread), `${name}: ${right} of ${asked}`);
  }
});

function fail(name: string): never {
  assert.fail(`nothing was measured of ${name}`);
}

test("an attribute is judged where the reader reaches its bar, for one character too, and is else called so", () => {
  const good: Tally = new Map(Object.keys(LEAST).map((name) => [name, { right: 99, asked: 100 }]));
  assert.deepEqual([...notJudged(good)], []);
  const bad = new Map([
    ...good,
    ["expression", { right: 44, asked: 100 }],
    ["outfitColour of 1", { right: 89, asked: 100 }],
  ]);
  assert.deepEqual([...notJudged(bad)], ["outfitColour", "expression"]);
  bad.delete("hairColour");
  assert.ok(notJudged(bad).has("hairColour"));
  const table = tallyTable(
    new Map([
      ["leaked outfit", { right: 1, asked: 2 }],
      ["outfitColour", { right: 1, asked: 2 }],
    ]),
    new Set(["outfit"] as const),
  );
  assert.match(table, /\| leaked outfit \| not judged \|/);
  assert.match(table, /\| outfitColour \| 50\.0 % \(2\) \|/);
});

test("figures go into the card between their two lines, and nowhere else", () => {
  const text = "a\n<!-- x -->\nold\n<!-- end of x -->\nz\n";
  const next = withBlock(text, "x", "new $& $1", "card");
  assert.equal(next, "a\n<!-- x -->\n\nnew $& $1\n\n<!-- end of x -->\nz\n");
  assert.equal(withBlock(next, "x", "new $& $1", "card"), next);
  for (const broken of ["a", "<!-- end of x --><!-- x -->", `${text}${text}`])
    assert.throws(() => withBlock(broken, "x", "new", "card"), { code: "settings.invalid" });
});
