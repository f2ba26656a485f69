/**
 * @file The cast: characters added, removed, copied and put in another order. Every change gives a new tree.
 *
 * A card is known by its id, which is never given twice, not by its number. Numbers belong to places: the first place
 * keeps its number whoever stands there, and `$character_2$` in texts follows the character to its new number.
 */

import { blockNodes, blocksOfKey, fieldOf, saysSomething, withBlockNodes } from "./blocks.ts";
import { entryName, withEntry } from "./dialects/comfy.ts";
import { convertPrompt } from "./dialects/convert.ts";
import { envelopeArray, memberOf, withMember, withoutMember } from "./envelope.ts";
import type { Box, Envelope, EnvelopeObject } from "./envelope.ts";
import { elementById, fieldText, setCharacterField, spaceOf, withoutElement } from "./fields.ts";
import { printXml } from "./print.ts";
import { mapPlaceholders, mapPlaceholdersInText } from "./placeholders.ts";
import { elementNode, isBlankText, isElement, mergedText, renamed, replaced, textNode, withChildren } from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";
import { CHARACTER_FIELDS } from "./vocabulary.ts";
import type { CharacterField } from "./vocabulary.ts";

/** The cards, in the order in which they stand. */
export function charactersOf(tree: PromptTree): readonly ElementNode[] {
  return blocksOfKey(tree, "character");
}

export interface CastChange {
  readonly tree: PromptTree;
  /** The card that was made. */
  readonly id: number;
}

/** A new card behind the last one; plain text becomes the scene of a prompt with blocks. */
export function addCharacter(
  given: PromptTree,
  fields: Readonly<Partial<Record<CharacterField, string>>> = { gender: "1girl" },
): CastChange {
  const tree = given.dialect === "plain" ? convertPrompt(given, "readme").tree : given;
  const number = nextNumber(tree);
  const id = tree.nextId;
  const name = { n: `$character_${number}$`, ...fields };
  const card = elementNode(id, `character_${number}`, [textNode("\n")]);
  const placed = insertCard({ ...tree, nextId: id + 1 }, card);
  const filled = CHARACTER_FIELDS.reduce((done, key) => setCharacterField(done, id, key, name[key] ?? ""), placed);
  return { tree: withEntryFor(filled, id), id };
}

/** A copy of a card behind the last one, under the next number. */
export function duplicateCharacter(tree: PromptTree, id: number): CastChange {
  const original = elementById(tree, id);
  if (original?.key !== "character") return { tree, id };
  const box = original.number === undefined ? undefined : characterBox(tree, id);
  const inserted = insertCharacter(tree, original);
  return box === undefined ? inserted : { ...inserted, tree: setCharacterBox(inserted.tree, inserted.id, box) };
}

/** A card of any prompt, copied behind the last one under the next number; plain text becomes a prompt with blocks. */
export function insertCharacter(given: PromptTree, original: ElementNode): CastChange {
  const tree = given.dialect === "plain" ? convertPrompt(given, "readme").tree : given;
  const number = nextNumber(tree);
  const { node, nextId } = copied(original, tree.nextId);
  const placed = insertCard({ ...tree, nextId }, underNumber(node, original.number, number));
  return { tree: withEntryFor(placed, node.id), id: node.id };
}

/**
 * A card of any prompt in the place of one that says nothing yet beyond name, gender and place: under its number, where
 * it stands in the picture. A card that says more is left alone, and the other comes behind the last one.
 */
export function fillCharacter(tree: PromptTree, id: number, original: ElementNode): CastChange {
  const blank = charactersOf(tree).find((card) => card.id === id);
  if (blank === undefined || saysSomething(setNameAside(blank))) return insertCharacter(tree, original);
  const { node, nextId } = copied(original, tree.nextId);
  const numbered = underNumber(node, original.number, blank.number ?? nextNumber(tree));
  const nodes = replaced(tree.nodes, id, () => [{ ...numbered, id }]);
  const filled = withEntryFor({ ...tree, nodes, nextId }, id);
  const place = fieldText(blank, "position");
  return { tree: place === "" ? filled : setCharacterField(filled, id, "position", place), id };
}

function setNameAside(card: ElementNode): ElementNode {
  return withChildren(
    card,
    card.children.filter((node) => !isElement(node) || node.key !== "n"),
  );
}

/** One card as a text of its own: `<character_1>` with everything in it. */
export function characterText(card: ElementNode): string {
  return printXml([underNumber(card, card.number, 1)]);
}

