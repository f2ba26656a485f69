/** @file Chooses scenes at random, with every choice independent of the others so that no attribute gives away another. */

import { ACCESSORY_GROUPS } from "./accessories.ts";
import type { Accessory } from "./accessories.ts";
import { INDOOR_PLACES, OUTDOOR_PLACES, PATTERNS } from "./background.ts";
import type { BackgroundSpec } from "./background.ts";
import { TIMES, WEATHERS } from "./background-sky.ts";
import { EXPRESSIONS } from "./expressions.ts";
import type { CharacterSpec, Gender } from "./figure.ts";
import { BANGS, HAIR_STYLES } from "./hair-tones.ts";
import type { HairStyle } from "./hair-tones.ts";
import { OUTFITS } from "./outfits.ts";
import type { Outfit } from "./outfits.ts";
import { CLOTH_COLOURS, EYE_COLOURS, HAIR_COLOURS, PLAIN_COLOURS, keysOf } from "./palette.ts";
import type { ClothColour } from "./palette.ts";
import { ACTIONS } from "./poses.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import type { Position, SceneSpec } from "./scene.ts";

/** Styles and outfits that boys of this model wear. */
export const BOY_HAIR: readonly HairStyle[] = [
  "short_hair",
  "messy_hair",
  "spiked_hair",
  "bob_cut",
  "medium_hair",
  "ponytail",
  "low_ponytail",
  "long_hair",
];
export const BOY_OUTFITS: readonly Outfit[] = [
  "blazer",
  "vest",
  "track_jacket",
  "suit",
  "sweater",
  "kimono",
  "hoodie",
  "t-shirt",
  "shirt",
  "jacket",
  "coat",
  "overalls",
  "armor",
  "cape",
];

export function sampleScene(seed: number): SceneSpec {
  const random = createRandom(seed);
  const count = Number(random.weighted({ "1": 0.36, "2": 0.4, "3": 0.24 }));
  return sampleSceneOf(count, random, seed);
}

export function sampleSceneOf(count: number, random: Random, seed: number): SceneSpec {
  const proportion = random.chance(count === 3 ? 0.65 : 0.5) ? "chibi" : "normal";
  const framing =
    proportion === "chibi"
      ? random.weighted(
          count === 1
            ? { portrait: 0.22, upper_body: 0.3, cowboy_shot: 0.18, full_body: 0.3 }
            : { portrait: 0.12, upper_body: 0.3, cowboy_shot: 0.22, full_body: 0.36 },
        )
      : random.weighted({ portrait: 0.22, upper_body: 0.42, cowboy_shot: 0.36 });
  const positions = samplePositions(count, random);
  return {
    characters: positions.map((position) => ({ ...sampleCharacter(random), position })),
    background: sampleBackground(random),
    proportion,
    framing,
    seed,
  };
}

/** Half of all casts stand in the order of the prompt, from the left; the others in any order. */
function samplePositions(count: number, random: Random): Position[] {
  const sides: Position[] =
    count === 1
      ? [random.weighted({ center: 0.56, left: 0.22, right: 0.22 })]
      : count === 2
        ? random.chance(0.8)
          ? ["left", "right"]
          : random.chance(0.5)
            ? ["left", "center"]
            : ["center", "right"]
        : ["left", "center", "right"];
  return random.chance(0.5) ? sides : random.shuffled(sides);
}

export function sampleCharacter(random: Random): CharacterSpec {
  const gender: Gender = random.chance(0.7) ? "1girl" : "1boy";
  const isBoy = gender === "1boy";
  const outfitColour = random.pick(keysOf(CLOTH_COLOURS));
  const other = (): ClothColour => random.pick(keysOf(CLOTH_COLOURS).filter((colour) => colour !== outfitColour));
  return {
    gender,
    hairColour: random.pick(keysOf(HAIR_COLOURS)),
    hairStyle: isBoy ? random.pick(BOY_HAIR) : random.pick(HAIR_STYLES.filter((style) => style !== "spiked_hair")),
    bangs: random.pick(BANGS),
    eyeColour: random.pick(keysOf(EYE_COLOURS)),
    skin: random.weighted({ pale_skin: 0.3, light_skin: 0.45, tan: 0.13, dark_skin: 0.12 }),
    expression: random.chance(0.25) ? "smile" : random.pick(EXPRESSIONS),
    outfit: isBoy ? random.pick(BOY_OUTFITS) : random.pick(keysOf(OUTFITS).filter((outfit) => outfit !== "suit")),
    outfitColour,
    secondColour: other(),
    accessories: sampleAccessories(random, isBoy, other),
    action: random.chance(0.2) ? "standing" : random.pick(ACTIONS),
    tilt: random.between(-5, 5),
    gaze: random.between(-1, 1),
    isMirrored: random.chance(0.5),
  };
}

function sampleAccessories(random: Random, isBoy: boolean, colour: () => ClothColour): CharacterSpec["accessories"] {
  const wanted = random.weighted({ "0": 0.42, "1": 0.4, "2": 0.18 });
  const girlish: readonly Accessory[] = [
    "hair_bow",
    "hair_ribbon",
    "hair_flower",
    "maid_headdress",
    "hairband",
    "choker",
  ];
  return random
    .shuffled(ACCESSORY_GROUPS)
    .slice(0, Number(wanted))
    .map((group) => (isBoy ? group.filter((kind) => !girlish.includes(kind)) : group))
    .filter((group) => group.length > 0)
    .map((group) => ({ kind: random.pick(group), colour: colour() }));
}

function sampleBackground(random: Random): BackgroundSpec {
  const kind = random.weighted({ plain: 0.36, outdoors: 0.42, indoors: 0.22 });
  switch (kind) {
    case "plain":
      return {
        kind,
        pattern: random.chance(0.5) ? "simple" : random.pick(PATTERNS),
        colour: random.chance(0.2) ? "white" : random.pick(keysOf(PLAIN_COLOURS)),
      };
    case "outdoors": {
      const place = random.pick(OUTDOOR_PLACES);
      const weather =
        place === "snow" && random.chance(0.6) ? "snowing" : random.chance(0.7) ? "clear" : random.pick(WEATHERS);
      return {
        kind,
        place,
        time: random.weighted({ day: 0.5, sunset: 0.22, night: 0.28 }),
        weather: place === "cherry_blossoms" && random.chance(0.6) ? "petals" : weather,
      };
    }
    case "indoors":
      return { kind, place: random.pick(INDOOR_PLACES), time: random.pick(TIMES) };
  }
}
