import assert from "node:assert/strict";
import test from "node:test";
import { COLOURED_ACCESSORIES, PLAIN_ACCESSORIES } from "../../../../models/starter/draw/accessories.ts";
import { INDOOR_PLACES, OUTDOOR_PLACES, PATTERNS } from "../../../../models/starter/draw/background.ts";
import type { BackgroundSpec } from "../../../../models/starter/draw/background.ts";
import { TIMES, WEATHERS } from "../../../../models/starter/draw/background-sky.ts";
import { channels } from "../../../../models/starter/draw/colour.ts";
import { EXPRESSIONS } from "../../../../models/starter/draw/expressions.ts";
import type { CharacterSpec } from "../../../../models/starter/draw/figure.ts";
import { PROPORTIONS } from "../../../../models/starter/draw/frame.ts";
import { BANGS, HAIR_STYLES } from "../../../../models/starter/draw/hair-tones.ts";
import {
  heldOutScene,
  isHeldOutCharacter,
  isTrainingScene,
  trainingScene,
} from "../../../../models/starter/draw/held-out.ts";
import { OUTFITS } from "../../../../models/starter/draw/outfits.ts";
import { CLOTH_COLOURS, EYE_COLOURS, HAIR_COLOURS, SKIN_TONES } from "../../../../models/starter/draw/palette.ts";
import { keysOf } from "../../../../models/starter/draw/palette.ts";
import { ACTIONS } from "../../../../models/starter/draw/poses.ts";
import { renderPixels } from "../../../../models/starter/draw/render.ts";
import { sampleScene } from "../../../../models/starter/draw/sample.ts";
import { FRAMINGS, POSITIONS, drawScene } from "../../../../models/starter/draw/scene.ts";
import type { SceneSpec } from "../../../../models/starter/draw/scene.ts";

const SIZE = 128;

const CHARACTER: CharacterSpec & { position: "center" } = {
  gender: "1girl",
  hairColour: "blonde",
  hairStyle: "long_hair",
  bangs: "blunt_bangs",
  eyeColour: "blue",
  skin: "light_skin",
  expression: "smile",
  outfit: "serafuku",
  outfitColour: "blue",
  secondColour: "red",
  accessories: [],
  action: "standing",
  tilt: 0,
  gaze: 0,
  isMirrored: false,
  position: "center",
};
const SCENE: SceneSpec = {
  characters: [CHARACTER],
  background: { kind: "plain", pattern: "simple", colour: "light_blue" },
  proportion: "chibi",
  framing: "upper_body",
  seed: 1,
};

function pixelsOf(scene: SceneSpec): Uint8Array {
  return renderPixels(drawScene(scene).svg, SIZE);
}

function changedPixels(a: Uint8Array, b: Uint8Array): number {
  let changed = 0;
  for (let at = 0; at < a.length; at += 4)
    if ([0, 1, 2].some((channel) => Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0)) > 12)) changed++;
  return changed;
}

/** Every value must make a picture of its own, at a size smaller than the model's. */
function assertAllDiffer(
  what: string,
  scenes: readonly (readonly [name: string, scene: SceneSpec])[],
  least: number,
): void {
  const pictures = scenes.map(([name, scene]) => ({ name, pixels: pixelsOf(scene) }));
  for (const [index, one] of pictures.entries())
    for (const other of pictures.slice(index + 1)) {
      const changed = changedPixels(one.pixels, other.pixels);
      assert.ok(changed >= least, `${what}: ${one.name} and ${other.name} differ in ${changed} pixels only`);
    }
}

function characters(
  field: keyof CharacterSpec,
  values: readonly unknown[],
  more: Partial<CharacterSpec> = {},
): (readonly [string, SceneSpec])[] {
  return values.map((value) => [
    JSON.stringify(value),
    { ...SCENE, framing: "cowboy_shot", characters: [{ ...CHARACTER, ...more, [field]: value }] },
  ]);
}

test("a seed always gives the same picture, and another seed another one", () => {
  for (const seed of [1, 2, 77]) assert.equal(drawScene(sampleScene(seed)).svg, drawScene(sampleScene(seed)).svg);
  assert.notEqual(drawScene(sampleScene(1)).svg, drawScene(sampleScene(2)).svg);
});

test("every hair style, fringe and colour of hair is told apart", () => {
  assertAllDiffer("hair style", characters("hairStyle", HAIR_STYLES), 20);
  assertAllDiffer("fringe", characters("bangs", BANGS), 20);
  assertAllDiffer("hair colour", characters("hairColour", keysOf(HAIR_COLOURS)), 400);
});

test("every colour of eyes and skin and every expression is told apart", () => {
  assertAllDiffer("eye colour", characters("eyeColour", keysOf(EYE_COLOURS)), 20);
  assertAllDiffer("skin", characters("skin", keysOf(SKIN_TONES)), 100);
  assertAllDiffer("expression", characters("expression", EXPRESSIONS), 4);
});

