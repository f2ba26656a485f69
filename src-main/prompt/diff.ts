/**
 * @file What differs between two prompts, by character and field, and one prompt made of the other by those differences.
 *
 * Characters are the same where they have the same name, else the same number; other elements where they have the same
 * key. `applyChanges(left, diffPrompts(left, right))` says what `right` says (see equality.ts), whatever the trees hold.
 */

import { wholeText } from "./blocks.ts";
import { isSameEnvelope } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { areSameNodes, isContainer } from "./equality.ts";
import { characterName } from "./cast.ts";
import { matchNodes } from "./match-nodes.ts";
import { isBlankText, isElement } from "./tree.ts";
import type { Attribute, ElementNode, PromptNode, PromptTree } from "./tree.ts";

/** Where in a prompt something is, for a reader. */
export interface ChangePlace {
  readonly block: "character" | "general" | "caption" | "other";
  /** Of a character: its 1-based place among the cards, in the second prompt unless it is only in the first. */
  readonly number?: number;
  /** Of a character: its name, "" where it has none. Of another block: how it is written. */
  readonly name: string;
  /** Key of the field; absent where the whole block is meant. */
  readonly field?: string;
}

/** Everything of a prompt that is not in its nodes. */
export type PromptFrame = Pick<PromptTree, "dialect" | "hasByteOrderMark" | "system"> & {
  readonly envelope?: Envelope;
};

/** Indices from the top down, counting no white space between blocks and fields; in the first prompt. */
export type NodePath = readonly number[];

export type PromptChange =
  | { readonly kind: "frame"; readonly before: PromptFrame; readonly after: PromptFrame }
  | {
      readonly kind: "changed";
      readonly place: ChangePlace;
      readonly path: NodePath;
      readonly before: PromptNode;
      readonly after: PromptNode;
    }
  /** Another name or other attributes of an element whose fields are compared by themselves. */
  | {
      readonly kind: "renamed";
      readonly place: ChangePlace;
      readonly path: NodePath;
      readonly before: string;
      readonly after: string;
      readonly attributes: readonly Attribute[];
    }
  /** `index`: in the second prompt. */
  | {
      readonly kind: "added";
      readonly place: ChangePlace;
      readonly parent: NodePath;
      readonly index: number;
      readonly node: PromptNode;
    }
  | {
      readonly kind: "removed";
      readonly place: ChangePlace;
      readonly parent: NodePath;
      readonly index: number;
      readonly node: PromptNode;
    }
  /** `order`: what stays, as it stands in the second prompt, by its indices in the first. */
  | {
      readonly kind: "moved";
      readonly place: ChangePlace;
      readonly parent: NodePath;
      readonly order: readonly number[];
    };

export function diffPrompts(left: PromptTree, right: PromptTree): readonly PromptChange[] {
  const changes: PromptChange[] = [];
  const [before, after] = [frameOf(left), frameOf(right)];
  if (!isSameFrame(before, after)) changes.push({ kind: "frame", before, after });
  diffNodes(left.nodes, right.nodes, [], undefined, changes);
  return changes;
}

export function frameOf({ dialect, hasByteOrderMark, system, envelope }: PromptTree): PromptFrame {
  return { dialect, hasByteOrderMark, system, ...(envelope === undefined ? {} : { envelope }) };
}

function isSameFrame(left: PromptFrame, right: PromptFrame): boolean {
  return (
    left.dialect === right.dialect &&
    left.hasByteOrderMark === right.hasByteOrderMark &&
    left.system.trimEnd() === right.system.trimEnd() &&
    isSameEnvelope(left.envelope, right.envelope)
  );
}

/** Without the white space that lays out blocks and fields. */
export function significant(nodes: readonly PromptNode[]): readonly PromptNode[] {
  return nodes.filter((node) => !isBlankText(node));
}

/** @param block the block that these are the fields of */
function diffNodes(
  left: readonly PromptNode[],
  right: readonly PromptNode[],
  parent: NodePath,
  block: ChangePlace | undefined,
  changes: PromptChange[],
): void {
  const [ours, theirs] = [significant(left), significant(right)];
  const partners = matchNodes(ours, theirs);
  const kept = new Set(partners.filter((index) => index !== -1));
  for (const [index, node] of ours.entries())
    if (!kept.has(index)) changes.push({ kind: "removed", place: placeOf(ours, index, block), parent, index, node });
  const order = partners.filter((index) => index !== -1);
  if (order.some((index, place) => index < (order[place - 1] ?? -1)))
    changes.push({ kind: "moved", place: block ?? { block: "other", name: "" }, parent, order });
  for (const [index, node] of theirs.entries()) {
    const place = placeOf(theirs, index, block);
    const partner = partners[index] ?? -1;
    const other = ours[partner];
    if (other === undefined) changes.push({ kind: "added", place, parent, index, node });
    else diffNode(other, node, [...parent, partner], place, changes);
  }
}

function diffNode(
  left: PromptNode,
  right: PromptNode,
  path: NodePath,
  place: ChangePlace,
  changes: PromptChange[],
): void {
  if (areSameNodes([left], [right], true)) return;
  if (!isElement(left) || !isElement(right) || !isContainer(left) || !isContainer(right)) {
    changes.push({ kind: "changed", place, path, before: left, after: right });
    return;
  }
  if (left.name !== right.name || !areSameAttributes(left, right)) {
    const { name: after, attributes } = right;
    changes.push({ kind: "renamed", place, path, before: left.name, after, attributes });
  }
  diffNodes(left.children, right.children, path, left.role === "root" ? undefined : place, changes);
}

function areSameAttributes({ attributes: left }: ElementNode, { attributes: right }: ElementNode): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, value }, index) => right[index]?.name === name && right[index].value === value)
  );
}

function placeOf(nodes: readonly PromptNode[], index: number, block: ChangePlace | undefined): ChangePlace {
  const node = nodes[index];
  if (block !== undefined) return { ...block, field: isElement(node) ? node.key : "" };
  if (!isElement(node)) return { block: "other", name: "" };
  if (node.key === "character") {
    const number = nodes.slice(0, index + 1).filter((other) => isElement(other) && other.key === "character").length;
    return { block: "character", number, name: characterName(node) };
  }
  if (node.key === "general_tags") return { block: "general", name: node.name };
  return { block: node.key === "caption" ? "caption" : "other", name: node.name };
}

/** The words of a node, for a reader. */
export function nodeText(node: PromptNode): string {
  return (node.kind === "element" ? wholeText(node.children) : node.text).replaceAll(/\s+/g, " ").trim();
}
