/**
 * @file The tag vocabulary: read from assets/tags/tags.tsv, searched by name, alias and in three languages. Colours are
 * listed once: `yellow_raincoat` is made of the colour and the garment, so it need not be a line of its own.
 */

import type { Language } from "../contract/settings.ts";

export const TAG_CATEGORIES = [
  "person",
  "appearance",
  "hair",
  "eyes",
  "expression",
  "clothing",
  "accessories",
  "pose",
  "action",
  "object",
  "background",
  "lighting",
  "atmosphere",
  "style",
  "quality",
  "composition",
  "position",
  "colour",
] as const;
export type TagCategory = (typeof TAG_CATEGORIES)[number];

export interface VocabularyTag {
  /** As Danbooru spells it: lower case, underscores, bare parentheses. */
  readonly name: string;
  readonly category: TagCategory;
  readonly zh: string;
  readonly ja: string;
  /** Other words for it, in any language, spelled like names. */
  readonly aliases: readonly string[];
}

/** A tag with everything that a search compares, made ready once. */
interface Entry {
  readonly tag: VocabularyTag;
  readonly parts: readonly string[];
  readonly keys: readonly string[];
}

interface Found {
  readonly tag: VocabularyTag;
  readonly score: number;
  /** What goes before the tag. */
  readonly colour?: { readonly tag: VocabularyTag; readonly word: string };
}

/** What a colour can be put before. */
const COLOURABLE: ReadonlySet<TagCategory> = new Set(["clothing", "accessories", "object", "appearance"]);

export class Vocabulary {
  readonly tags: readonly VocabularyTag[];
  readonly #entries: readonly Entry[];
  readonly #colours: readonly Entry[];
  readonly #byName = new Map<string, VocabularyTag>();
  readonly #byLabel = new Map<string, VocabularyTag>();

