/**
 * @file A scene from a prompt tree: every tag that the drawing program knows is drawn, what a prompt leaves open is
 * chosen by the seed. The inverse of captions/, and built from the same tables.
 */

import {
  ACCESSORY_TAGS,
  BANGS_TAGS,
  COLOUR_WORDS,
  EYE_COLOUR_TAGS,
  HAIR_COLOUR_TAGS,
  HAIR_STYLE_TAGS,
  SKIN_TAGS,
} from "../captions/tags-appearance.ts";
import { ACTION_TAGS, EXPRESSION_TAGS, FRAMING_TAGS, POSITION_TAGS } from "../captions/tags-acting.ts";
import { OUTFIT_WORDS } from "../captions/tags-clothing.ts";
import {
  CHIBI_TAGS,
  INDOOR_TAGS,
  OUTDOOR_TAGS,
  PATTERN_TAGS,
  SKY_TAGS,
  TIME_TAGS,
  WEATHER_TAGS,
} from "../captions/tags-scene.ts";
import { charactersOf } from "../../../src-main/prompt/cast.ts";
import { fieldTags, fieldsOf, generalOf } from "../../../src-main/prompt/fields.ts";
import type { ElementNode, PromptTree } from "../../../src-main/prompt/tree.ts";
import type { BackgroundSpec } from "./background.ts";
import type { CharacterSpec } from "./figure.ts";
import type { ClothColour } from "./palette.ts";
import { PLAIN_COLOURS, keysOf } from "./palette.ts";
import { createRandom } from "./random.ts";
import { sampleCharacter, sampleSceneOf } from "./sample.ts";
import { POSITIONS } from "./scene.ts";
import type { Position, SceneSpec } from "./scene.ts";

type Table<K extends string> = Readonly<Record<K, readonly (string | readonly string[])[]>>;

/** The most characters that a picture of this program holds; further ones are left out. */
const MOST = 3;

export function sceneFromPrompt(tree: PromptTree, seed: number): SceneSpec {
  const cards = charactersOf(tree).slice(0, MOST);
  const random = createRandom(seed);
  const open = sampleSceneOf(Math.max(1, cards.length), random, seed);
  const general = tagsOf(generalOf(tree));
  const characters = cards.map((card) => characterFrom(tagsOf(card), sampleCharacter(random)));
  const wanted = cards.map((card) => find(POSITION_TAGS, namesIn(card, "position")));
  const positions = assignPositions(wanted);
  return {
    ...open,
    characters:
      characters.length === 0
        ? open.characters
        : characters.map((character, index) => ({ ...character, position: positions[index] ?? "center" })),
    background: backgroundFrom(general, open.background),
    proportion: general.some((tag) => (CHIBI_TAGS as readonly string[]).includes(tag)) ? "chibi" : "normal",
    framing: find(FRAMING_TAGS, general) ?? open.framing,
  };
}

/** All tags in a block, `like_this`. */
function tagsOf(block: ElementNode | undefined): string[] {
  if (block === undefined) return [];
  return fieldsOf(block).flatMap(({ key }) => namesIn(block, key));
}

function namesIn(block: ElementNode, field: string): string[] {
  return fieldTags(block, field).flatMap(({ items }) => items.map(({ name }) => name));
}

/** The key of the most telling wording that is there: its last word counts, and later keys' special words win over general ones. */
function find<K extends string>(table: Table<K>, tags: readonly string[]): K | undefined {
  let best: K | undefined;
  let bestWeight = 0;
  for (const [key, wordings] of Object.entries(table) as [K, readonly (string | readonly string[])[]][])
    for (const wording of wordings) {
      const words = typeof wording === "string" ? [wording] : wording;
      const isThere = words.every((word) => tags.includes(word));
      const weight = words.length + (GENERAL_WORDS.has(words.at(-1) ?? "") ? 0 : 1);
      if (isThere && weight > bestWeight) [best, bestWeight] = [key, weight];
    }
  return best;
}

/** Words that often stand beside a more telling one. */
const GENERAL_WORDS: ReadonlySet<string> = new Set([
  "long_hair",
  "short_hair",
  "smile",
  "open_mouth",
  "standing",
  "sky",
  "blush",
  "frown",
]);

