/**
 * @file Splits a text into tags, comments, CDATA sections, instructions and what is between them.
 *
 * Our own, because neither kind of ready parser fits. Strict ones (saxes, sax) stop at `<character 1>`, `>_<` and `d&d`,
 * which people write; tolerant ones read HTML: htmlparser2 gives `<style>` and `<img>` the meanings they have there and
 * rescans its buffer on `<<<<`. What decides here is short: a `<` begins a tag only if the tag ends before the next `<`,
 * and every search stops at that next `<` or remembers that it found nothing, so the work is linear in the text.
 * On well-formed input it agrees with saxes; the tests hold both against each other.
 */

import { readDeclaration, readSection } from "./sections.ts";
import type { SectionToken, Span } from "./sections.ts";
import { canonicalName, meaningOf } from "./vocabulary.ts";
import type { NameMeaning } from "./vocabulary.ts";
import { endOfName, isForeignSpace, isName, isSpace, skipSpaces } from "./xml-characters.ts";

export interface RawAttribute extends Span {
  readonly name: string;
  /** Undefined where there is no `=`. */
  readonly value?: Span;
  /** The quote, or "" for a bare value. */
  readonly quote: string;
}

export interface TagToken extends Span {
  readonly kind: "start" | "end";
  /** A valid XML name: words joined where the tag had several (`<character 1>`). */
  readonly name: string;
  readonly meaning: NameMeaning;
  /** Where the name stands, all its words. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly attributes: readonly RawAttribute[];
  /** What stands in the tag and belongs to nothing. */
  readonly junk: readonly Span[];
  readonly isSelfClosing: boolean;
  /** False where the `>` is missing. */
  readonly isFinished: boolean;
  /** False where a strict parser would refuse the tag for spaces in the wrong place. */
  readonly isWellSpaced: boolean;
}

export type { SectionToken, Span } from "./sections.ts";

export type Token = TagToken | SectionToken;

/** `< caption >` is met; a sign for "less than" in a sentence is more often followed by something else. */
const WIDEST_GAP = 8;

/** Shared by the many tags that have none. */
const NO_ATTRIBUTES: readonly RawAttribute[] = [];
const NO_JUNK: readonly Span[] = [];

const SLASH = 0x2f;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const isAbsent = new Set<string>();
  let at = text.indexOf("<");
  while (at !== -1) {
    const following = text.indexOf("<", at + 1);
    const token =
      readSection(text, at, isAbsent) ??
      readDeclaration(text, at, isAbsent) ??
      readTag(text, at, following === -1 ? text.length : following);
    if (token !== undefined) {
      tokens.push(token);
      at = following === -1 || following >= token.end ? following : text.indexOf("<", token.end);
      continue;
    }
    at = following;
  }
  return tokens;
}

/** The tag that begins at `at` and ends before `limit`, the next `<`; undefined where it is no tag but text. */
function readTag(text: string, at: number, limit: number): TagToken | undefined {
  const isEnd = text.charCodeAt(at + 1) === SLASH;
  const gapStart = at + (isEnd ? 2 : 1);
  const nameStart = skipSpaces(text, gapStart, Math.min(limit, gapStart + WIDEST_GAP));
  const wordEnd = endOfName(text, nameStart, limit);
  if (wordEnd === nameStart) return undefined;
  const word = text.slice(nameStart, wordEnd);
  const kind = isEnd ? "end" : "start";
  if (wordEnd < limit && text.charCodeAt(wordEnd) === GREATER && nameStart === gapStart) {
    return simpleTag(kind, at, wordEnd + 1, word, nameStart, true);
  }
  const inside = readInside(text, wordEnd, limit);

  if (inside.end === undefined) {
    const meaning = meaningOf(word);
    // A lone letter behind a `<` is more likely a sum than a field `n` without its `>`.
    if (meaning.role === "unknown" || word.length < 2 || nameStart > gapStart) return undefined;
    return simpleTag(kind, at, wordEnd, word, nameStart, false);
  }

  const { attributes, nameEnd, ...named } = joinWords(word, wordEnd, inside.attributes);
  const meaning = meaningOf(named.name);
  const hasGap = nameStart > gapStart;
  const isSure = meaning.role !== "unknown" || (!hasGap && inside.junk.length === 0 && isName(named.name));
  if (!isSure) return undefined;
  return {
    kind,
    start: at,
    end: inside.end,
    name: nameEnd === wordEnd ? word : (canonicalName(meaning) ?? named.name),
    meaning,
    nameStart,
    nameEnd,
    attributes,
    junk: inside.junk,
    isSelfClosing: inside.isSelfClosing && !isEnd,
    isFinished: true,
    isWellSpaced: !hasGap && nameEnd === wordEnd && inside.isWellSpaced && !(isEnd && inside.isSelfClosing),
  };
}

/** A tag of nothing but a name: most are. */
function simpleTag(
  kind: TagToken["kind"],
  start: number,
  end: number,
  name: string,
  nameStart: number,
  isFinished: boolean,
): TagToken {
  return {
    kind,
    start,
    end,
    name,
    meaning: meaningOf(name),
    nameStart,
    nameEnd: nameStart + name.length,
    attributes: NO_ATTRIBUTES,
    junk: NO_JUNK,
    isSelfClosing: false,
    isFinished,
    isWellSpaced: true,
  };
}