  constructor(tags: readonly VocabularyTag[]) {
    this.tags = tags;
    const entries = tags.map(entryOf);
    this.#entries = entries.filter(({ tag }) => tag.category !== "colour");
    this.#colours = entries.filter(({ tag }) => tag.category === "colour");
    // Names win over aliases.
    for (const { tag } of this.#entries)
      for (const alias of tag.aliases) if (!this.#byName.has(alias)) this.#byName.set(alias, tag);
    for (const { tag } of this.#entries) this.#byName.set(tag.name, tag);
    for (const { tag } of this.#entries)
      for (const label of [tag.zh, tag.ja].map(searchForm))
        if (!this.#byLabel.has(label)) this.#byLabel.set(label, tag);
  }

  /** The tag of that name in Chinese or Japanese, also of a colour and a thing; undefined where there is none. */
  named(label: string): VocabularyTag | undefined {
    const sought = searchForm(label);
    const whole = this.#byLabel.get(sought);
    if (whole !== undefined) return whole;
    for (const { word, tag: colour, rest } of this.#colourPrefixes(sought)) {
      const thing = this.#byLabel.get(rest);
      if (thing !== undefined && COLOURABLE.has(thing.category)) return coloured(colour, thing, word);
    }
    return undefined;
  }

  /** The tag of a name or an alias, also of a colour and a thing; undefined for words that are not in it. */
  find(written: string): VocabularyTag | undefined {
    const name = searchForm(written);
    return this.#byName.get(name) ?? this.#coloured(name);
  }

  #coloured(name: string): VocabularyTag | undefined {
    for (const { tag: colour } of this.#colours)
      for (const word of [colour.name, ...colour.aliases]) {
        if (!name.startsWith(`${word}_`)) continue;
        const thing = this.#byName.get(name.slice(word.length + 1));
        if (thing !== undefined && COLOURABLE.has(thing.category)) return coloured(colour, thing, word);
      }
    return undefined;
  }

  /** Best first. @param preferred categories that fit the field: they come before equals */
  search(query: string, limit: number, preferred: ReadonlySet<TagCategory> = new Set()): readonly VocabularyTag[] {
    const sought = searchForm(query);
    if (sought === "") return [];
    const found: Found[] = [];
    const offer = (entry: Entry, words: string, penalty: number, colour?: Found["colour"]): void => {
      const rank = rankOf(entry, words);
      if (rank === undefined) return;
      const { category, name } = entry.tag;
      const score = rank + penalty - (preferred.has(category) ? 0.6 : 0) + name.length / 1000;
      found.push(colour === undefined ? { tag: entry.tag, score } : { tag: entry.tag, score, colour });
    };
    for (const entry of this.#entries) offer(entry, sought, 0);
    for (const { rest, ...colour } of this.#colourPrefixes(sought))
      for (const entry of this.#entries)
        if (COLOURABLE.has(entry.tag.category) && !this.#byName.has(`${colour.word}_${entry.tag.name}`))
          offer(entry, rest, 0.3, colour);
    found.sort((left, right) => left.score - right.score);
    const tags: VocabularyTag[] = [];
    for (const { tag, colour } of found) {
      const offered = colour === undefined ? tag : coloured(colour.tag, tag, colour.word);
      if (!tags.some(({ name }) => name === offered.name)) tags.push(offered);
      if (tags.length === limit) break;
    }
    return tags;
  }

  /** `yellow_rain`, `黄色雨` and `黄色い雨` begin with a colour. */
  *#colourPrefixes(sought: string): Generator<{ word: string; tag: VocabularyTag; rest: string }> {
    for (const { tag: colour } of this.#colours) {
      const names = [colour.name, ...colour.aliases].map((word) => ({ word, lead: `${word}_` }));
      const foreign = [colour.zh, colour.ja].map((lead) => ({ word: colour.name, lead }));
      for (const { word, lead } of [...names, ...foreign]) {
        if (!sought.startsWith(lead) || sought.length === lead.length) continue;
        yield { word, tag: colour, rest: sought.slice(lead.length) };
        break;
      }
    }
  }
}

function coloured(colour: VocabularyTag, thing: VocabularyTag, word: string): VocabularyTag {
  return { ...thing, name: `${word}_${thing.name}`, zh: colour.zh + thing.zh, ja: colour.ja + thing.ja, aliases: [] };
}

function entryOf(tag: VocabularyTag): Entry {
  const keys = [tag.name, tag.zh, tag.ja, ...tag.aliases].map(searchForm);
  return { tag, keys, parts: tag.name.split(/[_-]/) };
}

/** 0 best; undefined where it does not match. */
function rankOf({ keys, parts }: Entry, sought: string): number | undefined {
  let best: number | undefined;
  for (let index = 0; index < keys.length; index++) {
    const at = (keys[index] ?? "").indexOf(sought);
    if (at === -1) continue;
    const isWhole = keys[index]?.length === sought.length;
    const isPartStart = at > 0 && "_-(".includes(keys[index]?.[at - 1] ?? " ");
    const rank = (isWhole ? 0 : at === 0 ? 1 : isPartStart ? 2 : 4) + (index === 0 ? 0 : 0.4);
    if (best === undefined || rank < best) best = rank;
  }
  return best ?? (areWordParts(parts, sought) ? 3 : undefined);
}

/** `lo ha` finds `long_hair`: every word begins a part, in order. */
function areWordParts(parts: readonly string[], sought: string): boolean {
  if (!sought.includes("_")) return false;
  let next = 0;
  for (const word of sought.split("_")) {
    while (next < parts.length && !parts[next]?.startsWith(word)) next++;
    if (next++ >= parts.length) return false;
  }
  return true;
}

/** How names and queries are compared: width, case, spaces and escapes do not count; katakana reads as hiragana. */
export function searchForm(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\\(?=[()])/g, "")
    .trim()
    .replace(/[\s_]+/g, "_")
    .replace(/[ァ-ヶ]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0x60));
}

/** The name to show in a language. */
export function tagLabel(tag: VocabularyTag, language: Language): string {
  if (language === "zh-CN") return tag.zh;
  return language === "ja" ? tag.ja : tag.name.replaceAll("_", " ");
}

/** @throws Error naming the line that is malformed: the file is ours */
export function parseVocabulary(tsv: string): readonly VocabularyTag[] {
  const tags: VocabularyTag[] = [];
  let category: TagCategory | undefined;
  for (const [index, line] of tsv.split("\n").entries()) {
    if (line === "") continue;
    if (line.startsWith("# ")) {
      category = TAG_CATEGORIES.find((name) => name === line.slice(2));
      continue;
    }
    const [name = "", zh = "", ja = "", aliases = ""] = line.split("\t");
    if (category === undefined || name === "" || zh === "" || ja === "")
      throw new Error(`line ${index + 1} of the tag vocabulary is malformed: ${line}`);
    const further = aliases.split(",").filter((alias) => alias !== "");
    tags.push({ name, category, zh, ja, aliases: further.map((alias) => alias.replaceAll(" ", "_")) });
  }
  return tags;
}