function characterFrom(tags: readonly string[], open: CharacterSpec): CharacterSpec {
  const gender = tags.includes("1boy") ? "1boy" : tags.includes("1girl") ? "1girl" : open.gender;
  const coloured = tags.map(splitColour);
  const clothes = outfitFrom(coloured, gender === "1boy");
  const accessories = (Object.entries(ACCESSORY_TAGS) as [keyof typeof ACCESSORY_TAGS, readonly string[]][]).flatMap(
    ([kind, names]) => {
      const worn = coloured.find(({ noun, tag }) => names.includes(noun) || names.includes(tag));
      return worn === undefined ? [] : [{ kind, colour: worn.colour ?? open.secondColour }];
    },
  );
  return {
    ...open,
    gender,
    hairColour: find(HAIR_COLOUR_TAGS, tags) ?? open.hairColour,
    hairStyle: find(HAIR_STYLE_TAGS, tags) ?? open.hairStyle,
    bangs: find(BANGS_TAGS, tags) ?? open.bangs,
    eyeColour: find(EYE_COLOUR_TAGS, tags) ?? open.eyeColour,
    skin: find(SKIN_TAGS, tags) ?? "light_skin",
    expression: find(EXPRESSION_TAGS, tags) ?? "smile",
    action: find(ACTION_TAGS, tags) ?? "standing",
    accessories,
    ...(clothes === undefined
      ? {}
      : {
          outfit: clothes.outfit,
          outfitColour: clothes.colour ?? open.outfitColour,
          secondColour: clothes.second ?? open.secondColour,
        }),
  };
}

interface ColouredTag {
  readonly tag: string;
  readonly colour: ClothColour | undefined;
  readonly noun: string;
}

/** `light_blue_dress` as light blue and `dress`. */
function splitColour(tag: string): ColouredTag {
  let best: ColouredTag = { tag, colour: undefined, noun: tag };
  for (const [colour, words] of Object.entries(COLOUR_WORDS) as [ClothColour, readonly string[]][])
    for (const word of words)
      if (tag.startsWith(`${word}_`) && tag.length - word.length - 1 < best.noun.length)
        best = { tag, colour, noun: tag.slice(word.length + 1) };
  return best;
}

function outfitFrom(
  tags: readonly ColouredTag[],
  isBoy: boolean,
): { outfit: CharacterSpec["outfit"]; colour: ClothColour | undefined; second: ClothColour | undefined } | undefined {
  let best: { outfit: CharacterSpec["outfit"]; colour: ClothColour | undefined; words: readonly string[] } | undefined;
  for (const [outfit, { main }] of Object.entries(OUTFIT_WORDS) as [
    CharacterSpec["outfit"],
    (typeof OUTFIT_WORDS)["dress"],
  ][])
    for (const wording of main) {
      const words = wording.map((word) => word.replace(/^C_/, ""));
      const worn = words.map((word) => tags.find(({ noun, tag }) => noun === word || tag === word));
      if (worn.includes(undefined) || (best !== undefined && best.words.length >= words.length)) continue;
      const named = wording.findIndex((word) => word.startsWith("C_"));
      best = { outfit, colour: worn[named]?.colour, words };
    }
  if (best === undefined) return undefined;
  const { second, secondOfBoys } = OUTFIT_WORDS[best.outfit];
  const pieces = isBoy ? [...(secondOfBoys ?? []), ...second] : [...second, ...(secondOfBoys ?? [])];
  const { words } = best;
  return { ...best, second: tags.find(({ noun }) => pieces.includes(noun) && !words.includes(noun))?.colour };
}

function backgroundFrom(tags: readonly string[], open: BackgroundSpec): BackgroundSpec {
  const sky = find(SKY_TAGS, tags);
  const time = find(TIME_TAGS, tags) ?? sky ?? "day";
  const outdoors = find(OUTDOOR_TAGS, tags) ?? (sky === undefined ? undefined : "blue_sky");
  if (outdoors !== undefined)
    return { kind: "outdoors", place: outdoors, time, weather: find(WEATHER_TAGS, tags) ?? "clear" };
  const indoors = find(INDOOR_TAGS, tags);
  if (indoors !== undefined) return { kind: "indoors", place: indoors, time };
  const colour = keysOf(PLAIN_COLOURS).find((name) => tags.includes(`${name}_background`));
  const pattern = find(
    Object.fromEntries(
      Object.entries(PATTERN_TAGS).map(([key, wordings]) => [
        key,
        wordings.map((words) => words.filter((word) => !word.startsWith("C_"))).filter((words) => words.length > 0),
      ]),
    ) as unknown as Table<keyof typeof PATTERN_TAGS>,
    tags,
  );
  if (colour === undefined && pattern === undefined) return open;
  return { kind: "plain", pattern: pattern ?? "simple", colour: colour ?? "white" };
}

/** The places asked for; who asks for none, or for a taken one, gets the first free one from the left. */
function assignPositions(wanted: readonly (Position | undefined)[]): Position[] {
  const usual: readonly Position[] =
    wanted.length === 1 ? ["center", "left", "right"] : wanted.length === 2 ? ["left", "right", "center"] : POSITIONS;
  const taken = new Set<Position>();
  const first = wanted.map((position) => {
    if (position === undefined || taken.has(position)) return undefined;
    taken.add(position);
    return position;
  });
  return first.map((position) => {
    if (position !== undefined) return position;
    const free = usual.find((candidate) => !taken.has(candidate)) ?? "center";
    taken.add(free);
    return free;
  });
}
