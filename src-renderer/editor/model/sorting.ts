/** @file Plain tags sorted into fields by the vocabulary, and which kinds of tags a field wants. */

import { parseTags, tagName } from "../../../src-main/prompt/index.ts";
import type { CharacterField, GeneralField } from "../../../src-main/prompt/index.ts";
import { addTags } from "./chips.ts";
import type { TagCategory, Vocabulary } from "../../../src-main/prompt/tag-vocabulary.ts";

/** What completion offers first in each field. */
const WANTED: Readonly<Record<string, readonly TagCategory[]>> = {
  gender: ["person"],
  appearance: ["hair", "eyes", "appearance", "accessories"],
  clothing: ["clothing", "accessories"],
  body_type: ["appearance"],
  expression: ["expression"],
  action: ["pose", "action"],
  interaction: ["action", "pose"],
  position: ["position"],
  count: ["person"],
  artists: ["style"],
  style: ["style"],
  background: ["background"],
  environment: ["background"],
  perspective: ["composition"],
  atmosphere: ["atmosphere", "lighting"],
  lighting: ["lighting"],
  resolution: ["quality"],
  quality: ["quality"],
  objects: ["object"],
};

export function wantedCategories(field: string): ReadonlySet<TagCategory> {
  return new Set(WANTED[field] ?? []);
}

const CHARACTER_PLACES: Readonly<Partial<Record<TagCategory, CharacterField>>> = {
  appearance: "appearance",
  hair: "appearance",
  eyes: "appearance",
  accessories: "appearance",
  clothing: "clothing",
  expression: "expression",
  pose: "action",
  action: "action",
  position: "position",
};
const GENERAL_PLACES: Readonly<Partial<Record<TagCategory, GeneralField>>> = {
  person: "count",
  object: "objects",
  background: "background",
  lighting: "lighting",
  atmosphere: "atmosphere",
  style: "style",
  quality: "quality",
  composition: "perspective",
};

export interface SortedTags {
  readonly character: Readonly<Partial<Record<CharacterField, string>>>;
  readonly general: Readonly<Partial<Record<GeneralField, string>>>;
}

/** Every tag lands somewhere; what the vocabulary does not know goes to `other`. */
export function sortTags(list: string, vocabulary: Vocabulary): SortedTags {
  const character: Partial<Record<CharacterField, string>> = {};
  const general: Partial<Record<GeneralField, string>> = {};
  for (const { text, items } of parseTags(list)) {
    const name = items[0]?.name ?? tagName(text);
    const category = vocabulary.find(name)?.category;
    const own = category && CHARACTER_PLACES[category];
    if (own !== undefined) character[own] = addTags(character[own] ?? "", text);
    else {
      const place = (category && GENERAL_PLACES[category]) ?? "other";
      general[place] = addTags(general[place] ?? "", text);
      if (/^1(?:girl|boy|other)$/.test(name)) character.gender = addTags(character.gender ?? "", text);
    }
  }
  return { character, general };
}
