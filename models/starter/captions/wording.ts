/** @file What each attribute of a scene is called in one caption: one wording chosen of several, colours put in. */

import { isColoured } from "../draw/accessories.ts";
import { FACE_SIGNS } from "../draw/expressions.ts";
import type { CharacterSpec } from "../draw/figure.ts";
import type { ClothColour } from "../draw/palette.ts";
import type { Random } from "../draw/random.ts";
import type { SceneSpec } from "../draw/scene.ts";
import { ACTION_TAGS, EXPRESSION_TAGS } from "./tags-acting.ts";
import {
  ACCESSORY_TAGS,
  BANGS_TAGS,
  COLOUR_WORDS,
  EYE_COLOUR_TAGS,
  HAIR_COLOUR_TAGS,
  HAIR_STYLE_TAGS,
  SKIN_TAGS,
} from "./tags-appearance.ts";
import type { Wording } from "./tags-appearance.ts";
import { OUTFIT_WORDS } from "./tags-clothing.ts";
import {
  INDOOR_TAGS,
  OUTDOOR_TAGS,
  PATTERN_TAGS,
  SKY_TAGS,
  SURROUNDINGS,
  TIME_TAGS,
  WEATHER_TAGS,
} from "./tags-scene.ts";

/** Which parts of a character a caption mentions. */
export interface CharacterWords {
  readonly hairColour: Wording;
  readonly hairStyle: Wording;
  readonly bangs: Wording;
  readonly eyes: Wording;
  readonly skin: Wording;
  readonly accessories: readonly Wording[];
  readonly outfit: Wording;
  readonly second: Wording;
  readonly expression: Wording;
  readonly action: Wording;
}

export function withColour(words: Wording, colour: string): Wording {
  return words.map((word) => word.replace(/^C_/, `${colour}_`));
}

export function colourWord(colour: ClothColour, random: Random): string {
  return random.pick(COLOUR_WORDS[colour]);
}

/** All attributes of one character in one choice of words. */
export function characterWords(character: CharacterSpec, random: Random): CharacterWords {
  const outfit = OUTFIT_WORDS[character.outfit];
  const piece = random.pick(character.gender === "1boy" ? (outfit.secondOfBoys ?? outfit.second) : outfit.second);
  return {
    hairColour: [random.pick(HAIR_COLOUR_TAGS[character.hairColour])],
    hairStyle: random.pick(HAIR_STYLE_TAGS[character.hairStyle]),
    bangs: [random.pick(BANGS_TAGS[character.bangs])],
    eyes: [random.pick(EYE_COLOUR_TAGS[character.eyeColour])],
    skin: [random.pick(SKIN_TAGS[character.skin])],
    accessories: character.accessories.map(({ kind, colour }) => {
      const word = random.pick(ACCESSORY_TAGS[kind]);
      return [isColoured(kind) ? `${colourWord(colour, random)}_${word}` : word];
    }),
    outfit: withColour(random.pick(outfit.main), colourWord(character.outfitColour, random)),
    second: [`${colourWord(character.secondColour, random)}_${piece}`],
    expression: random.pick(EXPRESSION_TAGS[character.expression]),
    action: random.pick(ACTION_TAGS[character.action]),
  };
}

/** Whether any iris can be seen: captions do not name the colour of closed eyes. */
export function hasOpenEye(character: CharacterSpec): boolean {
  return FACE_SIGNS[character.expression].lids.some((lid) => lid !== "arch" && lid !== "rest");
}

/** The background as place, time of day and weather; the latter two are empty where there is none. */
export function backgroundWords(
  scene: SceneSpec,
  random: Random,
): { readonly place: Wording; readonly time: Wording; readonly weather: Wording } {
  const { background } = scene;
  switch (background.kind) {
    case "plain":
      return {
        place: withColour(random.pick(PATTERN_TAGS[background.pattern]), background.colour),
        time: [],
        weather: [],
      };
    case "outdoors": {
      const weather = WEATHER_TAGS[background.weather];
      const isSky = background.place === "blue_sky" && random.chance(0.6);
      const around = random.chance(0.2) ? [SURROUNDINGS.outdoors] : [];
      return {
        place: [...random.pick(isSky ? SKY_TAGS[background.time] : OUTDOOR_TAGS[background.place]), ...around],
        time: isSky && random.chance(0.5) ? [] : random.pick(TIME_TAGS[background.time]),
        weather: weather.length === 0 ? [] : random.pick(weather),
      };
    }
    case "indoors":
      return {
        place: [...random.pick(INDOOR_TAGS[background.place]), ...(random.chance(0.2) ? [SURROUNDINGS.indoors] : [])],
        time: random.pick(TIME_TAGS[background.time]),
        weather: [],
      };
  }
}

/** How many there are of each gender, as Danbooru counts: `2girls, multiple_girls`. */
export function countWords(scene: SceneSpec): Wording {
  const girls = scene.characters.filter(({ gender }) => gender === "1girl").length;
  const boys = scene.characters.length - girls;
  const words: string[] = [];
  if (girls > 0) words.push(girls === 1 ? "1girl" : `${girls}girls`);
  if (boys > 0) words.push(boys === 1 ? "1boy" : `${boys}boys`);
  if (girls > 1) words.push("multiple_girls");
  if (boys > 1) words.push("multiple_boys");
  if (scene.characters.length === 1) words.push("solo");
  return words;
}
