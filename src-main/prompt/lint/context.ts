/** @file What a rule gets to see: the prompt as it was read, where its parts stand, and the negative prompt's tags. */

import { blocksOf, rootOf } from "../blocks.ts";
import { resolveReferences } from "../escaping.ts";
import type { Finding } from "../findings.ts";
import type { SourceReading } from "../read.ts";
import { sliceRegion } from "../source-region.ts";
import type { SourceRegion } from "../source-region.ts";
import type { NodePlace } from "../structure.ts";
import { isTagList, parseTags, tagName } from "../tags.ts";
import type { Tag, TagItem } from "../tags.ts";
import { isElement } from "../tree.ts";
import type { ElementNode, PromptNode } from "../tree.ts";

/** Text as it stands in the source of a region: references are not resolved in it. */
export interface RawText {
  readonly text: string;
  /** Offset in the region. */
  readonly start: number;
}

/** A tag item with its place in the region. */
export interface PlacedItem extends TagItem {
  readonly tag: Tag;
  readonly raw: RawText;
}

/** The negative prompt's tags by name; offsets are those of its own source. */
export type ForbiddenTags = ReadonlyMap<string, readonly { readonly start: number; readonly end: number }[]>;

export interface LintContext {
  readonly reading: SourceReading;
  readonly nodes: readonly PromptNode[];
  /** The nodes at the level of blocks, those beside a root included. */
  readonly level: readonly PromptNode[];
  readonly blocks: readonly ElementNode[];
  readonly characters: readonly ElementNode[];
  readonly general: readonly ElementNode[];
  readonly negative: ForbiddenTags;
  /** Adds a finding whose offsets are those of the region that was read as XML. */
  readonly add: (finding: Finding) => void;
  /** Adds a finding whose offsets are those of the whole source. */
  readonly addInSource: (finding: Finding) => void;
}

export type Rule = (context: LintContext) => void;

export function makeContext(reading: SourceReading, negative: ForbiddenTags): LintContext {
  const { tree, findings, region, source } = reading;
  const root = rootOf(tree);
  const blocks = blocksOf(tree);
  const whole = sliceRegion(source, 0, source.length);
  const addTo =
    (where: SourceRegion) =>
    (finding: Finding): void =>
      findings.add(where, () => finding);
  return {
    reading,
    nodes: tree.nodes,
    level: tree.nodes.flatMap((node) => (node === root ? root.children : [node])),
    blocks,
    characters: blocks.filter(({ key }) => key === "character"),
    general: blocks.filter(({ key }) => key === "general_tags"),
    negative,
    add: addTo(region),
    addInSource: addTo(whole),
  };
}

export function placeOfNode(reading: SourceReading, node: PromptNode): NodePlace | undefined {
  return reading.places.get(node);
}

/** The texts that stand directly in an element. */
export function rawTexts(reading: SourceReading, nodes: readonly PromptNode[]): readonly RawText[] {
  return nodes.flatMap((node) => {
    const place = node.kind === "text" ? reading.places.get(node) : undefined;
    if (place === undefined) return [];
    return [{ text: reading.region.text.slice(place.start, place.end), start: place.start }];
  });
}

/** The items of all tags in some texts; their offsets are those of the region. */
export function placedItems(texts: readonly RawText[]): readonly PlacedItem[] {
  return texts.flatMap((raw) =>
    parseTags(raw.text).flatMap((tag) =>
      tag.items.map(({ start, end }) => ({
        name: tagName(resolveReferences(raw.text.slice(start, end))),
        start: raw.start + start,
        end: raw.start + end,
        tag,
        raw,
      })),
    ),
  );
}

/** Fields that hold tags: those of characters and of the general block, and a style line beside them. */
export function tagFields(context: LintContext): readonly ElementNode[] {
  const inside = [...context.characters, ...context.general].flatMap(({ children }) => children.filter(isElement));
  const beside = context.blocks.filter(({ role }) => role === "field");
  return [...inside, ...beside].filter(({ key }) => key !== "caption");
}

/** The texts of a prompt that are lists of tags: those of its fields, or plain text that is one. */
export function tagTexts(context: LintContext): readonly RawText[] {
  const { reading } = context;
  if (reading.tree.dialect === "plain")
    return rawTexts(reading, reading.tree.nodes).filter(({ text }) => isTagList(text));
  return tagFields(context).flatMap(({ children }) => rawTexts(reading, children));
}

/** The start of the white space before an offset, so that removing what stands there leaves no empty line. */
export function withSpaceBefore(text: string, start: number): number {
  let at = start;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at--;
  return at;
}
