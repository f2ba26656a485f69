/**
 * @file All words of the starter model's captions, collected from the tables that the captions are written from:
 * what is in a table is one token, and nothing has to be listed twice.
 */

import { PLAIN_COLOURS, keysOf } from "../draw/palette.ts";
import { ACTION_TAGS, EXPRESSION_TAGS, FRAMING_TAGS, POSITION_TAGS } from "../captions/tags-acting.ts";
import {
  ACCESSORY_TAGS,
  BANGS_TAGS,
  COLOUR_WORDS,
  EYE_COLOUR_TAGS,
  HAIR_COLOUR_TAGS,
  HAIR_STYLE_TAGS,
  SKIN_TAGS,
} from "../captions/tags-appearance.ts";
import { OUTFIT_WORDS } from "../captions/tags-clothing.ts";
import * as scene from "../captions/tags-scene.ts";

/** The names of fields and blocks that prompts of any dialect may hold, whether captions use them or not. */
export const FIELD_NAMES = [
  "n",
  "gender",
  "appearance",
  "clothing",
  "body_type",
  "expression",
  "action",
  "interaction",
  "position",
  "general_tags",
  "count",
  "artists",
  "artist",
  "style",
  "background",
  "environment",
  "perspective",
  "atmosphere",
  "lighting",
  "resolution",
  "quality",
  "objects",
  "extra_tags",
  "other",
  "caption",
  "image",
  "img",
] as const;

/** More characters than the model was trained with, so that a fourth is at least recognised as one. */
export const MOST_CHARACTERS = 6;

/** Words of the sentences in prose.ts and of prompts around them. */
const PROSE = `a an and the is in on with of there has girl boy girls boys woman man wearing holding hand hands hip hips
  arms behind back up chest together book flower cup balloon peace sign making standing smiling grinning laughing closed
  eyes winking looking angry sad crying surprised blushing embarrassed no expression sleepy pouting smug cat mouth nervous
  saluting background scene open hair she he her his left right center middle side both one two three`;

/** The words that every character starts with: the count and the placeholder in the form of the template. */
const COUNTS = ["1girl", "2girls", "3girls", "1boy", "2boys", "3boys", "solo", "multiple_girls", "multiple_boys"];

/** Phrases of the template's envelope; each is one token because it says nothing. */
function envelopePhrases(): string[] {
  const entries = Array.from(
    { length: MOST_CHARACTERS },
    (_, index) => `character ${index + 1} bbox 0 0 1000 1000 name`,
  );
  return [...entries, "image tags", "caption", "character", "bbox", "name", "image", "tags", "0", "1000"];
}

/** Every tag and word, with spaces for underscores, without colours where a colour is put before it. */
export function collectWords(): string[] {
  const flat = (table: Readonly<Record<string, readonly (string | readonly string[])[]>>): string[] =>
    Object.values(table).flat(2);
  const clothes = Object.values(OUTFIT_WORDS).flatMap(({ main, second, secondOfBoys, phrase }) => [
    ...main.flat(),
    ...second,
    ...(secondOfBoys ?? []),
    phrase,
  ]);
  const all = [
    ...flat(HAIR_COLOUR_TAGS),
    ...flat(EYE_COLOUR_TAGS),
    ...flat(HAIR_STYLE_TAGS),
    ...flat(BANGS_TAGS),
    ...flat(SKIN_TAGS),
    ...flat(ACCESSORY_TAGS),
    ...flat(COLOUR_WORDS),
    ...clothes,
    ...flat(EXPRESSION_TAGS),
    ...flat(ACTION_TAGS),
    ...flat(POSITION_TAGS),
    ...flat(FRAMING_TAGS),
    ...flat(scene.PATTERN_TAGS),
    ...keysOf(PLAIN_COLOURS).map((colour) => `${colour}_background`),
    ...flat(scene.OUTDOOR_TAGS),
    ...flat(scene.SKY_TAGS),
    ...Object.values(scene.SURROUNDINGS),
    ...flat(scene.INDOOR_TAGS),
    ...flat(scene.TIME_TAGS),
    ...flat(scene.WEATHER_TAGS),
    ...scene.QUALITY_TAGS,
    ...scene.STYLE_TAGS,
    ...scene.CHIBI_TAGS,
    ...scene.MOOD_TAGS,
    ...scene.LIGHT_TAGS,
    ...scene.ARTIST_TAGS,
    ...COUNTS,
    ...PROSE.split(/\s+/),
  ].map((word) => word.replace(/^C_/, "").replaceAll("_", " "));
  const parts = all.flatMap((word) => word.split(" "));
  return [...new Set([...all, ...parts, ...envelopePhrases()])].filter((word) => word !== "" && word !== "C").sort();
}

/** Tags and placeholders, matched as they stand before anything else is looked at. */
export function collectTags(): string[] {
  const numbers = Array.from({ length: MOST_CHARACTERS }, (_, index) => index + 1);
  const names = [...numbers.map((number) => `character_${number}`), ...FIELD_NAMES];
  return [...names.flatMap((name) => [`<${name}>`, `</${name}>`]), ...numbers.map((number) => `$character_${number}$`)];
}
