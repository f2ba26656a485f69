/**
 * @file The envelope of the official ComfyUI template, as data: an object that looks like JSON, with an entry a character
 * (`bbox`, `name`) and an `image` entry with `tags` (the XML) and `caption`.
 *
 * The template pastes texts between quotes as they are, line ends, backslashes and quotes included, so it is not JSON;
 * but programs also send the same thing as true JSON. Both forms are read (envelope-reader.ts), and each is written back
 * in its own form. Whatever else the object holds is kept in place.
 */

import { jsonEscaped, templateEscaped } from "./envelope-text.ts";

export interface EnvelopeText {
  readonly kind: "text";
  readonly text: string;
  /** As written, without the quotes. */
  readonly source?: string;
}

/** Where the XML goes: what it says is in the tree's nodes. */
export interface EnvelopeTags {
  readonly kind: "tags";
  /** The XML as it was read and how it was written: as long as it stays the same, so does its spelling. */
  readonly read?: { readonly xml: string; readonly source: string };
}

/** A number, true, false, null, or a bare word. */
export interface EnvelopeLiteral {
  readonly kind: "literal";
  readonly source: string;
}

export interface EnvelopeArray {
  readonly kind: "array";
  readonly items: readonly EnvelopeItem[];
  /** White space before the closing bracket where there is no item. */
  readonly inner: string;
}

export interface EnvelopeItem {
  readonly before: string;
  readonly value: EnvelopeValue;
  readonly after: string;
}

export interface EnvelopeObject {
  readonly kind: "object";
  readonly members: readonly EnvelopeMember[];
  readonly inner: string;
}

export interface EnvelopeMember extends EnvelopeItem {
  readonly key: string;
  /** As written, without the quotes. */
  readonly keySource?: string;
  /** Between the key and the value: a colon and white space. */
  readonly gap: string;
}

export type EnvelopeValue = EnvelopeText | EnvelopeTags | EnvelopeLiteral | EnvelopeArray | EnvelopeObject;

export interface Envelope {
  /** What stands before the object and behind it: white space, a code fence, a remark. */
  readonly before: string;
  readonly after: string;
  readonly root: EnvelopeObject;
  /** True where every text was one of JSON; then texts are written with JSON's escapes. A matter of spelling only. */
  readonly isJson: boolean;
}

/** A box in thousandths of the picture, as the template has it: [left, top, right, bottom] is what its values suggest. */
export type Box = readonly [number, number, number, number];
export const WHOLE_PICTURE: Box = [0, 0, 1000, 1000];

export function envelopeText(text: string): EnvelopeText {
  return { kind: "text", text };
}

/** An entry laid out as in the template: every value on a line of its own, nothing indented. */
export function envelopeMember(key: string, value: EnvelopeValue): EnvelopeMember {
  return { before: "\n", key, gap: ": ", value, after: "" };
}

export function envelopeObject(members: readonly EnvelopeMember[]): EnvelopeObject {
  return { kind: "object", members: closedLines(members), inner: "" };
}

export function envelopeArray(values: readonly EnvelopeValue[]): EnvelopeArray {
  return { kind: "array", items: closedLines(values.map((value) => ({ before: "\n", value, after: "" }))), inner: "" };
}

function closedLines<Item extends EnvelopeItem>(items: readonly Item[]): readonly Item[] {
  return items.map((item, index) => (index === items.length - 1 ? { ...item, after: "\n" } : { ...item, after: "" }));
}

export function characterEntry(number: number, name: string, box: Box): EnvelopeMember {
  const bbox = envelopeArray(box.map((value) => ({ kind: "literal", source: String(value) })));
  const entry = envelopeObject([envelopeMember("bbox", bbox), envelopeMember("name", envelopeText(name))]);
  return envelopeMember(`character_${number}`, entry);
}

/** The template's envelope for these characters. */
export function newEnvelope(characters: readonly { number: number; name: string }[], caption: string): Envelope {
  const image = envelopeObject([
    envelopeMember("tags", { kind: "tags" }),
    envelopeMember("caption", envelopeText(caption)),
  ]);
  const entries = characters.map(({ number, name }) => characterEntry(number, name, WHOLE_PICTURE));
  const root = envelopeObject([...entries, envelopeMember("image", image)]);
  return { before: "", after: "", root, isJson: false };
}

export function memberOf(object: EnvelopeObject | undefined, key: string): EnvelopeMember | undefined {
  return object?.members.find((member) => member.key === key);
}

function imageOf(envelope: Envelope): EnvelopeObject | undefined {
  const value = memberOf(envelope.root, "image")?.value;
  return value?.kind === "object" ? value : undefined;
}

export function envelopeCaption(envelope: Envelope): string | undefined {
  const value = memberOf(imageOf(envelope), "caption")?.value;
  return value?.kind === "text" ? value.text : undefined;
}

export function hasTagsPlace(envelope: Envelope): boolean {
  return memberOf(imageOf(envelope), "tags")?.value.kind === "tags";
}

