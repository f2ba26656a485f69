/**
 * @file The draft in the editor: a prompt and everything that is asked with it.
 *
 * The editor writes `text`, `negative` and `dialect`; the generate panel writes `settings`. Both may be replaced from
 * outside (a stored draft is restored, a picture is used as draft): the editor takes such a change as one step of its
 * own undo history. Nothing here saves; see `draft-saver.svelte.ts`.
 */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { Dialect } from "../../src-main/contract/prompt.ts";

export type DraftSettings = Draft["settings"];
/** A key with `undefined` goes back to the model's own value. */
export type DraftSettingsChange = { readonly [Key in keyof DraftSettings]?: DraftSettings[Key] | undefined };

export class DraftState {
  /** The prompt as written; it may be malformed. */
  text = $state("");
  negative = $state("");
  dialect = $state<Dialect>("readme");
  /** Replaced as a whole with every change; use `changeSettings`. */
  settings = $state.raw<DraftSettings>({});

  changeSettings(change: DraftSettingsChange): void {
    const merged = { ...this.settings, ...change };
    this.settings = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  }

  replace(draft: Draft): void {
    this.text = draft.text;
    this.negative = draft.negative;
    this.dialect = draft.dialect;
    this.settings = draft.settings;
  }

  snapshot(): Draft {
    const { text, negative, dialect, settings } = this;
    return { text, negative, dialect, settings };
  }
}
