/** @file The line ends just inside a root or an envelope's text: they belong to the wrapping, not to the blocks. */

import { isContainer } from "../equality.ts";
import { isBlankText, mergedText } from "../tree.ts";
import type { PromptNode, TextNode } from "../tree.ts";

/** What was cut off by `withoutOuterLines`. */
export interface OuterLines {
  readonly lead: string;
  readonly trail: string;
}

export function outerLines(nodes: readonly PromptNode[]): OuterLines {
  const [first] = nodes;
  const lead = first?.kind === "text" ? (LEAD.exec(first.text)?.[0] ?? "") : "";
  const last = nodes.at(-1);
  if (last?.kind !== "text") return { lead, trail: "" };
  const text = last === first ? last.text.slice(lead.length) : last.text;
  return { lead, trail: trailOf(last).exec(text)?.[0] ?? "" };
}

/**
 * Whether text stands among the blocks. White space runs together with it when a caption moves, and cannot be told apart
 * again: there it is not carried.
 */
export function hasTextBeside(nodes: readonly PromptNode[]): boolean {
  return nodes.some((node) => node.kind === "text" && !isBlankText(node));
}

/** The line end between these blocks or their fields; "" where they stand in one line, "\n" where there is nothing. */
export function lineEndAmong(nodes: readonly PromptNode[]): string {
  if (nodes.length === 0) return "\n";
  const spaces = nodes.flatMap((node) => (node.kind === "element" && isContainer(node) ? node.children : [node]));
  for (const node of spaces) {
    const lineEnd = node.kind === "text" ? LINE_END.exec(node.text)?.[0] : undefined;
    if (lineEnd !== undefined) return lineEnd;
  }
  return "";
}

const LINE_END = /\r?\n/;
const LEAD = /^\r?\n/;

/** With the indent behind it, where nothing else stands before it. */
function trailOf(node: TextNode): RegExp {
  return isBlankText(node) ? /\r?\n[ \t]*$/ : /\r?\n$/;
}

/** The nodes without a line end at the start and one (with the indent behind it, where nothing else follows) at the end. */
export function withoutOuterLines(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const [first] = nodes;
  return withoutTrail(first?.kind === "text" ? nodes.with(0, cut(first, LEAD)) : nodes);
}

/** The nodes without a line end at the end. */
export function withoutTrail(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const last = nodes.at(-1);
  return mergedText(last?.kind === "text" ? nodes.with(-1, cut(last, trailOf(last))) : nodes);
}

function cut(node: TextNode, pattern: RegExp): TextNode {
  const text = node.text.replace(pattern, "");
  if (text === node.text) return node;
  return node.source === undefined
    ? { kind: "text", text }
    : { kind: "text", text, source: node.source.replace(pattern, "") };
}
