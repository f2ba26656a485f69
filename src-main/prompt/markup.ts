/**
 * @file A text under the pen, for an editor of code: what to colour, and what is being written at a place. It stands on
 * the reader's own tokens, so colours never disagree with what is understood, however malformed the text is.
 */

import { findBody } from "./read.ts";
import { tokenise } from "./tokeniser.ts";
import type { TagToken, Token } from "./tokeniser.ts";
import type { NameMeaning } from "./vocabulary.ts";

export type MarkupKind =
  | "system"
  | "envelope"
  | "bracket"
  | "root"
  | "character"
  | "block"
  | "field"
  | "unknown"
  | "attribute"
  | "value"
  | "comment"
  | "cdata"
  | "instruction"
  | "junk";

/** UTF-16 offsets into the source; what is content has no span. */
export interface MarkupSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: MarkupKind;
}

/** Ascending, without overlaps. */
export function markupSpans(source: string): readonly MarkupSpan[] {
  const { start, system, envelope, region } = findBody(source);
  const spans: MarkupSpan[] = [];
  const add = (from: number, to: number, kind: MarkupKind): void => {
    if (to > from) spans.push({ start: from, end: to, kind });
  };
  const bodyStart = region.toSource(0);
  const bodyEnd = region.toSource(region.text.length);
  add(start, system.end, "system");
  if (envelope !== undefined) add(system.end, bodyStart, "envelope");
  for (const token of tokenise(region.text))
    for (const span of spansOf(token)) add(region.toSource(span.start), region.toSource(span.end), span.kind);
  if (envelope !== undefined) add(bodyEnd, source.length, "envelope");
  return spans;
}

function spansOf(token: Token): readonly MarkupSpan[] {
  if (!isTag(token)) {
    const kind = token.kind === "comment" || token.kind === "cdata" ? token.kind : "instruction";
    return [{ start: token.start, end: token.end, kind }];
  }
  const { start, end, nameStart, nameEnd, attributes, junk } = token;
  const parts: MarkupSpan[] = [{ start: nameStart, end: nameEnd, kind: kindOfName(token.meaning) }];
  for (const { start: from, end: to, value } of attributes) {
    parts.push({ start: from, end: value?.start ?? to, kind: "attribute" });
    if (value !== undefined) parts.push({ start: value.start, end: to, kind: "value" });
  }
  for (const span of junk) parts.push({ start: span.start, end: span.end, kind: "junk" });
  parts.sort((left, right) => left.start - right.start);
  const spans: MarkupSpan[] = [];
  let at = start;
  for (const part of parts) {
    if (part.start > at) spans.push({ start: at, end: part.start, kind: "bracket" });
    spans.push(part);
    at = Math.max(at, part.end);
  }
  if (end > at) spans.push({ start: at, end, kind: "bracket" });
  return spans;
}

function kindOfName({ key, role }: NameMeaning): MarkupKind {
  return key === "character" ? "character" : role;
}

function isTag(token: Token): token is TagToken {
  return token.kind === "start" || token.kind === "end";
}

/** What is being written where the cursor stands. */
export interface WritingPlace {
  /** `start` and `end`: the name of a tag. `markup`: elsewhere in a tag, comment or envelope. `content`: text. */
  readonly kind: "start" | "end" | "content" | "markup";
  /** Where the name or the tag under the pen begins, in the source. */
  readonly from: number;
  /** The elements around, outermost first: their names as written and their meaning. */
  readonly open: readonly (NameMeaning & { readonly name: string })[];
}

/** Looks only at what stands before the place, as far as it is needed. */
export function writingPlace(source: string, offset: number): WritingPlace {
  const { region } = findBody(source);
  const bodyStart = region.toSource(0);
  if (offset < bodyStart || offset > region.toSource(region.text.length))
    return { kind: "markup", from: offset, open: [] };
  const at = offsetInRegion(region.toSource, region.text.length, offset);
  const open: TagToken[] = [];
  for (const token of tokenise(region.text.slice(0, at))) {
    if (!isTag(token) || !token.isFinished || token.isSelfClosing) continue;
    if (token.kind === "start") open.push(token);
    else {
      const index = open.findLastIndex(({ name }) => name === token.name);
      if (index !== -1) open.length = index;
    }
  }
  const elements = open.map(({ name, meaning }) => ({ ...meaning, name }));
  const line = region.text.slice(Math.max(0, at - 200), at);
  const tag = /<(\/?)([^<>]*)$/.exec(line);
  if (tag !== null && /^[\p{L}\p{N}_ $.-]*$/u.test(tag[2] ?? ""))
    return {
      kind: tag[1] === "/" ? "end" : "start",
      from: offset - (tag[2]?.length ?? 0),
      open: elements,
    };
  if (tag !== null) return { kind: "markup", from: offset, open: elements };
  const from = Math.max(...[",", "，", "、", ">", "\n"].map((sign) => line.lastIndexOf(sign))) + 1;
  return { kind: "content", from: offset - (line.length - from) + leadingSpace(line.slice(from)), open: elements };
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}

/** The way back from the source: offsets only grow, so it is found by halves. */
function offsetInRegion(toSource: (offset: number) => number, length: number, sought: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (toSource(middle) < sought) low = middle + 1;
    else high = middle;
  }
  return low;
}
