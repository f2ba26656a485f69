/**
 * @file The parts of a text that begin with `<!` or `<?`: comments, CDATA sections, instructions, and the declarations that
 * no prompt needs. A mark that is nowhere closed is looked for once, so that many of them cost no more than one.
 */

import { endOfName, isSpace } from "./xml-characters.ts";

/** A stretch of the text, offsets in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SectionToken extends Span {
  /** A `declaration` is one of a document type or entity. */
  readonly kind: "comment" | "cdata" | "instruction" | "declaration";
  /** What stands between the marks. */
  readonly content: Span;
}

const SECTIONS = [
  { kind: "comment", open: "<!--", close: "-->" },
  { kind: "cdata", open: "<![CDATA[", close: "]]>" },
  { kind: "instruction", open: "<?", close: "?>" },
] as const;

const LONGEST_TARGET = 64;
const DECLARATION = /^<!(?:doctype|entity|element|attlist|notation)(?![a-z])/i;
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;

/** @param isAbsent marks that are known not to come any more; grows */
export function readSection(text: string, at: number, isAbsent: Set<string>): SectionToken | undefined {
  const mark = text.charCodeAt(at + 1);
  if (mark !== EXCLAMATION && mark !== QUESTION) return undefined;
  for (const { kind, open, close } of SECTIONS) {
    if (!text.startsWith(open, at) || isAbsent.has(close)) continue;
    const start = at + open.length;
    if (kind === "instruction" && !isInstruction(text, start)) return undefined;
    const end = text.indexOf(close, start);
    if (end !== -1) return { kind, start: at, end: end + close.length, content: { start, end } };
    isAbsent.add(close);
  }
  return undefined;
}

/**
 * A declaration of a document type, with those inside its brackets, or of an entity. One that does not end is no longer
 * than its name, so that what follows is read.
 */
export function readDeclaration(text: string, at: number, isAbsent: Set<string>): SectionToken | undefined {
  if (text.charCodeAt(at + 1) !== EXCLAMATION) return undefined;
  const name = DECLARATION.exec(text.slice(at, at + 12))?.[0];
  if (name === undefined) return undefined;
  const start = at + name.length;
  const close = isAbsent.has(">") ? -1 : text.indexOf(">", start);
  if (close === -1) isAbsent.add(">");
  const hasSubset = close !== -1 && text.slice(start, close).includes("[");
  const subsetEnd = hasSubset && !isAbsent.has("]") ? endOfSubset(text, start) : undefined;
  if (hasSubset && subsetEnd === undefined) isAbsent.add("]");
  const end = subsetEnd ?? (close === -1 ? start : close + 1);
  return { kind: "declaration", start: at, end, content: { start, end } };
}

function endOfSubset(text: string, start: number): number | undefined {
  const ending = /\]\s{0,64}>/g;
  ending.lastIndex = start;
  return ending.test(text) ? ending.lastIndex : undefined;
}

/** A name, and behind it a space or the end. */
function isInstruction(text: string, start: number): boolean {
  const end = endOfName(text, start, Math.min(text.length, start + LONGEST_TARGET));
  return end > start && (isSpace(text.charCodeAt(end)) || text.startsWith("?>", end));
}
