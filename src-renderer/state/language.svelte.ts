/** @file The language of the interface: chosen by the author, or else by the system. */

import { LANGUAGES } from "../../src-main/contract/settings.ts";
import type { Language } from "../../src-main/contract/settings.ts";
import { TEXTS } from "../messages/index.ts";
import type { Texts } from "../messages/index.ts";

/** The language among ours that comes first in the reader's list. */
export function matchLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const match = LANGUAGES.find((language) => language.toLowerCase().split("-")[0] === base);
    if (match !== undefined) return match;
  }
  return "en";
}

class LanguageState {
  choice = $state<Language | "system">("system");
  readonly current: Language = $derived(this.choice === "system" ? matchLanguage(navigator.languages) : this.choice);
  /** Every text of the frame in the present language: `language.texts.generate.button`. */
  readonly texts: Texts = $derived(TEXTS[this.current]);
}

/** The page has one language, so there is one of these. A feature with a table of its own reads `language.current`. */
export const language = new LanguageState();
