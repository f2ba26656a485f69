/**
 * @file The names that NewBie prompts use, and how a written name is recognised whatever its case, width or joints.
 *
 * Nothing here decides what may stand in a prompt: other names are kept as they are and merely pointed out.
 */

import type { Dialect } from "../contract/prompt.ts";

/** In the order in which every source writes them. */
export const CHARACTER_FIELDS = [
  "n",
  "gender",
  "appearance",
  "clothing",
  "body_type",
  "expression",
  "action",
  "interaction",
  "position",
] as const;
export type CharacterField = (typeof CHARACTER_FIELDS)[number];

/** In the order of the sources, merged. `artists` is written `artist` in the formatter's dialect. */
export const GENERAL_FIELDS = [
  "count",
  "artists",
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
] as const;
export type GeneralField = (typeof GENERAL_FIELDS)[number];

/** Known in blocks of both kinds or beside them, without a place in the form. */
const FURTHER_FIELDS = ["artist", "inset_panel"] as const;

export const ROOT_NAMES = { nodes: "image", formatter: "img" } as const satisfies Partial<Record<Dialect, string>>;
export type RootedDialect = keyof typeof ROOT_NAMES;

export function isRooted(dialect: Dialect): dialect is RootedDialect {
  return Object.hasOwn(ROOT_NAMES, dialect);
}

/** What the web apps' importers read from the general block; they drop the rest. */
export const WEBAPP_GENERAL_FIELDS: ReadonlySet<string> = new Set<string>([
  ...(["count", "artists", "style", "background", "lighting", "atmosphere", "objects", "other"] as const),
] satisfies GeneralField[]);
export const WEBAPP_CHARACTER_FIELDS: ReadonlySet<string> = new Set<string>([
  ...(["n", "gender", "appearance", "clothing", "expression", "action", "position"] as const),
] satisfies CharacterField[]);

/** What an element is for: `root` wraps everything, a `block` stands beside other blocks, a `field` holds tags. */
export type Role = "root" | "block" | "field" | "unknown";

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ...Object.values(ROOT_NAMES).map((name) => [name, "root"] as const),
  ...["character", "general_tags", "caption"].map((name) => [name, "block"] as const),
  ...[...CHARACTER_FIELDS, ...GENERAL_FIELDS, ...FURTHER_FIELDS].map((name) => [name, "field"] as const),
]);

/** Written without the underscore often enough. */
const JOINED: ReadonlyMap<string, string> = new Map(
  ["general_tags", "body_type", "extra_tags", "inset_panel"].map((name) => [name.replace("_", ""), name]),
);

export interface NameMeaning {
  /** `character` for every `character_N`; the canonical spelling of a known name; else the name as written. */
  readonly key: string;
  readonly role: Role;
  /** N of `character_N`. */
  readonly number?: number;
}

const CHARACTER_NAME = /^character_?(\d{1,9})$/;
/** The form that nearly all have, told without a look at the others: a large cast has names that are not remembered. */
const USUAL_CHARACTER = /^character_(\d{1,9})$/;
const meanings = new Map<string, NameMeaning>();
const REMEMBERED_MEANINGS = 512;

/** What a name as written in a tag means. Pure; remembers some answers because prompts repeat their names. */
export function meaningOf(name: string): NameMeaning {
  const remembered = meanings.get(name);
  if (remembered !== undefined) return remembered;
  const meaning = findMeaning(name);
  if (meanings.size < REMEMBERED_MEANINGS && name.length <= 32) meanings.set(name, meaning);
  return meaning;
}

function findMeaning(name: string): NameMeaning {
  if (name.length > 64) return { key: name, role: "unknown" };
  const usual = USUAL_CHARACTER.exec(name)?.[1];
  if (usual !== undefined) return { key: "character", role: "block", number: Number(usual) };
  const spelling = name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "_");
  const number = CHARACTER_NAME.exec(spelling)?.[1];
  if (number !== undefined) return { key: "character", role: "block", number: Number(number) };
  const key = JOINED.get(spelling) ?? spelling;
  const role = ROLES.get(key);
  return role === undefined ? { key: name, role: "unknown" } : { key, role };
}

/** The name that a known element ought to have; undefined for unknown ones. */
export function canonicalName(meaning: NameMeaning): string | undefined {
  if (meaning.role === "unknown") return undefined;
  return meaning.number === undefined ? meaning.key : `character_${meaning.number}`;
}

/** The known field that an unknown name is most likely meant for: at most two letters away. */
export function likelyField(name: string): string | undefined {
  if (name.length > 24) return undefined;
  const written = name.toLowerCase();
  if (written === "name") return "n";
  let best: string | undefined;
  let bestDistance = 3;
  for (const field of ROLES.keys()) {
    if (field.length < 5 || Math.abs(field.length - written.length) > 2) continue;
    const distance = editDistance(written, field);
    if (distance >= bestDistance) continue;
    best = field;
    bestDistance = distance;
  }
  return best;
}

/** Levenshtein's distance, for short names. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
