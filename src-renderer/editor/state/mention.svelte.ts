/** @file A character of the bible being named in an input of the form: what is written, what it may mean, which is chosen. */

import type { BibleCharacter } from "../../../src-main/contract/drafts.ts";
import { charactersNamed, mentionedName } from "../model/mention.ts";
import { bible } from "./bible.svelte.ts";

export class Mention {
  /** What stands in the input, its `@` included; undefined where nobody is being named. */
  text = $state<string | undefined>(undefined);
  active = $state(0);
  readonly found = $derived(this.text === undefined ? [] : charactersNamed(bible.characters, this.#name));

  get #name(): string {
    return mentionedName(this.text ?? "") ?? "";
  }

  /** Whether what is typed names somebody of the bible, so that it is no text of its own yet. */
  follow(text: string): boolean {
    if (mentionedName(text) === undefined) {
      this.end();
      return false;
    }
    if (this.text === undefined) void bible.load();
    this.text = text;
    this.active = 0;
    return true;
  }

  end(): void {
    this.text = undefined;
  }

  /** The keys of a list: arrows move, Enter and Tab choose, Escape gives up. */
  handleKey(event: KeyboardEvent, onchoose: (character: BibleCharacter) => void, ongiveup: () => void): void {
    if (this.text === undefined || event.isComposing) return;
    const { length } = this.found;
    const chosen = this.found[this.active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (length > 0) this.active = (this.active + (event.key === "ArrowDown" ? 1 : length - 1)) % length;
    } else if (event.key === "Escape" || (event.key === "Enter" && chosen === undefined)) ongiveup();
    else if (chosen !== undefined && (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)))
      onchoose(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
