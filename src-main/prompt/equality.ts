/**
 * @file When two prompts say the same. Ids and spellings (`&gt;` for `>`, spaces inside tags) do not count, nor does the
 * white space that merely lays out blocks and fields; inside fields, captions and unknown elements every character does.
 */

import { isSameEnvelope } from "./envelope.ts";
import { isBlankText } from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";

export function isSamePrompt(left: PromptTree, right: PromptTree): boolean {
  return (
    left.dialect === right.dialect &&
    left.hasByteOrderMark === right.hasByteOrderMark &&
    left.system.trimEnd() === right.system.trimEnd() &&
    isSameEnvelope(left.envelope, right.envelope) &&
    areSameNodes(left.nodes, right.nodes, true)
  );
}

/** @param isLayout whether white space between these nodes is layout */
export function areSameNodes(left: readonly PromptNode[], right: readonly PromptNode[], isLayout: boolean): boolean {
  const ours = isLayout ? left.filter((node) => !isBlankText(node)) : left;
  const theirs = isLayout ? right.filter((node) => !isBlankText(node)) : right;
  if (ours.length !== theirs.length) return false;
  return ours.every((node, index) => {
    const other = theirs[index];
    return other !== undefined && isSameNode(node, other, isLayout);
  });
}

function isSameNode(left: PromptNode, right: PromptNode, isLayout: boolean): boolean {
  if (left.kind !== right.kind) return false;
  if (left.kind === "element") return right.kind === "element" && isSameElement(left, right);
  const texts = [left.text, right.kind === "element" ? "" : right.text];
  const [ours, theirs] = isLayout && left.kind === "text" ? texts.map((text) => text.trim()) : texts;
  return ours === theirs;
}

function isSameElement(left: ElementNode, right: ElementNode): boolean {
  return (
    left.name === right.name &&
    left.attributes.length === right.attributes.length &&
    left.attributes.every(({ name, value }, index) => {
      const other = right.attributes[index];
      return other?.name === name && other.value === value;
    }) &&
    areSameNodes(left.children, right.children, isContainer(left))
  );
}

/** Whether an element holds fields and blocks, so that white space between its children is layout. */
export function isContainer(element: ElementNode): boolean {
  return element.role === "root" || element.key === "character" || element.key === "general_tags";
}