/** The card under another number; `$character_2$` inside it follows. */
function underNumber(card: ElementNode, from: number | undefined, to: number): ElementNode {
  const node = renamed(card, `character_${to}`);
  const [mapped] = mapPlaceholders([node], new Map(from === undefined ? [] : [[from, to]]));
  return isElement(mapped) ? mapped : node;
}

/** The other cards keep their numbers; `renumberCharacters` closes the gap. */
export function removeCharacter(tree: PromptTree, id: number): PromptTree {
  const card = charactersOf(tree).find((element) => element.id === id);
  if (card === undefined) return tree;
  const rest = { ...tree, nodes: withoutElement(tree.nodes, id) };
  const isLast = card.number !== undefined && !charactersOf(rest).some(({ number }) => number === card.number);
  if (rest.envelope === undefined || !isLast) return rest;
  return {
    ...rest,
    envelope: { ...rest.envelope, root: withoutMember(rest.envelope.root, `character_${card.number}`) },
  };
}

export function swapCharacters(tree: PromptTree, left: number, right: number): PromptTree {
  const other = new Map([
    [left, right],
    [right, left],
  ]);
  return orderCharacters(
    tree,
    charactersOf(tree).map(({ id }) => other.get(id) ?? id),
  );
}

/** @param index the place among the cards, from 0, that the card shall have */
export function moveCharacter(tree: PromptTree, id: number, index: number): PromptTree {
  const ids = charactersOf(tree).map((card) => card.id);
  if (!ids.includes(id)) return tree;
  return orderCharacters(tree, ids.filter((other) => other !== id).toSpliced(index, 0, id));
}

/** Numbers 1, 2, 3 … in the order of the cards. */
export function renumberCharacters(tree: PromptTree): PromptTree {
  const cards = charactersOf(tree);
  return placeCards(
    tree,
    cards,
    cards.map((_, index) => index + 1),
  );
}

/** Exchanges the texts of one field between two cards; for `position` their places in the picture. */
export function swapField(tree: PromptTree, left: number, right: number, key: CharacterField): PromptTree {
  const texts = [left, right].map((id) => fieldText(elementById(tree, id), key));
  return setCharacterField(setCharacterField(tree, left, key, texts[1] ?? ""), right, key, texts[0] ?? "");
}

/** The cards in the order of these ids; ids of no card are passed over, cards that are not named come last. */
export function orderCharacters(tree: PromptTree, ids: readonly number[]): PromptTree {
  const cards = charactersOf(tree);
  const named = [...new Set(ids)].flatMap((id) => cards.filter((card) => card.id === id));
  const order = [...named, ...cards.filter((card) => !named.includes(card))];
  if (order.every((card, index) => card === cards[index])) return tree;
  const numbers = cards.map(({ number }) => number);
  const areUsable = numbers.every((number) => number !== undefined) && new Set(numbers).size === numbers.length;
  return placeCards(tree, order, areUsable ? numbers : cards.map((_, index) => index + 1));
}

/** Puts cards into the places of the cards, under the numbers of the places. */
function placeCards(tree: PromptTree, order: readonly ElementNode[], numbers: readonly number[]): PromptTree {
  const map = new Map<number, number>();
  for (const [index, { number }] of order.entries())
    if (number !== undefined && !map.has(number)) map.set(number, numbers[index] ?? number);
  const cards = order.map((card, index) => numberedCard(card, numbers[index] ?? index + 1));
  let next = 0;
  const place = (nodes: readonly PromptNode[]): readonly PromptNode[] =>
    nodes.map((node) => {
      if (!isElement(node)) return node;
      if (node.key === "character") return cards[next++] ?? node;
      return node.role === "root" ? withChildren(node, place(node.children)) : node;
    });
  const isChanged = [...map].some(([from, to]) => from !== to);
  const nodes = place(tree.nodes);
  if (!isChanged) return { ...tree, nodes };
  const envelope = tree.envelope && withMovedEntries(tree.envelope, map);
  return { ...tree, nodes: mapPlaceholders(nodes, map), ...(envelope === undefined ? {} : { envelope }) };
}

function numberedCard(card: ElementNode, number: number): ElementNode {
  return card.number === number ? card : renamed(card, `character_${number}`);
}

/** One more than the largest number in use, in the blocks or in the envelope. */
function nextNumber(tree: PromptTree): number {
  const cards = charactersOf(tree).map(({ number }) => number ?? 0);
  const entries = tree.envelope?.root.members.map(({ key }) => entryNumber(key) ?? 0) ?? [];
  return Math.max(charactersOf(tree).length, ...cards, ...entries) + 1;
}

