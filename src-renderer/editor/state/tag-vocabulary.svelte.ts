/** @file The vocabulary on the page: fetched with the first field that wants it, once. */

import { parseVocabulary, Vocabulary } from "../../../src-main/prompt/tag-vocabulary.ts";

class TagVocabulary {
  /** Undefined until it is loaded: chips then show their names, and nothing is completed. */
  current = $state.raw<Vocabulary | undefined>(undefined);
  #isAsked = false;

  load(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    void import("../../../assets/tags/tags.tsv?raw").then(({ default: tsv }) => {
      this.current = new Vocabulary(parseVocabulary(tsv));
    });
  }
}

export const tagVocabulary = new TagVocabulary();
