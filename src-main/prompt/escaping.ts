/**
 * @file References (`&amp;`, `&#x41;`) read and written. Only the five names that XML itself knows are resolved: there is
 * no DTD here that could define more, so `&nbsp;` is five letters and two signs.
 */

import { isDocumentCharacter, withoutForbidden } from "./xml-characters.ts";

const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** `&#x10FFFF;` with some leading zeros: longer ones are not taken for references, so that reading stays linear. */
const LONGEST_REFERENCE = 16;

export interface Reference {
  /** Offset behind the `;`. */
  readonly end: number;
  readonly value: string;
}

/** The reference that begins with the `&` at `start`; undefined where there is none that can be resolved. */
export function readReference(text: string, start: number): Reference | undefined {
  const stop = Math.min(text.length, start + LONGEST_REFERENCE);
  let end = start + 1;
  while (end < stop && isReferenceUnit(text.charCodeAt(end))) end++;
  if (end >= stop || text[end] !== ";") return undefined;
  const body = text.slice(start + 1, end);
  const value = body.startsWith("#") ? characterOf(body) : NAMED.get(body);
  return value === undefined ? undefined : { end: end + 1, value };
}

/** The end of something like `&nbsp;` or `&#0;`: the form of a reference without a meaning. */
export function endOfUnknownReference(text: string, start: number): number | undefined {
  const stop = Math.min(text.length, start + 2 * LONGEST_REFERENCE);
  let end = start + 1;
  while (end < stop && isReferenceUnit(text.charCodeAt(end))) end++;
  return end > start + 1 && text[end] === ";" ? end + 1 : undefined;
}

function isReferenceUnit(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a) || unit === 0x23
  );
}

function characterOf(body: string): string | undefined {
  const isHexadecimal = body.startsWith("#x");
  const digits = body.slice(isHexadecimal ? 2 : 1);
  if (!(isHexadecimal ? /^[0-9a-fA-F]+$/ : /^[0-9]+$/).test(digits)) return undefined;
  const code = Number.parseInt(digits, isHexadecimal ? 16 : 10);
  return isDocumentCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** The text with its references resolved; what is none stays as it is. */
export function resolveReferences(text: string): string {
  let result = "";
  let kept = 0;
  for (let at = text.indexOf("&"); at !== -1; at = text.indexOf("&", at + 1)) {
    const reference = readReference(text, at);
    if (reference === undefined) continue;
    result += text.slice(kept, at) + reference.value;
    kept = reference.end;
    at = kept - 1;
  }
  return kept === 0 ? text : result + text.slice(kept);
}

/** Element content: `>` only where it would end a `]]>`, a lone CR as a reference because XML would make it an LF. */
export function escapeText(text: string): string {
  return withoutForbidden(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("]]>", "]]&gt;")
    .replace(/\r(?!\n)/g, "&#13;");
}

/** An attribute's value for double quotes; white space other than a space would become one without its reference. */
export function escapeAttribute(value: string): string {
  return withoutForbidden(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, (unit) => `&#${unit.charCodeAt(0)};`);
}

/** Text of the plain dialect: escaped only where it would otherwise be taken for a reference or for markup. */
export function escapePlain(text: string): string {
  return text.replace(/&(?=#?[0-9A-Za-z]+;)/g, "&amp;").replace(/<(?=[\s\u00a0\u3000]{0,64}[/!?:_\p{L}])/gu, "&lt;");
}