function insertCard(tree: PromptTree, card: ElementNode): PromptTree {
  const nodes = blockNodes(tree);
  const last = nodes.findLastIndex((node) => isElement(node) && node.key === "character");
  if (last !== -1) {
    const space =
      last > 0 && isBlankText(nodes[last - 1]) && charactersOf(tree).length > 1
        ? spaceOf(nodes, last)
        : textNode("\n\n");
    return withBlockNodes(tree, mergedText(nodes.toSpliced(last + 1, 0, space, card)));
  }
  const general = nodes.findIndex((node) => isElement(node) && (node.key === "general_tags" || node.key === "caption"));
  const at = general === -1 ? nodes.length : general;
  return withBlockNodes(tree, mergedText(nodes.toSpliced(at, 0, card, textNode(general === -1 ? "\n" : "\n\n"))));
}

function copied(element: ElementNode, firstId: number): { node: ElementNode; nextId: number } {
  let nextId = firstId;
  const copy = (node: PromptNode): PromptNode =>
    isElement(node) ? { ...node, id: nextId++, children: node.children.map(copy) } : node;
  const node = { ...element, id: nextId++, children: element.children.map(copy) };
  return { node, nextId };
}

/** The box of a card in the envelope; undefined without one, or where it is no list of four numbers. */
export function characterBox(tree: PromptTree, id: number): Box | undefined {
  const entry = entryOf(tree, id);
  const bbox = memberOf(entry, "bbox")?.value;
  if (bbox?.kind !== "array" || bbox.items.length !== 4) return undefined;
  const numbers = bbox.items.map(({ value }) => (value.kind === "literal" ? Number(value.source) : Number.NaN));
  const [left, top, right, bottom] = numbers;
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return undefined;
  return numbers.every(Number.isFinite) ? [left, top, right, bottom] : undefined;
}

/** Only the comfy dialect has boxes; other trees are returned as they are. */
export function setCharacterBox(tree: PromptTree, id: number, box: Box): PromptTree {
  const entered = withEntryFor(tree, id);
  const { envelope } = entered;
  const entry = entryOf(entered, id);
  const number = elementById(entered, id)?.number;
  if (envelope === undefined || entry === undefined || number === undefined) return tree;
  const bbox = envelopeArray(box.map((value) => ({ kind: "literal", source: String(Math.round(value)) })));
  const root = withMember(envelope.root, `character_${number}`, withMember(entry, "bbox", bbox));
  return { ...entered, envelope: { ...envelope, root } };
}

function entryOf(tree: PromptTree, id: number): EnvelopeObject | undefined {
  const number = elementById(tree, id)?.number;
  if (tree.envelope === undefined || number === undefined) return undefined;
  const value = memberOf(tree.envelope.root, `character_${number}`)?.value;
  return value?.kind === "object" ? value : undefined;
}

function withEntryFor(tree: PromptTree, id: number): PromptTree {
  const card = elementById(tree, id);
  if (tree.envelope === undefined || card?.number === undefined) return tree;
  const root = withEntry(tree.envelope.root, card.number, entryName(card, card.number));
  return { ...tree, envelope: { ...tree.envelope, root } };
}

/** The entries under the numbers that their characters have now, in their order; placeholders in texts follow. */
function withMovedEntries(envelope: Envelope, map: ReadonlyMap<number, number>): Envelope {
  const { members } = envelope.root;
  const taken = new Set(map.values());
  let free = Math.max(0, ...taken, ...members.map(({ key }) => entryNumber(key) ?? 0)) + 1;
  const numbered = members.map((member) => {
    const number = entryNumber(member.key);
    if (number === undefined) return { member, number: undefined };
    // An entry of nobody makes way.
    return { member, number: map.get(number) ?? (taken.has(number) ? free++ : number) };
  });
  const entries = numbered
    .filter(({ number }) => number !== undefined)
    .sort((left, right) => (left.number ?? 0) - (right.number ?? 0));
  let next = 0;
  const ordered = numbered.map(({ member, number }) => {
    const entry = number === undefined ? undefined : entries[next++];
    if (entry?.number === undefined) return member;
    const { gap, value } = entry.member;
    return { before: member.before, key: `character_${entry.number}`, gap, value, after: member.after };
  });
  return { ...envelope, root: mapPlaceholdersInText({ ...envelope.root, members: ordered }, map) };
}

function entryNumber(key: string): number | undefined {
  const digits = /^character_(\d{1,9})$/.exec(key)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The name of a card as its author gave it; "" where it is a placeholder or missing. */
export function characterName(card: ElementNode): string {
  return fieldOf(card, "n") === undefined ? "" : fieldText(card, "n");
}
