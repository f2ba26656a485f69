/**
 * @file Reads the comfy dialect's envelope from a text, first with JSON's texts, then in the template's form, where texts are
 * pasted between quotes unescaped. There a quote ends a text only if what follows can follow a text: `}`, `]`, a colon
 * behind a key, or a comma and the next key. A backslash counts only before a quote, because tags are full of others
 * (`rem_\(re:zero\)`). What is no envelope in either form is left to the other dialects.
 */

import { memberOf } from "./envelope.ts";
import type { Envelope, EnvelopeItem, EnvelopeMember, EnvelopeObject, EnvelopeValue } from "./envelope.ts";
import {
  backslashesBefore,
  jsonEscaped,
  jsonUnescaped,
  offsetsOf,
  templateEscaped,
  templateUnescaped,
} from "./envelope-text.ts";
import type { SourceRegion } from "./source-region.ts";
import { isSpace } from "./xml-characters.ts";

/** Where a text of the envelope stands in the source. */
export interface EnvelopePlace {
  /** Offsets of the content, without the quotes. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface EnvelopeReading {
  readonly envelope: Envelope;
  /** What `image.tags` says, and the way from it to the source. */
  readonly tags: SourceRegion;
  /** Places of the keys `character_N` (undefined N never occurs), with where their entries begin and end. */
  readonly entries: readonly { readonly key: EnvelopePlace; readonly start: number; readonly end: number }[];
  readonly caption: SourceRegion | undefined;
  /** Where the `image` entry begins: a new character's entry goes there. */
  readonly imageStart: number;
  /** Quotes that stand unmarked inside texts of the template's form. */
  readonly bareQuotes: readonly number[];
  /** Commas behind a last item. */
  readonly trailingCommas: readonly number[];
  /** The brackets that are missing where the source ends. */
  readonly missingClose: string;
}

const DEEPEST = 16;
const LONGEST_KEY = 64;

/**
 * The envelope that begins at `start` or behind a code fence there; undefined where there is none.
 *
 * @param isJson the form, where it is known; else JSON is tried first
 */
export function readEnvelope(source: string, start: number, isJson?: boolean): EnvelopeReading | undefined {
  const open = startOfObject(source, start);
  if (open === undefined) return undefined;
  if (isJson !== undefined) return new EnvelopeReader(source, start, isJson).read(open);
  return new EnvelopeReader(source, start, true).read(open) ?? new EnvelopeReader(source, start, false).read(open);
}

/** Where an envelope would begin. */
export function startOfObject(source: string, start: number): number | undefined {
  let at = skipBlank(source, start);
  if (source.startsWith("```", at)) {
    const lineEnd = source.indexOf("\n", at);
    if (lineEnd === -1 || lineEnd - at > 20) return undefined;
    at = skipBlank(source, lineEnd + 1);
  }
  return source[at] === "{" ? at : undefined;
}

function skipBlank(source: string, start: number): number {
  let at = start;
  while (at < source.length && isSpace(source.charCodeAt(at))) at++;
  return at;
}

type Follower = "key" | "member" | "item";

interface TextReading extends EnvelopePlace {
  readonly close: number;
}

class EnvelopeReader {
  readonly #source: string;
  readonly #bodyStart: number;
  readonly #isJson: boolean;
  readonly #entries: { key: EnvelopePlace; start: number; end: number }[] = [];
  readonly #bareQuotes: number[] = [];
  readonly #trailingCommas: number[] = [];
  #missingClose = "";
  #tags: EnvelopePlace | undefined;
  #caption: EnvelopePlace | undefined;
  #imageStart = 0;
  #at = 0;

  constructor(source: string, bodyStart: number, isJson: boolean) {
    this.#source = source;
    this.#bodyStart = bodyStart;
    this.#isJson = isJson;
  }

  read(open: number): EnvelopeReading | undefined {
    this.#at = open;
    const root = this.#object([]);
    if (root === undefined || !isEnvelope(root)) return undefined;
    const before = this.#source.slice(this.#bodyStart, open);
    const envelope = { before, after: this.#source.slice(this.#at), root, isJson: this.#isJson };
    return {
      envelope,
      tags: this.#region(this.#tags ?? { start: this.#at, end: this.#at, text: "" }),
      entries: this.#entries,
      caption: this.#caption && this.#region(this.#caption),
      imageStart: this.#imageStart,
      bareQuotes: this.#bareQuotes,
      trailingCommas: this.#trailingCommas,
      missingClose: this.#missingClose,
    };
  }

  #blank(): string {
    const start = this.#at;
    this.#at = skipBlank(this.#source, start);
    return this.#source.slice(start, this.#at);
  }