/** The envelope with another caption; what was no text under that key is replaced. */
export function withEnvelopeCaption(envelope: Envelope, caption: string): Envelope {
  if (envelopeCaption(envelope) === caption) return envelope;
  return withImageMember(envelope, "caption", envelopeText(caption));
}

/** The envelope with a place for the XML, made where there was none. */
export function withTagsPlace(envelope: Envelope): Envelope {
  return hasTagsPlace(envelope) ? envelope : withImageMember(envelope, "tags", { kind: "tags" });
}

function withImageMember(envelope: Envelope, key: string, value: EnvelopeValue): Envelope {
  const image = imageOf(envelope) ?? envelopeObject([]);
  const root = withMember(envelope.root, "image", withMember(image, key, value));
  return { ...envelope, root };
}

/** The object with the value under the key replaced in place, or added at the end. */
export function withMember(object: EnvelopeObject, key: string, value: EnvelopeValue): EnvelopeObject {
  const index = object.members.findIndex((member) => member.key === key);
  const member = object.members[index];
  if (member !== undefined) return { ...object, members: object.members.with(index, { ...member, value }) };
  return withMemberAt(object, object.members.length, envelopeMember(key, value));
}

/** The object with a member more, laid out like its neighbours. */
export function withMemberAt(object: EnvelopeObject, index: number, member: EnvelopeMember): EnvelopeObject {
  const { members } = object;
  const neighbour = members[index] ?? members.at(-1);
  if (neighbour === undefined) return { ...object, members: [{ ...member, before: "\n", after: "\n" }], inner: "" };
  const isLast = index >= members.length;
  const added = { ...member, before: neighbour.before, gap: neighbour.gap, after: isLast ? neighbour.after : "" };
  const kept = isLast ? members.with(-1, { ...neighbour, after: "" }) : members;
  return { ...object, members: kept.toSpliced(index, 0, added) };
}

export function withoutMember(object: EnvelopeObject, key: string): EnvelopeObject {
  const index = object.members.findIndex((member) => member.key === key);
  if (index === -1) return object;
  const members = object.members.toSpliced(index, 1);
  const wasLast = index === members.length;
  const last = members.at(-1);
  const closing = object.members.at(-1)?.after ?? "";
  if (!wasLast || last === undefined) return { ...object, members };
  return { ...object, members: members.with(-1, { ...last, after: last.after + closing }) };
}

/** The object as text. @param tags what stands in the place for the XML, not yet escaped */
export function printEnvelope(envelope: Envelope, tags: string): string {
  const write = envelope.isJson ? jsonEscaped : templateEscaped;
  return envelope.before + printValue(envelope.root, write, tags, true) + envelope.after;
}

/** The object as JSON, whatever form its texts were written in. */
export function printEnvelopeAsJson(envelope: Envelope, tags: string): string {
  return envelope.before + printValue(envelope.root, jsonEscaped, tags, false) + envelope.after;
}

/** As the model reads it: texts as they are, in the template's form. */
export function printEnvelopeForModel(envelope: Envelope, tags: string): string {
  return envelope.before + printValue(envelope.root, (text) => text, tags, false) + envelope.after;
}

function printValue(value: EnvelopeValue, write: (text: string) => string, tags: string, isSource: boolean): string {
  const print = (inner: EnvelopeValue): string => printValue(inner, write, tags, isSource);
  const text = (plain: string, source: string | undefined): string =>
    `"${isSource && source !== undefined ? source : write(plain)}"`;
  switch (value.kind) {
    case "text":
      return text(value.text, value.source);
    case "tags":
      return text(tags, value.read?.xml === tags ? value.read.source : undefined);
    case "literal":
      return value.source;
    case "array":
      return `[${value.items.map(({ before, value: item, after }) => before + print(item) + after).join(",")}${value.inner}]`;
    case "object": {
      const members = value.members.map(
        (member) =>
          member.before + text(member.key, member.keySource) + member.gap + print(member.value) + member.after,
      );
      return `{${members.join(",")}${value.inner}}`;
    }
  }
}

export function isSameEnvelope(left: Envelope | undefined, right: Envelope | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.before.trim() === right.before.trim() &&
    left.after.trim() === right.after.trim() &&
    isSameValue(left.root, right.root)
  );
}

/** White space between values does not count; the order of members does. */
export function isSameValue(left: EnvelopeValue, right: EnvelopeValue): boolean {
  if (left.kind === "text") return right.kind === "text" && left.text === right.text;
  if (left.kind === "literal") return right.kind === "literal" && left.source === right.source;
  if (left.kind === "array") return right.kind === "array" && areSameItems(left.items, right.items);
  if (left.kind === "object")
    return (
      right.kind === "object" &&
      areSameItems(left.members, right.members) &&
      left.members.every(({ key }, index) => key === right.members[index]?.key)
    );
  return right.kind === "tags";
}

function areSameItems(left: readonly EnvelopeItem[], right: readonly EnvelopeItem[]): boolean {
  if (left.length !== right.length) return false;
  return left.every(({ value }, index) => {
    const other = right[index];
    return other !== undefined && isSameValue(value, other.value);
  });
}
