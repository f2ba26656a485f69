/**
 * @file A prompt from one dialect into another: first to bare blocks (the readme form), then to the form that is asked.
 *
 * What each dialect can hold: readme and webapp any blocks, texts and comments; nodes and formatter the same in a root
 * with attributes, and things beside the root; comfy the same blocks, and an envelope with boxes, names, further entries
 * and a caption of nothing but text; plain text and comments. Nothing is lost on the way: what the other dialect has no
 * place for goes into a comment that the way back understands (carrier.ts). `artist` and `artists` are one field under
 * two names and take the one that the dialect uses. Only white space between blocks, and spellings, may change.
 */

import { isTachieError } from "../../contract/errors.ts";
import type { ConversionNote, Dialect } from "../../contract/prompt.ts";
import { blocksOf, rootOf } from "../blocks.ts";
import { carriedBy, carrierNode, isCarrier } from "../carrier.ts";
import { isSamePrompt } from "../equality.ts";
import { printTree } from "../print-tree.ts";
import { readPrompt } from "../read.ts";
import { isElement, renamed, withChildren } from "../tree.ts";
import type { PromptNode, PromptTree } from "../tree.ts";
import { isRooted, ROOT_NAMES, WEBAPP_CHARACTER_FIELDS, WEBAPP_GENERAL_FIELDS } from "../vocabulary.ts";
import { isDocumentCharacter } from "../xml-characters.ts";
import { moveCaption } from "./caption-place.ts";
import type { CaptionPlace } from "./caption-place.ts";
import { fromEnvelope, toEnvelope } from "./comfy.ts";
import { carriedStructure, flattened, toBlocks, toPlain } from "./plain.ts";
import { unwrapped, wrapped } from "./rooted.ts";

export interface Conversion {
  readonly tree: PromptTree;
  readonly notes: readonly ConversionNote[];
}

export function convertPrompt(tree: PromptTree, dialect: Dialect): Conversion {
  if (tree.dialect === dialect) return { tree, notes: [] };
  const { source, blocks, notes } = toBareBlocks(tree);
  if (source.dialect === dialect) return { tree: source, notes };
  if (dialect === "plain") {
    const nothing: PromptTree = { ...blocks, dialect, nodes: [] };
    if (flattened(blocks.nodes) === "" && isWhatBecomesOf(nothing, source)) return { tree: nothing, notes };
    const plain = toPlain(
      blocks,
      `${source.dialect}\n${printTree({ ...source, system: "", hasByteOrderMark: false })}`,
    );
    return { tree: plain.tree, notes: [...notes, ...plain.notes] };
  }
  const converted = fromBareBlocks(blocks, dialect);
  return { tree: converted, notes: [...notes, ...notesAbout(tree, converted)] };
}

/** Whether a prompt is what its dialect makes of this one, but for the marks of a root that held nothing. */
function isWhatBecomesOf(plain: PromptTree, tree: PromptTree): boolean {
  const isBareMark = (node: PromptNode): boolean =>
    (isCarrier(node, "root") || isCarrier(node, "root-end")) && carriedBy(node)?.payload === "";
  const nodes = tree.nodes.filter((node) => !isBareMark(node));
  return isSamePrompt(convertPrompt(plain, tree.dialect).tree, { ...tree, nodes });
}

interface BareBlocks {
  /** The prompt that the blocks come from: the one given, or the one that plain text carried. */
  readonly source: PromptTree;
  readonly blocks: PromptTree;
  readonly notes: readonly ConversionNote[];
}

function toBareBlocks(tree: PromptTree): BareBlocks {
  if (tree.dialect === "plain") return fromPlain(tree);
  if (tree.envelope !== undefined) return { source: tree, blocks: fromEnvelope(tree, tree.envelope), notes: [] };
  const root = rootOf(tree);
  if (root === undefined) return { source: tree, blocks: { ...tree, dialect: "readme" }, notes: [] };
  const children = moveCaption(root.children, captionPlaceOf(tree.dialect), "last");
  const inner = { ...root, children };
  const nodes = unwrapped(
    tree.nodes.map((node) => (node === root ? inner : node)),
    inner,
  );
  const named = tree.dialect === "formatter" ? withArtistName(nodes, "artist", "artists") : nodes;
  return { source: tree, blocks: { ...tree, dialect: "readme", nodes: named }, notes: [] };
}

function fromPlain(tree: PromptTree): BareBlocks {
  const carried = carriedStructure(tree);
  if (carried === undefined) return { source: tree, blocks: toBlocks(tree), notes: [] };
  const source = readStructure(carried.written);
  if (source === undefined) {
    const note: ConversionNote = {
      code: "plain.structure-damaged",
      severity: "warning",
      message:
        "The structure in the comment behind the text cannot be read: the text is used as it is, the comment is kept.",
    };
    return { source: tree, blocks: toBlocks(tree), notes: [note] };
  }
  const bare = toBareBlocks(source).blocks;
  if (flattened(bare.nodes) !== carried.text) {
    const note: ConversionNote = {
      code: "plain.structure-outdated",
      severity: "warning",
      message:
        "The text was edited since its structure was put into the comment behind it: the text is used as it is, the " +
        "comment is kept.",
    };
    return { source: tree, blocks: toBlocks(tree), notes: [note] };
  }
  const { system, hasByteOrderMark } = tree;
  const own = { system, hasByteOrderMark };
  const beside = carried.rest;
  return {
    source: { ...source, ...own, nodes: [...source.nodes, ...beside] },
    blocks: { ...bare, ...own, nodes: [...bare.nodes, ...beside] },
    notes: [],
  };
}

