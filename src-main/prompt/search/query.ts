/**
 * @file A search as data: alternatives, each a list of terms that all must hold. `parseQuery` reads it from the language
 * that authors type, `printQuery` writes it back.
 *
 *     hair left:blue_hair            words anywhere, and somebody on the left with blue hair
 *     c2.clothing:serafuku -rain     the second character's clothes, and no rain
 *     steps<30 seed:1..99 or star    numbers and ranges; or whatever has a star
 */

import type { Toggle } from "../../contract/toggles.ts";
import { CHARACTER_FIELDS, GENERAL_FIELDS } from "../vocabulary.ts";

/** How a text is compared: as whole words inside, as the whole of it, or as words of which the last may go on. */
export interface Match {
  readonly how: "words" | "exact" | "prefix";
  readonly text: string;
}

/** Of whom a tag is asked: of one character by its number, or of those that stand somewhere. */
export type Scope = { readonly character: number } | { readonly place: Place };

export type Condition =
  /** Anywhere in what the model reads. */
  | { readonly kind: "text"; readonly match: Match }
  | { readonly kind: "caption"; readonly match: Match }
  | { readonly kind: "tag"; readonly field?: SearchField; readonly scope?: Scope; readonly match: Match }
  | { readonly kind: "number"; readonly name: NumberName; readonly range: NumberRange }
  | { readonly kind: "size"; readonly width: number; readonly height: number }
  /** A toggle that is not off, one with a value, or any with that value. */
  | { readonly kind: "toggle"; readonly name?: Toggle; readonly value?: string }
  | { readonly kind: "named"; readonly name: NamedName; readonly match: Match }
  /** Local days, months or years: `2026`, `2026-11`, `2026-11-20`; both ends belong to it. */
  | { readonly kind: "date"; readonly from?: string; readonly to?: string }
  | { readonly kind: "star" };

/** `isOpen`: the one bound that there is does not belong to it. */
export interface NumberRange {
  readonly low?: number;
  readonly high?: number;
  readonly isOpen?: true;
}

export interface Term {
  readonly isNegated: boolean;
  readonly condition: Condition;
}

export type Conjunction = readonly Term[];

/** No alternatives at all: everything. */
export interface Query {
  readonly alternatives: readonly Conjunction[];
}

/** Tags about hair and eyes stand in the appearance or anywhere else; what a tag is about tells them apart. */
export const TOPIC_FIELDS = ["hair", "eyes"] as const;
/** Plain prompts have no fields: their tags stand in `plain`. `tag` is any field. */
export const SEARCH_FIELDS = [...CHARACTER_FIELDS, ...GENERAL_FIELDS, "inset_panel", "plain", ...TOPIC_FIELDS] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** Other words for fields. */
export const FIELD_ALIASES: Readonly<Record<string, SearchField>> = {
  name: "n",
  artist: "artists",
  clothes: "clothing",
  body: "body_type",
  eye: "eyes",
  pose: "action",
};

export const NUMBER_NAMES = ["seed", "steps", "width", "height", "guidance"] as const;
export type NumberName = (typeof NUMBER_NAMES)[number];
export const NAMED_NAMES = ["model", "lora", "solver", "album", "note"] as const;
export type NamedName = (typeof NAMED_NAMES)[number];
/** Names that take something else. */
export const FURTHER_NAMES = ["tag", "caption", "size", "toggle", "date"] as const;

/** Bits of where a character stands; a corner has two. */
export const PLACE_BITS = {
  left: 1,
  right: 2,
  center: 4,
  top: 8,
  bottom: 16,
  foreground: 32,
  top_left: 9,
  top_right: 10,
  bottom_left: 17,
  bottom_right: 18,
} as const;
export type Place = keyof typeof PLACE_BITS;
/** A character behind the others: no word of the language, as `background` is a field. */
export const BACKGROUND_BIT = 64;

export function isPlace(name: string): name is Place {
  return Object.hasOwn(PLACE_BITS, name);
}

/** The field of a written name. */
export function searchField(name: string): SearchField | undefined {
  if (Object.hasOwn(FIELD_ALIASES, name)) return FIELD_ALIASES[name];
  return SEARCH_FIELDS.find((field) => field === name);
}
