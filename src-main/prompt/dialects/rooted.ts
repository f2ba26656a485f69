/**
 * @file `<image>` and `<img>` put around a prompt and taken off. What stands outside the root (the builder nodes write a
 * style line above it) stays outside on the way back; where that cannot be told from the blocks alone, where the root has
 * attributes or is laid out otherwise than one put around these blocks, comments mark where its tags were.
 */

import { carriedBy, carrierNode, isCarrier, showsXml } from "../carrier.ts";
import { printXml } from "../print.ts";
import { elementNode, isBlankText, isElement, mergedText, textNode } from "../tree.ts";
import type { Attribute, ElementNode, PromptNode } from "../tree.ts";
import { isName } from "../xml-characters.ts";
import { hasTextBeside, lineEndAmong, withoutOuterLines } from "./outer-lines.ts";

/** The nodes of a rooted prompt without the root's tags. */
export function unwrapped(nodes: readonly PromptNode[], root: ElementNode): readonly PromptNode[] {
  const index = nodes.indexOf(root);
  const before = nodes.slice(0, index);
  const after = nodes.slice(index + 1);
  const inner = withoutOuterLines(root.children);
  const bare = mergedText([...before, ...inner, ...after]);
  if (root.attributes.length === 0 && after.every(isBlankText) && bare.some(showsXml) && !bare.some(isRootElement)) {
    const plainRoot = elementNode(root.id, root.name, root.children);
    const again = wrapped(bare, root.name, root.id);
    const isExact = printXml(again) === printXml(nodes.with(index, plainRoot));
    const isInexact = hasTextBeside(inner) && hasSameSplit(again, nodes);
    if (isExact || isInexact) return bare;
  }
  const attributes = root.attributes.map(({ name, value }) => [name, value]);
  const start = carrierNode("root", attributes.length === 0 ? "" : JSON.stringify(attributes));
  return mergedText([...before, start, ...root.children, carrierNode("root-end"), ...after]);
}

/** The nodes with a root around them. @param id for the root */
export function wrapped(nodes: readonly PromptNode[], name: string, id: number): readonly PromptNode[] {
  const start = nodes.findIndex((node) => isCarrier(node, "root"));
  const end = nodes.findLastIndex((node) => isCarrier(node, "root-end"));
  const hasMarks = start !== -1 && end > start;
  const { head, body, tail } = hasMarks
    ? { head: nodes.slice(0, start), body: nodes.slice(start + 1, end), tail: nodes.slice(end + 1) }
    : splitForRoot(nodes);
  const attributes = hasMarks ? attributesFrom(carriedBy(nodes[start])?.payload ?? "") : [];
  const lineEnd = textNode(hasMarks ? "" : lineEndAmong(body));
  const children = body.length === 0 ? [lineEnd] : [lineEnd, ...body, lineEnd];
  return mergedText([...head, elementNode(id, name, children, attributes), ...tail]);
}

/** Whether as many nodes stand above the root, in it and behind it, white space aside. */
function hasSameSplit(left: readonly PromptNode[], right: readonly PromptNode[]): boolean {
  const counts = (nodes: readonly PromptNode[]): readonly (number | string)[] =>
    nodes.filter((node) => !isBlankText(node)).map((node) => (isRootElement(node) ? contentOf(node) : node.kind));
  return counts(left).join() === counts(right).join();
}

function contentOf(root: PromptNode): number {
  return isElement(root) ? root.children.filter((node) => !isBlankText(node)).length : 0;
}

function isRootElement(node: PromptNode): boolean {
  return isElement(node) && node.role === "root";
}

/** Above the root: instructions, comments and a style line. Behind it: white space. */
function splitForRoot(nodes: readonly PromptNode[]): {
  head: readonly PromptNode[];
  body: readonly PromptNode[];
  tail: readonly PromptNode[];
} {
  const isHead = (node: PromptNode): boolean =>
    isBlankText(node) ||
    node.kind === "instruction" ||
    (node.kind === "comment" && carriedBy(node) === undefined) ||
    (isElement(node) && node.key === "style");
  const firstBody = nodes.findIndex((node) => !isHead(node));
  const start = firstBody === -1 ? nodes.length : firstBody;
  const end = Math.max(start, nodes.findLastIndex((node) => !isBlankText(node)) + 1);
  // The indent of the first line inside is not white space above the root.
  const space = nodes[start - 1];
  const indent = space?.kind === "text" && isBlankText(space) ? space.text.slice(space.text.lastIndexOf("\n") + 1) : "";
  const isIndented = indent !== "" && space?.kind === "text";
  const head = isIndented
    ? [...nodes.slice(0, start - 1), textNode(space.text.slice(0, -indent.length))]
    : nodes.slice(0, start);
  const body = nodes.slice(start, end);
  return { head, body: isIndented ? [textNode(indent), ...body] : body, tail: nodes.slice(end) };
}

function attributesFrom(payload: string): readonly Attribute[] {
  if (payload === "") return [];
  const pairs = parsed(payload);
  if (!Array.isArray(pairs)) return [];
  const attributes = new Map<string, Attribute>();
  for (const pair of pairs as unknown[]) {
    if (!Array.isArray(pair)) continue;
    const [name, value] = pair as unknown[];
    // What stands in a comment may have been written by anyone: only names that a tag can have, each once.
    if (typeof name === "string" && typeof value === "string" && isName(name) && !attributes.has(name))
      attributes.set(name, { name, value });
  }
  return [...attributes.values()];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Someone edited the comment by hand; the root then has no attributes.
    return undefined;
  }
}
