/**
 * @file Saves a draft a moment after it has changed, until the studio has confirmed exactly what is on the screen.
 *
 * While a save cannot be made (the connection is lost, the studio restarts) the draft is put aside in the page's own
 * storage, so that not even closing the window loses it.
 */

import type { Draft } from "../../src-main/contract/drafts.ts";

export const AUTOSAVE_DELAY_MS = 400;
const ASIDE_KEY = "tachie.unsaved-draft";

export interface AutosaveDoors {
  /** Rejects where the draft could not be saved. */
  readonly save: (draft: Draft) => Promise<unknown>;
  /** The page's `localStorage`. */
  readonly storage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
}

export class Autosave {
  #latest: Draft | undefined;
  #savedText: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSaving = false;
  readonly #doors: AutosaveDoors;

  constructor(doors: AutosaveDoors) {
    this.#doors = doors;
  }

  /** Whether the studio has not confirmed the latest state yet. */
  isDirty(): boolean {
    return this.#latest !== undefined && serialise(this.#latest) !== this.#savedText;
  }

  /** Takes note of a state that the studio already has: the one that was just restored. */
  adopt(draft: Draft): void {
    this.#latest = draft;
    this.#savedText = serialise(draft);
    const { storage } = this.#doors;
    if (storage.getItem(ASIDE_KEY) === this.#savedText) storage.removeItem(ASIDE_KEY);
  }

  /** Takes note of a change. */
  change(draft: Draft): void {
    this.#latest = draft;
    if (!this.isDirty()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), AUTOSAVE_DELAY_MS);
  }

  /** Saves now what is not saved. Never rejects: what fails is put aside and saved with the next flush. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isSaving || !this.isDirty() || this.#latest === undefined) return;
    const draft = this.#latest;
    this.#isSaving = true;
    this.#doors.storage.setItem(ASIDE_KEY, serialise(draft));
    let isSaved = true;
    try {
      await this.#doors.save(draft);
      this.#savedText = serialise(draft);
      if (!this.isDirty()) this.#doors.storage.removeItem(ASIDE_KEY);
    } catch {
      isSaved = false;
    }
    this.#isSaving = false;
    // Typed on while the save was under way.
    if (isSaved && this.isDirty()) await this.flush();
  }

  /** A draft that a former page could not save; newer than what the studio has. */
  putAside(): Draft | undefined {
    const text = this.#doors.storage.getItem(ASIDE_KEY);
    if (text === null) return undefined;
    try {
      const draft = JSON.parse(text) as Partial<Draft>;
      const isWhole = typeof draft.text === "string" && typeof draft.negative === "string" && draft.settings != null;
      return isWhole ? (draft as Draft) : undefined;
    } catch {
      return undefined;
    }
  }
}

function serialise(draft: Draft): string {
  return JSON.stringify(draft);
}
