/**
 * @file From the comfy dialect's envelope to blocks and back. The caption moves between the envelope and a `<caption>`;
 * boxes, names and further entries, where they are not what a new envelope would have, are carried in a comment.
 */

import { fieldOf, isPlaceholderName, wholeText } from "../blocks.ts";
import { carriedBy, carrierNode, isCarrier, showsXml } from "../carrier.ts";
import {
  characterEntry,
  envelopeCaption,
  hasTagsPlace,
  isSameEnvelope,
  memberOf,
  newEnvelope,
  printEnvelope,
  WHOLE_PICTURE,
  withEnvelopeCaption,
  withMemberAt,
  withoutMember,
  withTagsPlace,
} from "../envelope.ts";
import type { Envelope, EnvelopeObject } from "../envelope.ts";
import { readEnvelope } from "../envelope-reader.ts";
import { commentNode, elementNode, isBlankText, isElement, mergedText, textNode } from "../tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "../tree.ts";
import { isBlank } from "../xml-characters.ts";
import { lastContent, spaceBefore } from "./caption-place.ts";
import { hasTextBeside, outerLines, withoutOuterLines } from "./outer-lines.ts";
import type { OuterLines } from "./outer-lines.ts";

interface CastMember {
  readonly number: number;
  readonly name: string;
}

/** The cast as an envelope names it: `<n>` where it names somebody, else `$character_N$`. */
function castOf(nodes: readonly PromptNode[]): readonly CastMember[] {
  const numbers = new Set<number>();
  const characters = nodes.filter((node): node is ElementNode => isElement(node) && node.key === "character");
  return characters.flatMap((element, index) => {
    const number = element.number ?? index + 1;
    if (numbers.has(number)) return [];
    numbers.add(number);
    return [{ number, name: entryName(element, number) }];
  });
}

/** What the envelope's `name` says for a character. */
export function entryName(element: ElementNode, number: number): string {
  const name = wholeText(fieldOf(element, "n")?.children ?? []).trim();
  return isPlaceholderName(name) ? `$character_${number}$` : name;
}

/** The blocks that an envelope stands for. */
export function fromEnvelope(tree: PromptTree, envelope: Envelope): PromptTree {
  const { nextId } = tree;
  const lines = hasTagsPlace(envelope) ? outerLines(tree.nodes) : USUAL_LINES;
  const tags = withDeclaration(withoutOuterLines(tree.nodes));
  const caption = envelopeCaption(envelope) ?? "";
  const own = elementNode(nextId, "caption", [textNode(caption)]);
  const nodes = withInlineMarks(caption === "" ? tags : withCaption(tags, own), own);
  const cast = castOf(nodes);
  const { hasByteOrderMark, system } = tree;
  const neutral: PromptTree = { dialect: "readme", hasByteOrderMark, system, nodes, nextId: nextId + 1 };
  // Without any element the blocks alone would be taken for plain text.
  const isUsual = !envelope.isJson && areUsual(lines) && isSameEnvelope(envelope, newEnvelope(cast, caption));
  if (nodes.some(showsXml) && isUsual) return { ...neutral, nodes: mergedText([...nodes, textNode(envelope.after)]) };
  const numbers = cast.map(({ number }) => number).join(",");
  const form = envelope.isJson ? "json" : "template";
  const emptied = envelopeCaption(envelope) === undefined ? envelope : withEnvelopeCaption(envelope, "");
  const place = areUsual(lines) ? "" : lines.lead + XML_PLACE + lines.trail;
  const carrier = carrierNode("envelope", `${form} [${numbers}] ${printEnvelope(emptied, place)}`);
  return { ...neutral, nodes: mergedText([...nodes, textNode("\n"), carrier]) };
}

/** How the template sets the XML apart from the quotes around it. */
const USUAL_LINES: OuterLines = { lead: "\n", trail: "\n" };
/** Stands for the XML in a carried envelope where it is set apart otherwise. */
const XML_PLACE = "…";

function areUsual({ lead, trail }: OuterLines): boolean {
  return lead === USUAL_LINES.lead && trail === USUAL_LINES.trail;
}

