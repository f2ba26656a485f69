/** @file A field's tags as chips: the name to show, the weight to change, the text as it was written. */

import { joinTags, parseTags } from "../../../src-main/prompt/index.ts";
import type { Tag } from "../../../src-main/prompt/index.ts";

export interface Chip {
  /** As written, weight included: what is put back. */
  readonly text: string;
  /** The tag without its weight, as written. */
  readonly label: string;
  /** As the vocabularies spell it; of a group its tags, joined. */
  readonly name: string;
  /** 1 where none is written. */
  readonly weight: number;
  /** Several tags in one pair of parentheses. */
  readonly isGroup: boolean;
}

const WEIGHTED = /^\(([^]*?)\s*:\s*(-?\d{1,6}(?:\.\d{1,6})?)\s*\)$/;

export function chipsOf(list: string): readonly Chip[] {
  return parseTags(list).map(chipOf);
}

function chipOf({ text, items }: Tag): Chip {
  const match = WEIGHTED.exec(text);
  const inner = match?.[1];
  // `(a), (b:1.2)` is no weighted group: its parentheses are not each other's partners.
  const isWhole = inner !== undefined && parseTags(`(${inner})`).length === 1 && isBalanced(inner);
  const label = isWhole ? inner : text;
  const weight = isWhole ? Number(match?.[2]) : 1;
  return { text, label, name: items.map(({ name }) => name).join(", "), weight, isGroup: items.length > 1 };
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\\") at++;
    else if (sign === "(") depth++;
    else if (sign === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

export const LIGHTEST = 0.1;
export const HEAVIEST = 2;

/** The chip's text with another weight; 1 takes the weight away. */
export function withWeight(chip: Chip, weight: number): string {
  const rounded = Math.round(Math.min(HEAVIEST, Math.max(LIGHTEST, weight)) * 100) / 100;
  return rounded === 1 ? chip.label : `(${chip.label}:${rounded})`;
}

/** The chip's text with another tag and the weight that it had. */
export function withLabel(chip: Chip, label: string): string {
  const clean = label.trim();
  return chip.weight === 1 || clean === "" ? clean : withWeight({ ...chip, label: clean }, chip.weight);
}

export function listOf(chips: readonly string[]): string {
  return joinTags(chips);
}

/** A vocabulary's name as it must be written: bare parentheses would group. */
export function writtenName(name: string): string {
  return name.replace(/[()]/g, "\\$&");
}

/** Tags that are typed or pasted into a list, without those that it has already. */
export function addTags(list: string, added: string, index = Number.POSITIVE_INFINITY): string {
  const present = chipsOf(list);
  const names = new Set(present.map(({ name }) => name));
  const fresh = parseTags(added)
    .map(chipOf)
    .filter(({ name }) => !names.has(name) && (names.add(name), true));
  return listOf(present.map(({ text }) => text).toSpliced(index, 0, ...fresh.map(({ text }) => text)));
}

export function moveTag(list: string, from: number, to: number): string {
  const texts = chipsOf(list).map(({ text }) => text);
  const [moved] = texts.splice(from, 1);
  return moved === undefined ? list : listOf(texts.toSpliced(to, 0, moved));
}
