/** @file Brings the draft back when the page opens, and hands every later change to the autosave. */

import { isTachieError } from "../../src-main/contract/errors.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { Autosave } from "./autosave.ts";
import type { DraftState } from "./draft.svelte.ts";
import { firstPrompt } from "./first-draft.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class DraftSaver {
  /** Until then the editor must not be typed in: what is typed would be replaced. */
  isRestored = $state(false);
  readonly #autosave: Autosave;
  readonly #draft: DraftState;
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(draft: DraftState, studio: StudioLink, reports: ReportsState) {
    this.#draft = draft;
    this.#studio = studio;
    this.#reports = reports;
    this.#autosave = new Autosave({
      storage: window.localStorage,
      save: async (changed) => {
        try {
          await studio.client.saveCurrentDraft({ draft: changed });
        } catch (error) {
          // A lost connection is shown by itself and cures itself; anything else the author must know.
          if (!isTachieError(error, "studio.lost")) reports.add(error);
          throw error;
        }
      },
    });
    studio.onState((state) => {
      if (state.kind !== "ready") return;
      if (this.isRestored) void this.#autosave.flush();
      else void this.#restore();
    });
    window.addEventListener("pagehide", () => void this.#autosave.flush());
  }

  /** To be called in an effect: reads the whole draft and so runs again with every change of it. */
  watch(): void {
    const draft = this.#draft.snapshot();
    if (this.isRestored) this.#autosave.change(draft);
  }

  async #restore(): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.currentDraft({}));
    if (answer === undefined) return;
    const { draft } = answer;
    this.#draft.replace(draft ?? { ...this.#draft.snapshot(), text: await firstPrompt() });
    this.#autosave.adopt(this.#draft.snapshot());
    const aside = this.#autosave.putAside();
    if (aside !== undefined) this.#draft.replace(aside);
    this.isRestored = true;
  }
}
