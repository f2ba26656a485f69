/**
 * @file The fields of a prompt as a form sees them: read by key, set by key, every change a new tree.
 *
 * A field's value is the text that stands directly in it, without the white space around it; comments and unknown
 * elements inside stay where they are when the text changes. A field set to nothing goes, unless it holds more than text.
 */

import type { Dialect } from "../contract/prompt.ts";
import { blockNodes, blocksOfKey, directText, fieldOf, withBlockNodes } from "./blocks.ts";
import { envelopeCaption, withEnvelopeCaption } from "./envelope.ts";
import { joinTags, parseTags } from "./tags.ts";
import type { Tag } from "./tags.ts";
import {
  elementNode,
  elementsOf,
  isBlankText,
  isElement,
  mergedText,
  replaced,
  textNode,
  withChildren,
} from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";
import { CHARACTER_FIELDS, GENERAL_FIELDS } from "./vocabulary.ts";
import type { CharacterField, GeneralField } from "./vocabulary.ts";
import { isDocumentCharacter } from "./xml-characters.ts";

export interface FieldView {
  readonly id: number;
  readonly key: string;
  /** As written. */
  readonly name: string;
  readonly text: string;
  readonly isKnown: boolean;
  /** False where it holds elements or comments besides its text. */
  readonly isTextOnly: boolean;
}

export function elementById(tree: PromptTree, id: number): ElementNode | undefined {
  for (const element of elementsOf(tree.nodes)) if (element.id === id) return element;
  return undefined;
}

export function generalOf(tree: PromptTree): ElementNode | undefined {
  return blocksOfKey(tree, "general_tags")[0];
}

/** The elements in a block, in the order in which they stand; several of one name are several entries. */
export function fieldsOf(block: ElementNode): readonly FieldView[] {
  return block.children.filter(isElement).map((element) => ({
    id: element.id,
    key: element.key,
    name: element.name,
    text: directText(element).trim(),
    isKnown: element.role !== "unknown",
    isTextOnly: element.children.every(({ kind }) => kind === "text"),
  }));
}

export function fieldText(block: ElementNode | undefined, key: string): string {
  const field = fieldOf(block, key);
  return field === undefined ? "" : directText(field).trim();
}

/** The tags of a field, weights as written. */
export function fieldTags(block: ElementNode | undefined, key: string): readonly Tag[] {
  return parseTags(fieldText(block, key));
}

export function generalText(tree: PromptTree, key: GeneralField): string {
  const general = generalOf(tree);
  return fieldText(general, key === "artists" ? artistKey(general, tree.dialect) : key);
}

/** The caption; the envelope's own where there is one. Of several the first. */
export function captionText(tree: PromptTree): string {
  const own = tree.envelope === undefined ? undefined : envelopeCaption(tree.envelope);
  if (own !== undefined && own.trim() !== "") return own.trim();
  const block = captionElement(tree);
  return block === undefined ? "" : directText(block).trim();
}

/** A caption put into the general block, as some tools do, counts as well. */
function captionElement(tree: PromptTree): ElementNode | undefined {
  return blocksOfKey(tree, "caption")[0] ?? fieldOf(generalOf(tree), "caption");
}

export function setCharacterField(tree: PromptTree, id: number, key: CharacterField, text: string): PromptTree {
  return setField(tree, id, key, text, CHARACTER_FIELDS);
}

export function setCharacterTags(
  tree: PromptTree,
  id: number,
  key: CharacterField,
  tags: readonly string[],
): PromptTree {
  return setCharacterField(tree, id, key, joinTags(tags));
}

/** Makes the general block where there is none. */
export function setGeneralField(tree: PromptTree, key: GeneralField, text: string): PromptTree {
  const general = generalOf(tree);
  if (general === undefined && text.trim() === "") return tree;
  const ready = general === undefined ? withGeneral(tree) : tree;
  const block = generalOf(ready);
  if (block === undefined) return tree;
  const written = key === "artists" ? artistKey(block, ready.dialect) : key;
  return setField(
    ready,
    block.id,
    written,
    text,
    GENERAL_FIELDS.map((field) => (field === "artists" ? written : field)),
  );
}

export function setGeneralTags(tree: PromptTree, key: GeneralField, tags: readonly string[]): PromptTree {
  return setGeneralField(tree, key, joinTags(tags));
}

/** The name under which the artists stand here, or would: `artist` in the formatter's dialect. */
function artistKey(general: ElementNode | undefined, dialect: Dialect): string {
  const isSingular =
    dialect === "formatter" ? fieldOf(general, "artists") === undefined : fieldOf(general, "artist") !== undefined;
  const hasPlural = fieldOf(general, "artists") !== undefined;
  return isSingular && !hasPlural ? "artist" : "artists";
}

/** The text of any element, known or not. */
export function setElementText(tree: PromptTree, id: number, text: string): PromptTree {
  return { ...tree, nodes: replaced(tree.nodes, id, (element) => [withText(element, text)]) };
}

