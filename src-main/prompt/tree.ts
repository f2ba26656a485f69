/**
 * @file The tree of a prompt: plain immutable data that holds everything a prompt can hold, in its place.
 *
 * Elements, text, comments, CDATA and instructions are nodes in the order in which they stand; known and unknown
 * elements differ only by the meaning of their names. A node that came from a text remembers how it was spelled there
 * (`source`), so that what nobody touched is written back byte for byte; an edit makes a new node without a `source`.
 * Questions to the tree are in cast.ts and fields.ts, changes of dialect in dialects/.
 */

import type { Dialect } from "../contract/prompt.ts";
import type { Envelope } from "./envelope.ts";
import { isBlank, withoutForbidden } from "./xml-characters.ts";
import { meaningOf } from "./vocabulary.ts";
import type { NameMeaning } from "./vocabulary.ts";

export interface TextNode {
  readonly kind: "text";
  /** What is meant: references resolved. */
  readonly text: string;
  /** How it was written, where it was well-formed. */
  readonly source?: string;
}

export interface CommentNode {
  readonly kind: "comment";
  /** Between `<!--` and `-->`; never holds `--`. */
  readonly text: string;
}

export interface CdataNode {
  readonly kind: "cdata";
  readonly text: string;
}

/** `<?xml version="1.0"?>` and its like. */
export interface InstructionNode {
  readonly kind: "instruction";
  /** Between `<?` and `?>`. */
  readonly text: string;
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

export interface ElementNode extends NameMeaning {
  readonly kind: "element";
  /** Unique within the tree, never given twice: the key for lists in a form. Not part of what the prompt says. */
  readonly id: number;
  /** As written, repaired where it was no name. */
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly children: readonly PromptNode[];
  /** The tags as written, where they were well-formed. `close` is empty for `<n/>`. */
  readonly source?: { readonly open: string; readonly close: string };
}

export type PromptNode = TextNode | CommentNode | CdataNode | InstructionNode | ElementNode;

export interface PromptTree {
  readonly dialect: Dialect;
  readonly hasByteOrderMark: boolean;
  /** Everything up to and including the last `<Prompt Start>` and the spaces and commas behind it; "" where absent. */
  readonly system: string;
  /** The body. Where there is an envelope: what its `image.tags` holds. */
  readonly nodes: readonly PromptNode[];
  /** Only in the comfy dialect. */
  readonly envelope?: Envelope;
  /** The next id to give; only grows. */
  readonly nextId: number;
}

export function textNode(text: string): TextNode {
  return { kind: "text", text };
}

/** A comment; two hyphens in a row, which XML forbids inside, get a space between them. */
export function commentNode(text: string): CommentNode {
  return { kind: "comment", text: repairedComment(text) };
}

export function repairedComment(text: string): string {
  const apart = withoutForbidden(text).replace(/-(?=-)/g, "- ");
  return apart.endsWith("-") ? `${apart} ` : apart;
}

export function elementNode(
  id: number,
  name: string,
  children: readonly PromptNode[],
  attributes: readonly Attribute[] = [],
  source?: ElementNode["source"],
): ElementNode {
  const { key, role, number } = meaningOf(name);
  // Filled in one by one: there are thousands of elements, and spreading objects is slow.
  const element: { -readonly [Property in keyof ElementNode]: ElementNode[Property] } = {
    kind: "element",
    id,
    name,
    key,
    role,
    attributes,
    children: mergedText(children),
  };
  if (number !== undefined) element.number = number;
  if (source !== undefined) element.source = source;
  return element;
}

/** The element with other children. Its tags stay as they were written. */
export function withChildren(element: ElementNode, children: readonly PromptNode[]): ElementNode {
  const merged = mergedText(children);
  if (element.source?.close === "" && merged.length > 0) return renamed({ ...element, children: merged }, element.name);
  return { ...element, children: merged };
}

/** The element under another name; children, attributes and id stay. */
export function renamed(element: ElementNode, name: string): ElementNode {
  return elementNode(element.id, name, element.children, element.attributes);
}

/** Neighbouring texts joined and empty ones left out, as a reader would give them. */
export function mergedText(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const needsMerge = nodes.some(
    (node, index) => node.kind === "text" && (node.text === "" || nodes[index - 1]?.kind === "text"),
  );
  if (!needsMerge) return nodes;
  const merged: PromptNode[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (node.kind === "text" && node.text === "") continue;
    if (node.kind === "text" && last?.kind === "text") merged[merged.length - 1] = joinedText(last, node);
    else merged.push(node);
  }
  return merged;
}

function joinedText(left: TextNode, right: TextNode): TextNode {
  const text = left.text + right.text;
  const isWritten = left.source !== undefined && right.source !== undefined;
  // `]]` and `>` are harmless apart and forbidden together; then the spelling is made anew.
  if (!isWritten || (left.source + right.source).includes("]]>")) return { kind: "text", text };
  return { kind: "text", text, source: left.source + right.source };
}

export function isElement(node: PromptNode | undefined): node is ElementNode {
  return node?.kind === "element";
}

export function isBlankText(node: PromptNode | undefined): boolean {
  return node?.kind === "text" && isBlank(node.text);
}

/** All elements below, in the order in which they begin. */
export function* elementsOf(nodes: readonly PromptNode[]): Generator<ElementNode> {
  for (const node of nodes) {
    if (node.kind !== "element") continue;
    yield node;
    yield* elementsOf(node.children);
  }
}

/** The nodes with one element (found by id, at any depth) replaced by others; the same array where it is not there. */
export function replaced(
  nodes: readonly PromptNode[],
  id: number,
  change: (element: ElementNode) => readonly PromptNode[],
): readonly PromptNode[] {
  for (const [index, node] of nodes.entries()) {
    if (node.kind !== "element") continue;
    if (node.id === id) return mergedText([...nodes.slice(0, index), ...change(node), ...nodes.slice(index + 1)]);
    const children = replaced(node.children, id, change);
    if (children !== node.children) return nodes.with(index, withChildren(node, children));
  }
  return nodes;
}
