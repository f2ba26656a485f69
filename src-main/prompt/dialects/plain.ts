/**
 * @file From plain text to blocks and back.
 *
 * Tags go into `<other>` of the general block, sentences into the caption. The other way all texts are strung together,
 * in the order that the starter and most tag models expect: count, characters, scene, caption. What that loses is
 * carried in a comment behind the text and comes back as long as the text was not edited.
 */

import type { ConversionNote } from "../../contract/prompt.ts";
import { directText, fieldOf, isPlaceholderName, wholeText } from "../blocks.ts";
import { carriedBy, carrierNode, isCarrier } from "../carrier.ts";
import { areSameNodes } from "../equality.ts";
import { printForModel } from "../print.ts";
import { isTagList } from "../tags.ts";
import { elementNode, isBlankText, isElement, mergedText, textNode } from "../tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "../tree.ts";
import { isSpace } from "../xml-characters.ts";

/** Plain nodes as blocks: `<general_tags><other>` or `<caption>` around what is not white space. */
export function toBlocks(tree: PromptTree): PromptTree {
  const { nextId } = tree;
  return { ...tree, dialect: "readme", nodes: wrapPlain(tree.nodes, nextId), nextId: nextId + 2 };
}

function wrapPlain(nodes: readonly PromptNode[], id: number): readonly PromptNode[] {
  const isOutside = (node: PromptNode): boolean => node.kind === "instruction" || carriedBy(node) !== undefined;
  // An XML declaration stays first, as it must.
  const before = nodes.filter((node) => node.kind === "instruction");
  const behind = nodes.filter((node) => isOutside(node) && node.kind !== "instruction");
  // Spelled anew: what is ordinary text in the plain dialect needs escaping in the others.
  const inside = mergedText(
    nodes.filter((node) => !isOutside(node)).map((node) => (node.kind === "text" ? textNode(node.text) : node)),
  );
  const { lead, body, trail } = withoutOuterSpace(inside);
  if (body.length === 0) return mergedText([...before, textNode(lead + trail), ...behind]);
  const block = isTagList(wholeText(body))
    ? elementNode(id, "general_tags", [textNode("\n"), elementNode(id + 1, "other", body), textNode("\n")])
    : elementNode(id, "caption", body);
  return mergedText([...before, textNode(lead), block, textNode(trail), ...behind]);
}

function withoutOuterSpace(nodes: readonly PromptNode[]): {
  lead: string;
  body: readonly PromptNode[];
  trail: string;
} {
  const first = nodes[0];
  const lead = first?.kind === "text" ? (/^[ \t\r\n]*/.exec(first.text)?.[0] ?? "") : "";
  const rest = first?.kind === "text" ? [textNode(first.text.slice(lead.length)), ...nodes.slice(1)] : nodes;
  const last = rest.at(-1);
  const kept = last?.kind === "text" ? withoutTrailingSpace(last.text) : "";
  const trail = last?.kind === "text" ? last.text.slice(kept.length) : "";
  const body = last?.kind === "text" ? [...rest.slice(0, -1), textNode(kept)] : rest;
  return { lead, body: mergedText(body), trail };
}

/** Only XML's spaces: an ideographic one may be meant. */
function withoutTrailingSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The nodes inside a block that plain text was put into; undefined where the blocks say more than plain text can. */
function unwrapPlain(nodes: readonly PromptNode[], id: number): readonly PromptNode[] | undefined {
  const content = nodes.filter((node) => !isBlankText(node) && node.kind !== "instruction");
  const [block] = content;
  if (content.length !== 1 || !isElement(block)) return undefined;
  const inner = block.key === "general_tags" ? fieldOf(block, "other") : block;
  if (inner === undefined || elementsIn(inner) > 0) return undefined;
  const around = nodes.map((node) => (node === block ? undefined : node));
  const plain = mergedText(around.flatMap((node) => (node === undefined ? inner.children : [node])));
  const asText = plain.map((node) => (node.kind === "text" ? textNode(node.text) : node));
  return areSameNodes(wrapPlain(asText, id), nodes, true) ? asText : undefined;
}

function elementsIn(element: ElementNode): number {
  return element.children.filter(isElement).length;
}

/**
 * Blocks as plain text.
 *
 * @param written the prompt in its own dialect, its name on the first line: what is carried
 */
export function toPlain(blocks: PromptTree, written: string): { tree: PromptTree; notes: readonly ConversionNote[] } {
  const unwrapped = unwrapPlain(blocks.nodes, blocks.nextId);
  if (unwrapped !== undefined) return { tree: { ...blocks, dialect: "plain", nodes: unwrapped }, notes: [] };
  const text = flattened(blocks.nodes);
  const nodes = mergedText([
    textNode(text === "" ? "" : `${text}\n`),
    carrierNode("structure", written),
    textNode("\n"),
  ]);
  const note: ConversionNote = {
    code: "plain.structure-carried",
    severity: "info",
    message:
      "Plain text has no places for characters and fields. They are carried in the comment behind the text, which the " +
      "model does not read, and come back as long as the text stays as it is.",
  };
  return { tree: { ...blocks, dialect: "plain", nodes }, notes: [note] };
}

/** What a plain prompt carries behind its text, and the comments beside it. */
export function carriedStructure(
  tree: PromptTree,
): { written: string; text: string; rest: readonly PromptNode[] } | undefined {
  const carrier = tree.nodes.find((node) => isCarrier(node, "structure"));
  const written = carriedBy(carrier)?.payload;
  if (written === undefined) return undefined;
  const rest = tree.nodes.filter((node) => node !== carrier && node.kind !== "text" && node.kind !== "cdata");
  return { written, text: printForModel(tree.nodes).trim(), rest };
}

/** All that blocks say, strung together: tags parted by commas, sentences on a line of their own. */
export function flattened(nodes: readonly PromptNode[]): string {
  const tags: string[] = [];
  const sentences: string[] = [];
  const general = nodes.filter(isElement).filter(({ key }) => key === "general_tags");
  const counts = general.flatMap(({ children }) => children.filter(isElement)).filter(({ key }) => key === "count");
  for (const count of counts) tags.push(oneLine(wholeText(count.children)));
  for (const node of nodes.filter((block) => !general.some((element) => element === block)))
    flattenBlock(node, counts.length > 0, tags, sentences);
  for (const node of general
    .flatMap(({ children }) => children)
    .filter((child) => !counts.some((count) => count === child)))
    flattenField(node, tags);
  const list = tags.map((tag) => tag.replace(/^[\s,]{1,1000}|,$/g, "").trim()).filter((tag) => tag !== "");
  return [list.join(", "), ...sentences].filter((part) => part !== "").join("\n");
}

function flattenBlock(node: PromptNode, hasCount: boolean, tags: string[], sentences: string[]): void {
  if (!isElement(node)) flattenField(node, tags);
  else if (node.key === "caption") sentences.push(oneLine(wholeText(node.children)));
  else if (node.key === "character") for (const child of node.children) flattenTrait(child, hasCount, tags);
  else flattenField(node, tags);
}

function flattenTrait(node: PromptNode, hasCount: boolean, tags: string[]): void {
  // The count says the genders, and a placeholder names nobody.
  if (isElement(node) && node.key === "gender" && hasCount) return;
  if (isElement(node) && node.key === "n" && isPlaceholderName(directText(node))) return;
  flattenField(node, tags);
}

function flattenField(node: PromptNode, tags: string[]): void {
  tags.push(oneLine(wholeText([node])));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