/** An envelope for blocks, the carried one if there is one. */
export function toEnvelope(tree: PromptTree): PromptTree {
  const carrierIndex = tree.nodes.findIndex((node) => isCarrier(node, "envelope"));
  const carried = carrierIndex === -1 ? undefined : readCarried(carriedBy(tree.nodes[carrierIndex])?.payload ?? "");
  // What a file ends with stands behind a new envelope; a carried one knows what stood behind it.
  const { blocks, after } =
    carried === undefined ? splitTail(tree.nodes) : { blocks: withoutNode(tree.nodes, carrierIndex), after: "" };
  const { nodes, caption } = takeCaption(blocks);
  const cast = castOf(blocks);
  const fresh = { ...newEnvelope(cast, caption), after };
  const envelope = carried === undefined ? fresh : fitted(carried, cast, caption, nodes.length > 0);
  const { lead, trail } = carried?.lines ?? USUAL_LINES;
  const inner = mergedText([textNode(lead), ...withoutDeclaration(nodes), textNode(trail)]);
  return { ...tree, dialect: "comfy", envelope, nodes: hasTagsPlace(envelope) ? inner : [] };
}

/** An XML declaration may stand only where a text begins, which inside an envelope is nowhere: there it is a comment. */
function withoutDeclaration(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const [first] = nodes;
  const isDeclaration = first?.kind === "instruction" && /^xml\s/i.test(first.text);
  return isDeclaration ? [commentNode(`?${first.text}?`), ...nodes.slice(1)] : nodes;
}

function withDeclaration(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const [first] = nodes;
  const isDeclaration = first?.kind === "comment" && /^\?xml\s[^]*\?$/i.test(first.text);
  return isDeclaration ? [{ kind: "instruction", text: first.text.slice(1, -1) }, ...nodes.slice(1)] : nodes;
}

function splitTail(nodes: readonly PromptNode[]): { blocks: readonly PromptNode[]; after: string } {
  const last = nodes.at(-1);
  if (last?.kind !== "text" || !isBlankText(last) || nodes.length === 1) return { blocks: nodes, after: "" };
  return { blocks: nodes.slice(0, -1), after: last.text };
}

interface CarriedEnvelope {
  readonly envelope: Envelope;
  /** The cast when it was carried. */
  readonly numbers: readonly number[];
  readonly lines: OuterLines;
}

function readCarried(payload: string): CarriedEnvelope | undefined {
  const match = /^(json|template) \[([\d,]*)\] /.exec(payload);
  if (match === null) return undefined;
  const reading = readEnvelope(payload.slice(match[0].length), 0, match[1] === "json");
  if (reading === undefined) return undefined;
  const place = reading.tags.text.split(XML_PLACE);
  const [lead = "", trail = ""] = place;
  const lines = place.length === 2 && isBlank(lead + trail) ? { lead, trail } : USUAL_LINES;
  return { envelope: reading.envelope, numbers: (match[2] ?? "").split(",").map(Number), lines };
}

/** The carried envelope for the cast of now: who joined since gets an entry, who left loses it. */
function fitted(carried: CarriedEnvelope, cast: readonly CastMember[], caption: string, hasTags: boolean): Envelope {
  let { root } = carried.envelope;
  for (const { number, name } of cast) if (!carried.numbers.includes(number)) root = withEntry(root, number, name);
  for (const number of carried.numbers)
    if (!cast.some((member) => member.number === number)) root = withoutMember(root, `character_${number}`);
  const envelope = { ...carried.envelope, root };
  const captioned =
    caption === "" && envelopeCaption(envelope) === undefined ? envelope : withEnvelopeCaption(envelope, caption);
  return hasTags ? withTagsPlace(captioned) : captioned;
}

/** The object with an entry for a character, before the image's; unchanged where it has one. */
export function withEntry(root: EnvelopeObject, number: number, name: string): EnvelopeObject {
  if (memberOf(root, `character_${number}`) !== undefined) return root;
  const image = root.members.findIndex(({ key }) => key === "image");
  return withMemberAt(root, image === -1 ? root.members.length : image, characterEntry(number, name, WHOLE_PICTURE));
}