/** Whether a tag is nothing but a name between proper brackets, so that there is nothing to check. */
export function isPlainTag({ attributes, junk, isFinished, isWellSpaced }: TagToken): boolean {
  return attributes === NO_ATTRIBUTES && junk === NO_JUNK && isFinished && isWellSpaced;
}

/**
 * `<character 1>` and `<general tags>`: words without values behind a name belong to it if that makes a known name, or
 * if the first word alone is not known either. Behind a known name they are attributes that lack a value.
 */
function joinWords(
  word: string,
  wordEnd: number,
  attributes: readonly RawAttribute[],
): { name: string; nameEnd: number; attributes: readonly RawAttribute[] } {
  const apart = { name: word, nameEnd: wordEnd, attributes };
  const last = attributes.at(-1);
  if (last === undefined || attributes.some(({ value }) => value !== undefined)) return apart;
  const joined = { name: [word, ...attributes.map(({ name }) => name)].join("_"), nameEnd: last.end, attributes: [] };
  if (meaningOf(joined.name).role !== "unknown") return joined;
  return meaningOf(word).role === "unknown" ? joined : apart;
}

interface Inside {
  /** Behind the `>`; undefined where there is none before the limit. */
  readonly end?: number;
  readonly attributes: readonly RawAttribute[];
  readonly junk: readonly Span[];
  readonly isSelfClosing: boolean;
  readonly isWellSpaced: boolean;
}

function readInside(text: string, from: number, limit: number): Inside {
  const attributes: RawAttribute[] = [];
  const junk: Span[] = [];
  let isWellSpaced = true;
  let at = from;
  while (at < limit) {
    const before = at;
    at = skipSpaces(text, at, limit);
    if (at >= limit) break;
    if (isWellSpaced) isWellSpaced = areXmlSpaces(text, before, at);
    const unit = text.charCodeAt(at);
    if (unit === GREATER) return { end: at + 1, attributes, junk, isSelfClosing: false, isWellSpaced };
    if (unit === SLASH) {
      const next = skipSpaces(text, at + 1, limit);
      if (next < limit && text.charCodeAt(next) === GREATER) {
        const isTight = isWellSpaced && next === at + 1;
        return { end: next + 1, attributes, junk, isSelfClosing: true, isWellSpaced: isTight };
      }
    }
    const attribute = readAttribute(text, at, limit);
    const isWord = attribute?.value !== undefined || /[\p{L}\p{N}]/u.test(attribute?.name ?? "");
    if (attribute === undefined || !isWord) junk.push({ start: at, end: attribute?.end ?? at + 1 });
    else {
      attributes.push(attribute);
      if (at === before) isWellSpaced = false;
    }
    at = attribute?.end ?? at + 1;
  }
  return { attributes, junk, isSelfClosing: false, isWellSpaced };
}

function areXmlSpaces(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}

/** An attribute, or a word of a name in several words: anything up to a space, `=`, `>`, `/` or a quote. */
function readAttribute(text: string, start: number, limit: number): RawAttribute | undefined {
  const nameEnd = endOfWord(text, start, limit);
  if (nameEnd === start) return undefined;
  const name = text.slice(start, nameEnd);
  const equals = skipSpaces(text, nameEnd, limit);
  if (equals >= limit || text.charCodeAt(equals) !== EQUALS) return { name, start, end: nameEnd, quote: "" };
  const valueStart = skipSpaces(text, equals + 1, limit);
  const quote = text[valueStart] === '"' || text[valueStart] === "'" ? (text[valueStart] ?? "") : "";
  if (quote !== "") {
    const close = offsetOfUnit(text, quote.charCodeAt(0), valueStart + 1, limit);
    if (close < limit) return { name, start, end: close + 1, value: { start: valueStart + 1, end: close }, quote };
  }
  const bareStart = Math.min(limit, valueStart + quote.length);
  let bareEnd = endOfBareValue(text, bareStart, limit);
  if (text.charCodeAt(bareEnd) === GREATER && bareEnd > bareStart && text.charCodeAt(bareEnd - 1) === SLASH) bareEnd--;
  return { name, start, end: bareEnd, value: { start: bareStart, end: bareEnd }, quote: "" };
}

function endOfWord(text: string, start: number, limit: number): number {
  let at = start;
  for (; at < limit; at++) {
    const unit = text.charCodeAt(at);
    if (unit === EQUALS || unit === SLASH || unit === GREATER || unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE) break;
    if (isSpace(unit) || isForeignSpace(unit)) break;
  }
  return at;
}

function endOfBareValue(text: string, start: number, limit: number): number {
  let at = start;
  for (; at < limit; at++) {
    const unit = text.charCodeAt(at);
    if (unit === GREATER || isSpace(unit) || isForeignSpace(unit)) break;
  }
  return at;
}

function offsetOfUnit(text: string, sought: number, start: number, limit: number): number {
  let at = start;
  while (at < limit && text.charCodeAt(at) !== sought) at++;
  return at;
}
