/** @file What a search can find of a prompt: its tags, each with its field, its character and where that one stands. */

import { blocksOf, wholeText } from "../blocks.ts";
import { characterBox, charactersOf } from "../cast.ts";
import { captionText, fieldsOf, generalOf } from "../fields.ts";
import { wordOfBox } from "../position.ts";
import { tagName, tagNames } from "../tags.ts";
import { isElement } from "../tree.ts";
import type { ElementNode, PromptTree } from "../tree.ts";
import { BACKGROUND_BIT, isPlace, PLACE_BITS, searchField } from "./query.ts";

export interface IndexedTag {
  /** As the vocabularies spell it. */
  readonly name: string;
  /** A `SearchField`, or the name of an element that no form knows. */
  readonly field: string;
  /** The number of its character; 0 for what belongs to none. */
  readonly character: number;
  /** `PLACE_BITS` of where the character stands; 0 where nothing is said. */
  readonly places: number;
}

export interface PromptIndex {
  /** Each once. */
  readonly tags: readonly IndexedTag[];
  readonly caption: string;
}

/** Raised when another index comes out of the same prompt: what was indexed before is then done anew. */
export const INDEX_VERSION = 1;

/** UTF-16 units of a tag; what is longer is a text that the full-text index finds. */
const MAX_TAG = 120;

export function indexPrompt(tree: PromptTree): PromptIndex {
  const tags = new Map<string, IndexedTag>();
  const add = (list: string, field: string, character: number, places: number): void => {
    for (const written of tagNames(list)) {
      const name = indexedName(written);
      if (name === "" || name.length > MAX_TAG) continue;
      tags.set(`${field} ${character} ${name}`, { name, field, character, places });
    }
  };
  const cards = charactersOf(tree);
  for (const [index, card] of cards.entries()) {
    const places = placesOf(tree, card);
    for (const { key, text } of fieldsOf(card)) add(text, fieldName(key), card.number ?? index + 1, places);
  }
  const general = generalOf(tree);
  if (general !== undefined) for (const { key, text } of fieldsOf(general)) add(text, fieldName(key), 0, 0);
  const isPlain = !tree.nodes.some(isElement);
  if (isPlain && blocksOf(tree).length === 0) add(wholeText(tree.nodes), "plain", 0, 0);
  return { tags: [...tags.values()], caption: captionText(tree) };
}

/** How a tag is compared: width, case and the joints between its words do not count. */
export function indexedName(written: string): string {
  return tagName(written.normalize("NFKC"));
}

function fieldName(key: string): string {
  return searchField(key) ?? key.toLowerCase().slice(0, 64);
}

const SIDES: readonly (readonly [RegExp, number])[] = [
  [/(?:^|_)left(?:$|_)/, PLACE_BITS.left],
  [/(?:^|_)right(?:$|_)/, PLACE_BITS.right],
  [/(?:^|_)(?:top|upper)(?:$|_)/, PLACE_BITS.top],
  [/(?:^|_)(?:bottom|lower)(?:$|_)/, PLACE_BITS.bottom],
  [/(?:^|_)foreground(?:$|_)/, PLACE_BITS.foreground],
  [/(?:^|_)background(?:$|_)/, BACKGROUND_BIT],
];
/** `center_left` is left: the middle is what stands on neither side. */
const MIDDLE = /(?:^|_)(?:center|centre|middle)(?:$|_)/;

/** From the words of its position, or from its box where there are none. */
function placesOf(tree: PromptTree, card: ElementNode): number {
  const words = fieldsOf(card).flatMap(({ key, text }) => (key === "position" ? tagNames(text) : []));
  const said = words.reduce((bits, word) => bits | bitsOf(word), 0);
  if (said !== 0) return said;
  const box = characterBox(tree, card.id);
  return box === undefined ? 0 : bitsOf(wordOfBox(box));
}

function bitsOf(word: string): number {
  if (isPlace(word)) return PLACE_BITS[word];
  const bits = SIDES.reduce((sum, [sign, bit]) => (sign.test(word) ? sum | bit : sum), 0);
  const hasSide = (bits & (PLACE_BITS.left | PLACE_BITS.right)) !== 0;
  return MIDDLE.test(word) && !hasSide ? bits | PLACE_BITS.center : bits;
}
