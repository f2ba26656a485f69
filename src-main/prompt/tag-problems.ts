/**
 * @file What is wrong with a tag that was understood nevertheless: one finding a tag, whose fix writes the tag properly.
 */

import { resolveReferences, readReference } from "./escaping.ts";
import type { Finding } from "./findings.ts";
import { openTag } from "./print.ts";
import { isPlainTag } from "./tokeniser.ts";
import type { RawAttribute, Span, TagToken } from "./tokeniser.ts";
import type { Attribute } from "./tree.ts";
import { isName, isNameCharacter, withoutForbidden } from "./xml-characters.ts";

const NO_ATTRIBUTES: readonly Attribute[] = [];

/** The attributes as they are meant, under names that are valid and unique. */
export function attributesOf(text: string, token: TagToken): readonly Attribute[] {
  if (token.attributes.length === 0) return NO_ATTRIBUTES;
  const attributes: Attribute[] = [];
  const names = new Set<string>();
  for (const { name: written, value } of token.attributes) {
    let name = validName(written);
    for (let number = 2; names.has(name); number++) name = `${validName(written)}_${number}`;
    names.add(name);
    attributes.push({ name, value: value === undefined ? "" : meantValue(text.slice(value.start, value.end)) });
  }
  return attributes;
}

/** White space in values means spaces, as XML has it. */
function meantValue(written: string): string {
  return withoutForbidden(resolveReferences(written.replace(/\r\n|[\t\n\r]/g, " ")));
}

function validName(written: string): string {
  if (isName(written)) return written;
  const name = Array.from(written, (sign) => (isNameCharacter(sign.codePointAt(0) ?? 0) ? sign : "_")).join("");
  return isName(name) ? name : `_${name}`;
}

/** Whether a strict parser would take the tag as it stands. */
export function isWellFormedTag(text: string, token: TagToken): boolean {
  return problemOf(text, token) === undefined;
}

type TagProblem = "unfinished-tag" | "space-in-tag" | "stray-in-tag" | "attribute";

function problemOf(text: string, token: TagToken): TagProblem | undefined {
  if (isPlainTag(token)) return undefined;
  if (!token.isFinished) return "unfinished-tag";
  if (text.slice(token.nameStart, token.nameEnd) !== token.name) return "space-in-tag";
  if (token.junk.length > 0 || (token.kind === "end" && token.attributes.length > 0)) return "stray-in-tag";
  const names = new Set(token.attributes.map(({ name }) => name));
  const areUnique = names.size === token.attributes.length;
  if (!areUnique || !token.attributes.every((attribute) => isWellFormedAttribute(text, attribute))) return "attribute";
  return token.isWellSpaced ? undefined : "space-in-tag";
}

function isWellFormedAttribute(text: string, { name, start, value, quote }: RawAttribute): boolean {
  if (value === undefined || quote === "" || !isName(name)) return false;
  if (!/^[ \t\r\n]*=[ \t\r\n]*$/.test(text.slice(start + name.length, value.start - 1))) return false;
  const written = text.slice(value.start, value.end);
  for (let at = written.indexOf("&"); at !== -1; at = written.indexOf("&", at + 1))
    if (readReference(written, at) === undefined) return false;
  return withoutForbidden(written) === written;
}

const MESSAGES: Record<TagProblem, (written: string, proper: string) => string> = {
  "unfinished-tag": (written, proper) => `${written} lacks its \`>\`: write ${proper}.`,
  "space-in-tag": (written, proper) => `${written} is no proper tag: write ${proper}.`,
  "stray-in-tag": (written, proper) => `${written} holds what belongs to no tag: write ${proper}.`,
  attribute: (written, proper) => `The attributes of ${written} are not proper XML: write ${proper}.`,
};

const NO_FINDINGS: readonly Finding[] = [];

/** What a strict parser would say about an element's two tags. */
export function tagFindings(text: string, start: TagToken, end: TagToken | undefined): readonly Finding[] {
  if (isPlainTag(start) && end !== undefined && isPlainTag(end) && end.name === start.name) return NO_FINDINGS;
  const findings: Finding[] = [];
  const problem = problemOf(text, start);
  const proper = openTag(start.name, attributesOf(text, start), start.isSelfClosing);
  if (problem !== undefined) findings.push(rewriting(text, start, proper, `xml.${problem}`, MESSAGES[problem]));
  if (end === undefined) return findings;
  const properEnd = `</${start.name}>`;
  const endProblem = problemOf(text, end);
  if (end.name !== start.name) {
    const say = (written: string): string => `${written} closes ${openTag(start.name, [], false)}: write ${properEnd}.`;
    findings.push(rewriting(text, end, properEnd, differenceOf(start, end), say));
  } else if (endProblem !== undefined) {
    findings.push(rewriting(text, end, properEnd, `xml.${endProblem}`, MESSAGES[endProblem]));
  }
  return findings;
}

function differenceOf(start: TagToken, end: TagToken): string {
  if (start.meaning.key === "character" && end.meaning.key === "character") return "xml.closing-number";
  return start.name.toLowerCase() === end.name.toLowerCase() ? "xml.closing-case" : "xml.closing-name";
}

function rewriting(
  text: string,
  span: Span,
  proper: string,
  code: string,
  say: (written: string, proper: string) => string,
): Finding {
  const { start, end } = span;
  const written = text.slice(start, Math.min(end, start + 80));
  return {
    code,
    severity: "error",
    start,
    end,
    message: say(written, proper.slice(0, 80)),
    values: [written, proper.slice(0, 80)],
    fix: { code: "write", values: [proper.slice(0, 40)], edits: [{ start, end, text: proper }], isMeaningKept: true },
  };
}