/** Markup of a caption around the text is left out: a caption never holds another. */
export function setCaption(tree: PromptTree, text: string): PromptTree {
  const caption = withoutCaptionTags(text);
  if (tree.envelope !== undefined && blocksOfKey(tree, "caption").length === 0)
    return { ...tree, envelope: withEnvelopeCaption(tree.envelope, cleaned(caption)) };
  const existing = captionElement(tree);
  if (existing !== undefined) {
    if (caption === "" && isRemovable(existing)) return { ...tree, nodes: withoutElement(tree.nodes, existing.id) };
    return setElementText(tree, existing.id, caption);
  }
  if (caption === "") return tree;
  const element = elementNode(tree.nextId, "caption", [textNode(cleaned(caption))]);
  const nodes = blockNodes(tree);
  const first = nodes.findIndex((node) => isElement(node) && node.key === "character");
  const isFirst = tree.dialect === "nodes" && first !== -1;
  const last = nodes.findLastIndex((node) => !isBlankText(node));
  const placed = isFirst
    ? nodes.toSpliced(first, 0, element, spaceOf(nodes, first))
    : nodes.toSpliced(last + 1, 0, ...(last === -1 ? [] : [spaceOf(nodes, last)]), element);
  return withBlockNodes({ ...tree, nextId: tree.nextId + 1 }, mergedText(placed));
}

function withoutCaptionTags(text: string): string {
  const inner = /^\s*<caption>([^]*)<\/caption>\s*$/i.exec(text)?.[1];
  return inner === undefined ? text.trim() : withoutCaptionTags(inner);
}

function setField(tree: PromptTree, blockId: number, key: string, text: string, order: readonly string[]): PromptTree {
  const block = elementById(tree, blockId);
  if (block === undefined) return tree;
  const field = fieldOf(block, key);
  const value = cleaned(text.trim());
  if (field !== undefined) {
    if (directText(field).trim() === value) return tree;
    if (value === "" && isRemovable(field)) return { ...tree, nodes: withoutElement(tree.nodes, field.id) };
    return setElementText(tree, field.id, value);
  }
  if (value === "") return tree;
  const element = elementNode(tree.nextId, key, [textNode(value)]);
  const nodes = replaced(tree.nodes, blockId, (found) => [
    withChildren(found, withField(found.children, element, order)),
  ]);
  return { ...tree, nodes, nextId: tree.nextId + 1 };
}

function isRemovable(element: ElementNode): boolean {
  return element.attributes.length === 0 && element.children.every(({ kind }) => kind === "text");
}

/** Characters that no prompt can hold (a form may be pasted anything into) are left out. */
function cleaned(text: string): string {
  return Array.from(text.toWellFormed(), (sign) => (isDocumentCharacter(sign.codePointAt(0) ?? 0) ? sign : "")).join(
    "",
  );
}

/** The element with another text where its first text stood; white space around the old text stays. */
function withText(element: ElementNode, text: string): ElementNode {
  const old = directText(element);
  const value = cleaned(text);
  if (old.trim() === value) return element;
  const lead = /^\s*/.exec(old)?.[0] ?? "";
  const trail = old.trim() === "" ? "" : (/\s*$/.exec(old.slice(-200))?.[0] ?? "");
  const first = element.children.findIndex(({ kind }) => kind === "text" || kind === "cdata");
  const rest = element.children.filter(({ kind }) => kind !== "text" && kind !== "cdata");
  const at = first === -1 ? 0 : element.children.slice(0, first).filter((node) => rest.includes(node)).length;
  return withChildren(element, rest.toSpliced(at, 0, textNode(old.trim() === "" ? value : lead + value + trail)));
}

/** The children with a field more, before the first one that comes later in the usual order. */
function withField(
  children: readonly PromptNode[],
  field: ElementNode,
  order: readonly string[],
): readonly PromptNode[] {
  const place = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  const later = children.findIndex((node) => isElement(node) && place(node.key) > place(field.key));
  if (later !== -1) return mergedText(children.toSpliced(later, 0, field, spaceOf(children, later)));
  const last = children.findLastIndex(isElement);
  if (last === -1)
    return mergedText([...children.filter((node) => !isBlankText(node)), textNode("\n"), field, textNode("\n")]);
  return mergedText(children.toSpliced(last + 1, 0, spaceOf(children, last), field));
}

function withGeneral(tree: PromptTree): PromptTree {
  const nodes = blockNodes(tree);
  const last = nodes.findLastIndex((node) => isElement(node) && node.key === "character");
  const general = elementNode(tree.nextId, "general_tags", [textNode("\n")]);
  const space = textNode("\n\n");
  const placed =
    last === -1
      ? [general, ...(nodes.length === 0 ? [] : [space]), ...nodes]
      : nodes.toSpliced(last + 1, 0, space, general);
  return withBlockNodes({ ...tree, nextId: tree.nextId + 1 }, mergedText(placed));
}

/** White space like that before the node at a position. */
export function spaceOf(nodes: readonly PromptNode[], index: number): PromptNode {
  const space = nodes[index - 1];
  return space?.kind === "text" && isBlankText(space) ? textNode(space.text) : textNode("\n");
}

/** The nodes without an element, at any depth, and without the white space before it. */
export function withoutElement(nodes: readonly PromptNode[], id: number): readonly PromptNode[] {
  const index = nodes.findIndex((node) => isElement(node) && node.id === id);
  if (index !== -1) {
    const hasSpace = isBlankText(nodes[index - 1]);
    return mergedText(nodes.toSpliced(hasSpace ? index - 1 : index, hasSpace ? 2 : 1));
  }
  for (const [position, node] of nodes.entries()) {
    if (!isElement(node)) continue;
    const children = withoutElement(node.children, id);
    if (children !== node.children) return nodes.with(position, withChildren(node, children));
  }
  return nodes;
}
