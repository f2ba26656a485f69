/** @file The line ends just inside a root or an envelope's text: they belong to the wrapping, not to the blocks. */

import { isBlankText, mergedText } from "../tree.ts";
import type { PromptNode, TextNode } from "../tree.ts";

/** The nodes without a line end at the start and one (with the indent behind it, where nothing else follows) at the end. */
export function withoutOuterLines(nodes: readonly PromptNode[]): readonly PromptNode[] {
  let inner = nodes;
  const first = inner[0];
  if (first?.kind === "text") inner = inner.with(0, cut(first, /^\r?\n/));
  const last = inner.at(-1);
  if (last?.kind === "text") inner = inner.with(-1, cut(last, isBlankText(last) ? /\r?\n[ \t]*$/ : /\r?\n$/));
  return mergedText(inner);
}

function cut(node: TextNode, pattern: RegExp): TextNode {
  const text = node.text.replace(pattern, "");
  if (text === node.text) return node;
  return node.source === undefined
    ? { kind: "text", text }
    : { kind: "text", text, source: node.source.replace(pattern, "") };
}