test("every outfit, its colours and every action is told apart, on girls and boys", () => {
  for (const gender of ["1girl", "1boy"] as const) {
    assertAllDiffer(
      `outfit of ${gender}`,
      characters("outfit", keysOf(OUTFITS), { gender, hairStyle: "short_hair" }),
      60,
    );
    assertAllDiffer(`action of ${gender}`, characters("action", ACTIONS, { gender }), 12);
  }
  assertAllDiffer("gender", characters("gender", ["1girl", "1boy"], { hairStyle: "short_hair" }), 40);
  for (const outfit of keysOf(OUTFITS)) {
    const colours = keysOf(CLOTH_COLOURS);
    assertAllDiffer(`colour of ${outfit}`, characters("outfitColour", colours, { outfit }).slice(0, 6), 150);
    assertAllDiffer(`second colour of ${outfit}`, characters("secondColour", ["red", "green"], { outfit }), 8);
  }
});

test("every accessory shows", () => {
  const kinds = [...keysOf(COLOURED_ACCESSORIES), ...keysOf(PLAIN_ACCESSORIES)];
  const worn = kinds.map((kind) => [{ kind, colour: "red" }]);
  assertAllDiffer("accessory", characters("accessories", [[], ...worn], { outfit: "t-shirt" }), 4);
  for (const kind of keysOf(COLOURED_ACCESSORIES))
    assertAllDiffer(
      kind,
      characters("accessories", [[{ kind, colour: "red" }], [{ kind, colour: "green" }]], { outfit: "t-shirt" }),
      3,
    );
});

test("every background, time of day, weather, framing, proportion and position shows", () => {
  const backgrounds: BackgroundSpec[] = [
    ...PATTERNS.map((pattern): BackgroundSpec => ({ kind: "plain", pattern, colour: "pink" })),
    ...OUTDOOR_PLACES.map((place): BackgroundSpec => ({ kind: "outdoors", place, time: "day", weather: "clear" })),
    ...TIMES.slice(1).map((time): BackgroundSpec => ({ kind: "outdoors", place: "beach", time, weather: "clear" })),
    ...WEATHERS.slice(1).map((weather): BackgroundSpec => ({
      kind: "outdoors",
      place: "mountain",
      time: "day",
      weather,
    })),
    ...INDOOR_PLACES.map((place): BackgroundSpec => ({ kind: "indoors", place, time: "day" })),
  ];
  assertAllDiffer(
    "background",
    backgrounds.map((background) => [JSON.stringify(background), { ...SCENE, background }]),
    60,
  );
  assertAllDiffer(
    "framing",
    FRAMINGS.map((framing) => [framing, { ...SCENE, framing }]),
    300,
  );
  assertAllDiffer(
    "proportion",
    PROPORTIONS.map((proportion) => [proportion, { ...SCENE, proportion }]),
    300,
  );
  assertAllDiffer(
    "position",
    POSITIONS.map((position) => [position, { ...SCENE, characters: [{ ...CHARACTER, position }] }]),
    300,
  );
});

test("colours of one table lie far apart", () => {
  for (const [name, table] of Object.entries({ HAIR_COLOURS, EYE_COLOURS, CLOTH_COLOURS })) {
    const entries = Object.entries(table);
    for (const [index, [key, colour]] of entries.entries())
      for (const [other, otherColour] of entries.slice(index + 1)) {
        const distance = Math.hypot(...channels(colour).map((value, at) => value - (channels(otherColour)[at] ?? 0)));
        assert.ok(distance > 55, `${name}: ${key} and ${other} are ${distance.toFixed(0)} apart`);
      }
  }
});

test("places lie where the colours are", () => {
  for (let seed = 0; seed < 12; seed++) {
    const scene = sampleScene(seed);
    const { svg, places } = drawScene(scene);
    assert.ok(!/NaN|undefined|Infinity/.test(svg), `the drawing of seed ${seed} holds a number that is none`);
    const pixels = renderPixels(svg, 256);
    for (const [index, character] of scene.characters.entries()) {
      if (character.expression === "closed_eyes" || character.accessories.length > 0) continue;
      const head = places[index]?.head;
      assert.ok(head !== undefined);
      const wanted = channels(HAIR_COLOURS[character.hairColour]);
      let near = 0;
      for (let y = Math.max(0, head.y); y < head.y + head.height / 2; y++)
        for (let x = Math.max(0, head.x); x < Math.min(256, head.x + head.width); x++) {
          const at = (Math.floor(y) * 256 + Math.floor(x)) * 4;
          if (wanted.every((value, channel) => Math.abs(value - (pixels[at + channel] ?? 0)) < 12)) near++;
        }
      const area = (head.width * head.height) / 2;
      assert.ok(near > area * 0.12, `seed ${seed}: ${near} of ${area.toFixed(0)} pixels are ${character.hairColour}`);
    }
  }
});

test("training and held-out scenes do not meet", () => {
  for (let seed = 0; seed < 300; seed++) assert.ok(isTrainingScene(trainingScene(seed)));
  for (const count of [1, 2, 3])
    for (let seed = 0; seed < 8; seed++) {
      const scene = heldOutScene(count, seed);
      assert.equal(scene.characters.length, count);
      assert.ok(scene.characters.every(isHeldOutCharacter));
      assert.equal(new Set(scene.characters.map(({ position }) => position)).size, count);
    }
});
