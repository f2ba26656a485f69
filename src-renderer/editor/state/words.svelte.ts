/** @file The editor's words in the language of the page. */

import { language } from "../../state/language.svelte.ts";
import { EDITOR_TEXTS } from "../messages/index.ts";
import type { EditorTexts } from "../messages/index.ts";

class Words {
  readonly texts: EditorTexts = $derived(EDITOR_TEXTS[language.current]);
}

export const words = new Words();
