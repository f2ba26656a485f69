/** @file Puts a character of the bible into the prompt. */

import type { BibleCharacter } from "../../../src-main/contract/drafts.ts";
import { charactersOf, fillCharacter, insertCharacter } from "../../../src-main/prompt/index.ts";
import { readDocument } from "../model/document.ts";
import type { EditorState } from "./editor-state.svelte.ts";

/** Behind the last character, with the next free number. */
export function insertFromBible(editor: EditorState, { xml }: Pick<BibleCharacter, "xml">): void {
  const [card] = charactersOf(readDocument(xml).tree);
  if (card !== undefined) editor.change("insert", (tree) => insertCharacter(tree, card).tree);
}

/** In the place of a card that says nothing yet; behind the last character where it does. */
export function fillFromBible(editor: EditorState, id: number, { xml }: Pick<BibleCharacter, "xml">): void {
  const [card] = charactersOf(readDocument(xml).tree);
  if (card !== undefined) editor.change("insert", (tree) => fillCharacter(tree, id, card).tree);
}
