/**
 * @file Text between tags: what it says, and what in it a strict parser would refuse. Each of those is reported with a
 * fix and is spelled properly when it is written; nothing is left out.
 */

import type { Finding } from "./findings.ts";
import { endOfUnknownReference, readReference } from "./escaping.ts";
import { isDocumentCharacter } from "./xml-characters.ts";
import type { TextNode } from "./tree.ts";

const AMPERSAND = 0x26;
const LESS = 0x3c;
const BRACKET = 0x5d;

/** Receives what was found at an offset of the text that is read; made only if it is still wanted. */
export type Report = (start: number, make: () => Finding) => void;

/**
 * The text from `start` to `end`. Without `report` it is ordinary text: references are resolved, nothing is a fault, and
 * it is written back as it stands.
 */
export function readText(text: string, start: number, end: number, report: Report | undefined): TextNode {
  let said = "";
  let written = "";
  let kept = start;
  let isRepaired = false;
  const put = (at: number, next: number, saying: string, writing: string): void => {
    const before = text.slice(kept, at);
    said += before + saying;
    written += before + writing;
    kept = next;
  };
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit === AMPERSAND) {
      const reference = readReference(text, at);
      if (reference !== undefined && reference.end <= end) {
        put(at, reference.end, reference.value, text.slice(at, reference.end));
        at = reference.end - 1;
      } else if (report !== undefined) {
        pointOut(report, ampersandFinding, text, at, end);
        put(at, at + 1, "&", "&amp;");
        isRepaired = true;
      }
      continue;
    }
    if (report === undefined) continue;
    if (unit === LESS) {
      pointOut(report, (whole, place) => lessThanFinding(whole, place), text, at, end);
      put(at, at + 1, "<", "&lt;");
      isRepaired = true;
    } else if (unit === BRACKET && at + 2 < end && text.startsWith("]]>", at)) {
      pointOut(report, cdataEndFinding, text, at, end);
      put(at, at + 3, "]]>", "]]&gt;");
      isRepaired = true;
      at += 2;
    } else if (unit < 0x20 || unit >= 0xd800) {
      const code = text.codePointAt(at) ?? 0;
      const next = at + (code > 0xffff ? 2 : 1);
      if (!isDocumentCharacter(code)) {
        pointOut(report, forbiddenFinding, text, at, end);
        put(at, next, "\ufffd", "\ufffd");
        isRepaired = true;
      }
      at = next - 1;
    }
  }
  const rest = text.slice(kept, end);
  if (kept === start && !isRepaired) return { kind: "text", text: rest, source: rest };
  return { kind: "text", text: said + rest, source: written + rest };
}

/** Apart from the loop, whose counter a closure would make slow. */
function pointOut(
  report: Report,
  find: (text: string, at: number, end: number) => Finding,
  text: string,
  at: number,
  end: number,
): void {
  report(at, () => find(text, at, end));
}

function ampersandFinding(text: string, at: number, end: number): Finding {
  const unknownEnd = endOfUnknownReference(text, at);
  const isUnknown = unknownEnd !== undefined && unknownEnd <= end;
  const name = isUnknown ? text.slice(at, unknownEnd) : "&";
  return {
    code: isUnknown ? "xml.unknown-reference" : "xml.bare-ampersand",
    severity: "error",
    start: at,
    end: isUnknown ? unknownEnd : at + 1,
    ...(isUnknown ? { values: [name] } : {}),
    message: isUnknown
      ? `XML does not know \`${name}\`: it is read as these characters. Write the character itself, or \`&amp;\` for the &.`
      : "A bare `&` must be written `&amp;`.",
    fix: {
      code: "write",
      values: ["`&amp;`"],
      edits: [{ start: at, end: at + 1, text: "&amp;" }],
      isMeaningKept: true,
    },
  };
}

/** @param offset where the text begins that `at` is counted in */
export function lessThanFinding(text: string, at: number, offset = 0): Finding {
  const isComment = text.startsWith("<!--", at);
  const start = offset + at;
  return {
    code: isComment ? "xml.unclosed-comment" : "xml.bare-less-than",
    severity: "error",
    start,
    end: start + 1,
    message: isComment
      ? "This comment is never closed with `-->`: it is read as text."
      : "A `<` that begins no tag must be written `&lt;`.",
    fix: { code: "write", values: ["`&lt;`"], edits: [{ start, end: start + 1, text: "&lt;" }], isMeaningKept: true },
  };
}

function cdataEndFinding(_text: string, at: number): Finding {
  return {
    code: "xml.bare-section-end",
    severity: "error",
    start: at,
    end: at + 3,
    message: "`]]>` outside a CDATA section must be written `]]&gt;`.",
    fix: {
      code: "write",
      values: ["`]]&gt;`"],
      edits: [{ start: at + 2, end: at + 3, text: "&gt;" }],
      isMeaningKept: true,
    },
  };
}

function forbiddenFinding(text: string, at: number): Finding {
  const code = text.codePointAt(at) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return {
    code: "xml.forbidden-character",
    severity: "error",
    start: at,
    end: at + (code > 0xffff ? 2 : 1),
    values: [name],
    message: `${name} may not stand in XML; it is written as U+FFFD.`,
    fix: {
      code: "remove-sign",
      edits: [{ start: at, end: at + (code > 0xffff ? 2 : 1), text: "" }],
      isMeaningKept: true,
    },
  };
}
