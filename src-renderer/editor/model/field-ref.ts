/** @file Names one field of the form, so that tags can be carried from one to another. */

import {
  elementById,
  fieldText,
  generalText,
  setCharacterField,
  setGeneralField,
} from "../../../src-main/prompt/index.ts";
import type { CharacterField, GeneralField, PromptTree } from "../../../src-main/prompt/index.ts";
import { addTags, chipsOf, listOf, moveTag } from "./chips.ts";

export type FieldRef =
  | { readonly kind: "character"; readonly id: number; readonly key: CharacterField }
  | { readonly kind: "general"; readonly key: GeneralField };

export function textOfField(tree: PromptTree, ref: FieldRef): string {
  return ref.kind === "general" ? generalText(tree, ref.key) : fieldText(elementById(tree, ref.id), ref.key);
}

export function withFieldText(tree: PromptTree, ref: FieldRef, text: string): PromptTree {
  return ref.kind === "general" ? setGeneralField(tree, ref.key, text) : setCharacterField(tree, ref.id, ref.key, text);
}

export function isSameField(left: FieldRef, right: FieldRef): boolean {
  return left.kind === "general"
    ? right.kind === "general" && left.key === right.key
    : right.kind === "character" && left.id === right.id && left.key === right.key;
}

/** A tag taken from one place in one field to a place in the same or another. */
export function withMovedTag(
  tree: PromptTree,
  from: { readonly field: FieldRef; readonly index: number },
  to: { readonly field: FieldRef; readonly index: number },
): PromptTree {
  const source = textOfField(tree, from.field);
  if (isSameField(from.field, to.field)) {
    const index = to.index > from.index ? to.index - 1 : to.index;
    return withFieldText(tree, to.field, moveTag(source, from.index, index));
  }
  const chips = chipsOf(source);
  const moved = chips[from.index];
  if (moved === undefined) return tree;
  const rest = listOf(chips.filter((chip) => chip !== moved).map(({ text }) => text));
  const added = addTags(textOfField(tree, to.field), moved.text, to.index);
  return withFieldText(withFieldText(tree, from.field, rest), to.field, added);
}