/** The caption where a mark keeps its place, else last. */
function withCaption(nodes: readonly PromptNode[], caption: ElementNode): readonly PromptNode[] {
  const place = nodes.findIndex((node) => isCarrier(node, "caption"));
  if (place !== -1) return mergedText(nodes.toSpliced(place, 1, textNode(spaceOfMark(nodes[place])), caption));
  const { index, space } = usualPlace(nodes);
  return mergedText(nodes.toSpliced(index, 0, textNode(space), caption));
}

/** The mark where a caption was, with the white space that set it apart: left standing, the model would read it. */
function spaceOfMark(mark: PromptNode | undefined): string {
  const space = carriedBy(mark)?.payload ?? "";
  return isBlank(space) ? space : "";
}

/** Where a caption goes that no mark keeps a place for, and what sets it apart. */
function usualPlace(nodes: readonly PromptNode[]): { index: number; space: string } {
  // Not before an XML declaration, the mark of a root that it stood in, or its own, if it was not in the usual place.
  const isBefore = (node: PromptNode): boolean =>
    node.kind === "instruction" || isCarrier(node, "keep") || isCarrier(node, "root");
  const mark = nodes.findLastIndex(isBefore);
  const last = Math.max(lastContent(nodes), mark);
  return { index: last + 1, space: last === -1 || last === mark ? "" : spaceBefore(nodes, last) };
}

/** The nodes with a mark before every caption that the way back would take for the envelope's own. */
function withInlineMarks(nodes: readonly PromptNode[], own: ElementNode): readonly PromptNode[] {
  for (let marked = nodes; ;) {
    const index = captionToTake(marked);
    if (index === undefined || marked[index] === own) return marked;
    marked = marked.toSpliced(index, 0, carrierNode("inline"));
  }
}

/** Takes the caption out of the blocks, if there is one that an envelope can hold. */
function takeCaption(nodes: readonly PromptNode[]): { nodes: readonly PromptNode[]; caption: string } {
  const index = captionToTake(nodes);
  const unmarked = (rest: readonly PromptNode[]): readonly PromptNode[] =>
    mergedText(rest.filter((node) => !isCarrier(node, "inline")));
  if (index === undefined) return { nodes: unmarked(nodes), caption: "" };
  return { nodes: unmarked(withoutCaption(nodes, index)), caption: captionText(nodes[index]) ?? "" };
}

/** The nodes without the caption, with a mark in its place unless that is where the way back puts one anyhow. */
function withoutCaption(nodes: readonly PromptNode[], index: number): readonly PromptNode[] {
  if (index !== lastContent(nodes)) return nodes.with(index, carrierNode("caption"));
  const before = nodes[index - 1];
  const space = before?.kind === "text" && isBlankText(before) ? before.text : "";
  const rest = withoutNode(nodes, index);
  const usual = usualPlace(rest);
  const start = space === "" ? index : index - 1;
  if (usual.index === start && (usual.space === space || hasTextBeside(nodes))) return rest;
  return mergedText(rest.toSpliced(start, 0, carrierNode("caption", space)));
}

/** The last block, if it is a caption of nothing but text; else the only caption, if it is one. */
function captionToTake(nodes: readonly PromptNode[]): number | undefined {
  const isCandidate = (node: PromptNode | undefined, index: number): boolean =>
    isElement(node) && node.key === "caption" && !isCarrier(nodes[index - 1], "inline");
  const last = lastContent(nodes);
  if (isCandidate(nodes[last], last) && captionText(nodes[last]) !== undefined) return last;
  const only = nodes.findIndex(isCandidate);
  const isOnly = only !== -1 && nodes.findLastIndex(isCandidate) === only;
  return isOnly && captionText(nodes[only]) !== undefined ? only : undefined;
}

function captionText(node: PromptNode | undefined): string | undefined {
  if (!isElement(node) || node.name !== "caption" || node.attributes.length > 0) return undefined;
  const [child] = node.children;
  return node.children.length === 1 && child?.kind === "text" ? child.text : undefined;
}

function withoutNode(nodes: readonly PromptNode[], index: number): readonly PromptNode[] {
  const hasSpace = isBlankText(nodes[index - 1]);
  return mergedText(nodes.toSpliced(hasSpace ? index - 1 : index, hasSpace ? 2 : 1));
}
