/** @file What the builder of the tree points out: sections that XML would refuse, elements never closed, ends of nothing. */

import type { Finding } from "./findings.ts";
import type { SectionToken, Span, TagToken } from "./tokeniser.ts";
import { commentNode } from "./tree.ts";
import type { PromptNode } from "./tree.ts";
import { withoutForbidden } from "./xml-characters.ts";

/** The node for a section, holding only what XML allows in one. */
export function sectionNode(token: SectionToken, written: string): PromptNode {
  if (token.kind === "comment") return commentNode(written);
  if (token.kind === "cdata") return { kind: "cdata", text: withoutForbidden(written) };
  if (isLateDeclaration(token, written)) return commentNode(`?${written}?`);
  return { kind: "instruction", text: withoutForbidden(written) };
}

/** An XML declaration is one only where the text begins; elsewhere a strict parser stops at it. */
export function isLateDeclaration(token: SectionToken, written: string): boolean {
  return token.kind === "instruction" && token.start > 0 && /^xml(?![\w.:-])/i.test(written);
}

export function sectionFinding(token: SectionToken, written: string, node: PromptNode): Finding | undefined {
  const { start, end } = token;
  if (node.kind === "element" || node.text === written) return undefined;
  const fixed = node.kind === "comment" ? node.text : withoutForbidden(written);
  const isDeclaration = token.kind === "instruction" && node.kind === "comment";
  return {
    code: isDeclaration ? "xml.late-declaration" : `xml.${token.kind}`,
    severity: "error",
    start,
    end,
    message: isDeclaration
      ? "An XML declaration may stand only where the text begins; it is kept as a comment."
      : `This ${token.kind} holds what XML forbids there.`,
    fix: isDeclaration
      ? { code: "make-comment", edits: [{ start, end, text: `<!--${fixed}-->` }], isMeaningKept: true }
      : { code: "write-properly", edits: [{ ...token.content, text: fixed }], isMeaningKept: true },
  };
}

export function declarationFinding({ start, end }: Span): Finding {
  return {
    code: "xml.declaration",
    severity: "error",
    start,
    end,
    message: "Document type and entity declarations are refused: no prompt needs one.",
    fix: { code: "remove", edits: [{ start, end, text: "" }], isMeaningKept: true },
  };
}

export function unclosedFinding(token: TagToken, end: number): Finding {
  return {
    code: "xml.unclosed-tag",
    severity: "error",
    start: token.start,
    end: token.end,
    values: [token.name],
    message: `<${token.name}> is never closed.`,
    fix: {
      code: "close-tag",
      values: [`<${token.name}>`],
      edits: [{ start: end, end, text: `</${token.name}>` }],
      isMeaningKept: true,
    },
  };
}

export function strayEndFinding(token: TagToken, text: string): Finding {
  return {
    code: "xml.stray-end-tag",
    severity: "error",
    start: token.start,
    end: token.end,
    values: [text.slice(token.start, token.end)],
    message: `${text.slice(token.start, token.end)} closes nothing; it is read as text.`,
    fix: {
      code: "remove-end-tag",
      edits: [{ start: token.start, end: token.end, text: "" }],
      isMeaningKept: true,
    },
  };
}