  #value(path: readonly string[], follower: Follower): EnvelopeValue | undefined {
    const unit = this.#source[this.#at];
    if (unit === "{") return this.#object(path);
    if (unit === "[") return this.#array(path);
    if (unit !== '"') return this.#literal();
    const text = this.#text(follower);
    if (text === undefined) return undefined;
    const isInImage = path.length === 2 && path[0] === "image";
    if (isInImage && path[1] === "tags" && this.#tags === undefined) {
      this.#tags = text;
      return { kind: "tags", read: { xml: text.text, source: this.#source.slice(text.start, text.end) } };
    }
    if (isInImage && path[1] === "caption") this.#caption = text;
    return { kind: "text", text: text.text, source: this.#source.slice(text.start, text.end) };
  }

  #literal(): EnvelopeValue | undefined {
    const match = /^[-+.\w]{1,40}/.exec(this.#source.slice(this.#at, this.#at + 41));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return { kind: "literal", source: match[0] };
  }

  #array(path: readonly string[]): EnvelopeValue | undefined {
    const list = this.#list("]", path, (before) => {
      const value = this.#value([...path, "[]"], "item");
      return value && { before, value, after: "" };
    });
    return list && { kind: "array", items: list.items, inner: list.inner };
  }

  #object(path: readonly string[]): EnvelopeObject | undefined {
    const list = this.#list("}", path, (before) => this.#member(before, path));
    return list && { kind: "object", members: list.items, inner: list.inner };
  }

  #member(before: string, path: readonly string[]): EnvelopeMember | undefined {
    const start = this.#at;
    if (this.#source[start] !== '"') return undefined;
    const key = this.#text("key");
    if (key === undefined) return undefined;
    const gapStart = this.#at;
    this.#blank();
    if (this.#source[this.#at] !== ":") return undefined;
    this.#at++;
    this.#blank();
    const gap = this.#source.slice(gapStart, this.#at);
    if (path.length === 0 && key.text === "image") this.#imageStart = start;
    const value = this.#value([...path, key.text], "member");
    if (value === undefined) return undefined;
    if (path.length === 0) this.#entries.push({ key, start, end: this.#at });
    return { before, key: key.text, keySource: this.#source.slice(key.start, key.end), gap, value, after: "" };
  }

  /** What stands between brackets. A comma behind the last item is passed over, the end of the text closes brackets. */
  #list<Item extends EnvelopeItem>(
    close: string,
    path: readonly string[],
    read: (before: string) => Item | undefined,
  ): { items: Item[]; inner: string } | undefined {
    if (path.length > DEEPEST) return undefined;
    this.#at++;
    const items: Item[] = [];
    for (let comma = -1, before = this.#blank(); ; before = this.#blank()) {
      if (this.#source[this.#at] === close) {
        this.#at++;
        const last = items.at(-1);
        if (last === undefined) return { items, inner: before };
        this.#trailingCommas.push(comma);
        items[items.length - 1] = { ...last, after: last.after + before };
        return { items, inner: "" };
      }
      const item = read(before);
      if (item === undefined) return undefined;
      const after = this.#blank();
      items.push({ ...item, after });
      const unit = this.#source[this.#at];
      if (unit === undefined) {
        this.#missingClose += close;
        return { items, inner: "" };
      }
      comma = this.#at++;
      if (unit === close) return { items, inner: "" };
      if (unit !== ",") return undefined;
    }
  }

  #text(follower: Follower): TextReading | undefined {
    const start = this.#at + 1;
    const close = this.#isJson ? this.#jsonEnd(start) : this.#templateEnd(start, follower);
    if (close === undefined) return undefined;
    const written = this.#source.slice(start, close);
    const text = this.#isJson ? jsonUnescaped(written) : templateUnescaped(written);
    if (text === undefined) return undefined;
    this.#at = close + 1;
    return { start, end: close, text, close };
  }

  #jsonEnd(start: number): number | undefined {
    for (let close = this.#source.indexOf('"', start); close !== -1; close = this.#source.indexOf('"', close + 1))
      if (this.#backslashes(start, close) % 2 === 0) return close;
    return undefined;
  }

  #templateEnd(start: number, follower: Follower): number | undefined {
    const bare: number[] = [];
    for (let close = this.#source.indexOf('"', start); close !== -1; close = this.#source.indexOf('"', close + 1)) {
      if (this.#backslashes(start, close) % 2 === 1) continue;
      if (follower === "key" && close - start > LONGEST_KEY) return undefined;
      if (this.#endsText(close, follower)) {
        for (const quote of bare) this.#bareQuotes.push(quote);
        return close;
      }
      bare.push(close);
    }
    return undefined;
  }

  #backslashes(start: number, end: number): number {
    let at = end;
    while (at > start && this.#source.charCodeAt(at - 1) === 0x5c) at--;
    return end - at;
  }

  #endsText(close: number, follower: Follower): boolean {
    const next = skipBlank(this.#source, close + 1);
    const unit = this.#source[next];
    if (follower === "key") return unit === ":";
    if (unit === undefined) return true;
    if (follower === "item") return unit === "]" || unit === ",";
    if (unit === "}") return true;
    return unit === "," && this.#isKey(skipBlank(this.#source, next + 1));
  }

  #isKey(at: number): boolean {
    if (this.#source[at] === "}") return true;
    if (this.#source[at] !== '"') return false;
    const rest = this.#source.slice(at + 1, at + 2 + LONGEST_KEY);
    let close = rest.indexOf('"');
    while (close !== -1 && backslashesBefore(rest, close) % 2 === 1) close = rest.indexOf('"', close + 1);
    return close !== -1 && this.#source[skipBlank(this.#source, at + 2 + close)] === ":";
  }

  #region(place: EnvelopePlace): SourceRegion {
    const written = this.#source.slice(place.start, place.end);
    const isAsWritten = written === place.text;
    const offsets = isAsWritten ? undefined : offsetsOf(written, this.#isJson);
    return {
      text: place.text,
      toSource: (offset) => place.start + (offsets?.[offset] ?? (isAsWritten ? offset : written.length)),
      encode: this.#isJson ? jsonEscaped : templateEscaped,
    };
  }
}

function isEnvelope(root: EnvelopeObject): boolean {
  const image = memberOf(root, "image")?.value;
  if (image?.kind === "object")
    return memberOf(image, "tags") !== undefined || memberOf(image, "caption") !== undefined;
  return root.members.some(({ key, value }) => /^character_\d+$/.test(key) && value.kind === "object");
}
