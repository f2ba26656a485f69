/** @file Characters of the bible named with `@`, in the text as in the form. */

import { charactersOf, fieldText } from "../../../src-main/prompt/index.ts";
import { readDocument } from "./document.ts";
import { searchForm } from "../../../src-main/prompt/tag-vocabulary.ts";

/** Also as a Chinese or Japanese keyboard types it. */
export const MENTION_SIGNS = ["@", "＠"] as const;

/** What an input says of a name, "" where only the sign is there; undefined where it names nobody of the bible. */
export function mentionedName(text: string): string | undefined {
  return /^\s*[@＠]([^@＠]*)$/.exec(text)?.[1];
}

export function charactersNamed<Kept extends { readonly name: string }>(
  kept: readonly Kept[],
  typed: string,
): readonly Kept[] {
  const sought = searchForm(typed);
  return kept.filter(({ name }) => searchForm(name).includes(sought));
}

/** What a character is known by beside the name. */
export function traitsOf({ xml }: { readonly xml: string }): string {
  return fieldText(charactersOf(readDocument(xml).tree)[0], "appearance").replaceAll("_", " ");
}
