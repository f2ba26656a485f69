/**
 * @file Tag lists: what stands between commas, with weights (`(tag:1.2)`) left as they are written.
 *
 * Parentheses that nobody escaped group tags, so a comma inside them does not part the list. A list is only looked at
 * here; joining the texts of its tags again changes nothing but the white space around commas.
 */

export interface Tag {
  /** As written, without the white space around it. */
  readonly text: string;
  /** Offsets of `text` in the list. */
  readonly start: number;
  readonly end: number;
  /** The tags in it: one, or those of a group. */
  readonly items: readonly TagItem[];
}

export interface TagItem {
  /** As the vocabularies spell it: lower case, underscores, parentheses bare, no weight. */
  readonly name: string;
  /** Offsets in the list, weight and grouping parentheses left out. */
  readonly start: number;
  readonly end: number;
}

const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;

export function isTagSeparator(sign: string): boolean {
  return sign === "," || sign === "，" || sign === "、";
}

/** For every bare parenthesis that has a partner, the partner's offset. */
export function parenthesisPairs(list: string): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < list.length; at++) {
    const unit = list.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === OPEN) open.push(at);
    else if (unit === CLOSE) {
      const start = open.pop();
      if (start === undefined) continue;
      pairs.set(start, at);
      pairs.set(at, start);
    }
  }
  return pairs;
}

export function parseTags(list: string): readonly Tag[] {
  const pairs = parenthesisPairs(list);
  const tags: Tag[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at <= list.length; at++) {
    if (at < list.length) {
      const unit = list.charCodeAt(at);
      if (unit === BACKSLASH) at++;
      else if (unit === OPEN && pairs.has(at)) depth++;
      else if (unit === CLOSE && pairs.has(at)) depth--;
      if (at < list.length && (depth > 0 || !isTagSeparator(list[at] ?? ""))) continue;
      if (unit === BACKSLASH) continue;
    }
    const tag = tagBetween(list, start, Math.min(at, list.length), pairs);
    if (tag !== undefined) tags.push(tag);
    start = at + 1;
  }
  return tags;
}

function tagBetween(list: string, from: number, to: number, pairs: ReadonlyMap<number, number>): Tag | undefined {
  const span = trimmedSpan(list, from, to);
  if (span === undefined) return undefined;
  const { start, end } = span;
  return { text: list.slice(start, end), start, end, items: itemsBetween(list, start, end, pairs) };
}

function trimmedSpan(list: string, from: number, to: number): { start: number; end: number } | undefined {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(list[start] ?? "")) start++;
  while (end > start && /\s/.test(list[end - 1] ?? "")) end--;
  return start === end ? undefined : { start, end };
}

/** The items of one tag: it is split at its inner commas, and grouping parentheses are left out. */
function itemsBetween(
  list: string,
  start: number,
  end: number,
  pairs: ReadonlyMap<number, number>,
): readonly TagItem[] {
  const items: TagItem[] = [];
  let from = start;
  for (let at = start; at <= end; at++) {
    const unit = list.charCodeAt(at);
    if (at < end && unit === BACKSLASH) at++;
    else if (at === end || isTagSeparator(list[at] ?? "")) {
      const item = itemBetween(list, from, at, pairs);
      if (item !== undefined) items.push(item);
      from = at + 1;
    }
  }
  return items;
}

const WEIGHT = /:\s*-?\d{0,6}(?:\.\d{0,6})?\s*$/;

function itemBetween(list: string, from: number, to: number, pairs: ReadonlyMap<number, number>): TagItem | undefined {
  const span = withoutGroups(list, trimmedSpan(list, from, to), pairs);
  if (span === undefined) return undefined;
  const weight = WEIGHT.exec(list.slice(Math.max(span.start, span.end - 24), span.end));
  const { start } = span;
  // `:3` is a face, not a weight without a tag.
  const end = weight === null || span.end - weight[0].length <= start ? span.end : span.end - weight[0].length;
  return { name: tagName(list.slice(start, end)), start, end };
}

/** Without the parentheses around an item: both, or the one whose partner stands around another item of its group. */
function withoutGroups(
  list: string,
  given: { start: number; end: number } | undefined,
  pairs: ReadonlyMap<number, number>,
): { start: number; end: number } | undefined {
  let span = given;
  while (span !== undefined) {
    const { start, end } = span;
    const close = list.charCodeAt(start) === OPEN ? pairs.get(start) : undefined;
    const open = list.charCodeAt(end - 1) === CLOSE ? pairs.get(end - 1) : undefined;
    const hasOpen = close !== undefined && close >= end - 1;
    const hasClose = open !== undefined && open <= start;
    if (!hasOpen && !hasClose) break;
    span = trimmedSpan(list, hasOpen ? start + 1 : start, hasClose ? end - 1 : end);
  }
  return span;
}

/** A tag as the vocabularies spell it. */
export function tagName(written: string): string {
  return written
    .trim()
    .toLowerCase()
    .replace(/\\([()])/g, "$1")
    .replace(/[\s_]+/g, "_");
}

/** All tag names of a list, groups opened. */
export function tagNames(list: string): readonly string[] {
  return parseTags(list).flatMap(({ items }) => items.map(({ name }) => name));
}

/** A list from tags as they are written. */
export function joinTags(tags: readonly string[]): string {
  return tags
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "")
    .join(", ");
}

/** Whether a text is a list of tags rather than sentences: short parts, no full stops. */
export function isTagList(text: string): boolean {
  if (/[.!?](?:\s|$)|[。！？]/u.test(text)) return false;
  const tags = parseTags(text);
  const words = text.split(/\s+/).filter((word) => word !== "").length;
  return words <= Math.max(3, tags.length * 3);
}
