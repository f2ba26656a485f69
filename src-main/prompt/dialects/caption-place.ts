/**
 * @file Where the caption stands: first in the builder nodes' dialect, last in the others. It moves with a change of
 * dialect only from the usual place to the usual place; one that stands elsewhere stays, marked so that it stays on the
 * way back as well.
 */

import { carriedBy, carrierNode, isCarrier } from "../carrier.ts";
import { isBlankText, textNode } from "../tree.ts";
import type { PromptNode } from "../tree.ts";

import { outerLines, withoutTrail } from "./outer-lines.ts";

export type CaptionPlace = "first" | "last";

export function moveCaption(nodes: readonly PromptNode[], from: CaptionPlace, to: CaptionPlace): readonly PromptNode[] {
  if (from === to) return nodes;
  const index = onlyCaption(nodes);
  if (index === undefined) return nodes;
  const mark = isBlankText(nodes[index - 1]) ? index - 2 : index - 1;
  if (isCarrier(nodes[mark], "keep")) return nodes.toSpliced(mark, 1);
  const usual = { first: firstContent(nodes) === index, last: lastContent(nodes) === index };
  if (usual.first && usual.last) return nodes;
  if (!usual[from]) return nodes.toSpliced(index, 0, carrierNode("keep"));
  return to === "last" ? movedLast(nodes, index) : movedFirst(nodes, index);
}

function onlyCaption(nodes: readonly PromptNode[]): number | undefined {
  const isCaption = (node: PromptNode): boolean => node.kind === "element" && node.key === "caption";
  const index = nodes.findIndex(isCaption);
  return index !== -1 && nodes.findLastIndex(isCaption) === index ? index : undefined;
}

function isContent(node: PromptNode): boolean {
  return !isBlankText(node) && node.kind !== "instruction" && carriedBy(node) === undefined;
}

function firstContent(nodes: readonly PromptNode[]): number {
  return nodes.findIndex(isContent);
}

/** The position of the last node that says something; -1 where none does. */
export function lastContent(nodes: readonly PromptNode[]): number {
  return nodes.findLastIndex(isContent);
}

/** The caption with a mark that belongs to it, as a range of positions. */
function captionRange(nodes: readonly PromptNode[], index: number): { start: number; caption: readonly PromptNode[] } {
  const start = isCarrier(nodes[index - 1], "inline") ? index - 1 : index;
  return { start, caption: nodes.slice(start, index + 1) };
}

/** The white space that set the caption apart goes with it, so that the way back restores every character. */
function movedLast(nodes: readonly PromptNode[], index: number): readonly PromptNode[] {
  const { start, caption } = captionRange(nodes, index);
  const space = nodes.slice(index + 1, index + 2).filter(isBlankText);
  const rest = nodes.toSpliced(start, caption.length + space.length);
  const last = lastContent(rest);
  const text = rest[last];
  if (text?.kind !== "text") return rest.toSpliced(last + 1, 0, ...space, ...caption);
  // The line end behind a text beside the blocks is the root's.
  const { trail } = outerLines([text]);
  return rest.toSpliced(last, 1, ...withoutTrail([text]), ...space, ...caption, textNode(trail));
}

function movedFirst(nodes: readonly PromptNode[], index: number): readonly PromptNode[] {
  const { start, caption } = captionRange(nodes, index);
  const space = nodes.slice(Math.max(0, start - 1), start).filter(isBlankText);
  const rest = nodes.toSpliced(start - space.length, caption.length + space.length);
  return rest.toSpliced(firstContent(rest), 0, ...caption, ...space);
}

/**
 * White space like that before the node at `index`: that is how this prompt sets its blocks apart. What the text begins
 * with does not count: behind a system prefix it belongs to that.
 */
export function spaceBefore(nodes: readonly PromptNode[], index: number): string {
  const space = nodes[index - 1];
  if (space === undefined || (index === 1 && isBlankText(space))) return "\n";
  return space.kind === "text" && isBlankText(space) ? space.text : "";
}