/** The prompt that a comment holds: the dialect on its first line, then the text. */
function readStructure(written: string): PromptTree | undefined {
  const lineEnd = written.indexOf("\n");
  const tree = readCarriedPrompt(written.slice(lineEnd + 1));
  if (tree === undefined) return undefined;
  const name = written.slice(0, lineEnd);
  if (tree.dialect === name) return tree;
  // The two that share a grammar may be taken for each other.
  const areRootless = [name, tree.dialect].every((dialect) => dialect === "readme" || dialect === "webapp");
  return areRootless ? { ...tree, dialect: name === "webapp" ? "webapp" : "readme" } : undefined;
}

function readCarriedPrompt(written: string): PromptTree | undefined {
  try {
    return readPrompt(written).tree;
  } catch (error) {
    // Over the limits, or with a declaration: someone else wrote this comment.
    if (!isTachieError(error)) throw error;
    return undefined;
  }
}

function fromBareBlocks(blocks: PromptTree, dialect: Exclude<Dialect, "plain">): PromptTree {
  if (dialect === "comfy") return toEnvelope(blocks);
  if (!isRooted(dialect)) return { ...blocks, dialect };
  const named = dialect === "formatter" ? withArtistName(blocks.nodes, "artists", "artist") : blocks.nodes;
  const nodes = wrapped(named, ROOT_NAMES[dialect], blocks.nextId);
  const tree = { ...blocks, dialect, nodes, nextId: blocks.nextId + 1 };
  const root = rootOf(tree);
  if (root === undefined) return tree;
  const inner = { ...root, children: moveCaption(root.children, "last", captionPlaceOf(dialect)) };
  return { ...tree, nodes: nodes.map((node) => (node === root ? inner : node)) };
}

function captionPlaceOf(dialect: Dialect): CaptionPlace {
  return dialect === "nodes" ? "first" : "last";
}

/**
 * `artist` in the formatter's dialect, `artists` in the others. A name that was not the usual one where it comes from is
 * marked and stays, so that it comes back; where both stand side by side neither is touched.
 */
function withArtistName(nodes: readonly PromptNode[], from: string, to: string): readonly PromptNode[] {
  return nodes.map((node) => {
    if (!isElement(node) || node.key !== "general_tags") return node;
    const keys = node.children.filter(isElement).map(({ key }) => key);
    const index = node.children.findIndex((child) => isElement(child) && (child.name === from || child.name === to));
    if (index === -1 || (keys.includes(from) && keys.includes(to))) return node;
    if (isCarrier(node.children[index - 1], "keep")) return withChildren(node, node.children.toSpliced(index - 1, 1));
    if (keys.includes(to)) return withChildren(node, node.children.toSpliced(index, 0, carrierNode("keep")));
    return withChildren(
      node,
      node.children.map((child) => (isElement(child) && child.name === from ? renamed(child, to) : child)),
    );
  });
}

function notesAbout(before: PromptTree, after: PromptTree): readonly ConversionNote[] {
  const notes: ConversionNote[] = [];
  if (after.dialect === "webapp") {
    const dropped = new Set(blocksOf(after).flatMap((block) => fieldsDroppedByWebApps(block)));
    if (dropped.size > 0)
      notes.push({
        code: "webapp.fields-dropped",
        severity: "info",
        message: `Written, but the web apps' importers drop it: ${[...dropped].map((name) => `<${name}>`).join(", ")}.`,
      });
  }
  if (
    before.envelope !== undefined &&
    after.nodes.some((node) => node.kind === "comment" && node.text.startsWith(" tachie:envelope"))
  )
    notes.push({
      code: "comfy.envelope-carried",
      severity: "info",
      message:
        "Boxes, names and further entries of the envelope are carried in a comment, which the model does not read.",
    });
  if (before.dialect === "plain" && before.nodes.some((node) => node.kind === "text" && !isWritable(node.text)))
    notes.push({
      code: "xml.forbidden-character",
      severity: "warning",
      message: "The text holds characters that may not stand in XML; they are written as U+FFFD.",
    });
  return notes;
}

function fieldsDroppedByWebApps(block: PromptNode): readonly string[] {
  if (!isElement(block)) return [];
  if (block.key === "caption") return [];
  if (block.key !== "character" && block.key !== "general_tags") return [block.name];
  const known = block.key === "character" ? WEBAPP_CHARACTER_FIELDS : WEBAPP_GENERAL_FIELDS;
  return block.children.filter(isElement).flatMap(({ key, name }) => (known.has(key) ? [] : [name]));
}

function isWritable(text: string): boolean {
  return Array.from(text).every((sign) => isDocumentCharacter(sign.codePointAt(0) ?? 0));
}
