/** @file Puts a character of the bible into the prompt, with the next free number. */

import type { BibleCharacter } from "../../../src-main/contract/drafts.ts";
import { charactersOf, insertCharacter } from "../../../src-main/prompt/index.ts";
import { readDocument } from "../model/document.ts";
import type { EditorState } from "./editor-state.svelte.ts";

export function insertFromBible(editor: EditorState, { xml }: Pick<BibleCharacter, "xml">): void {
  const [card] = charactersOf(readDocument(xml).tree);
  if (card !== undefined) editor.change("insert", (tree) => insertCharacter(tree, card).tree);
}
