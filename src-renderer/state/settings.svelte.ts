/** @file What the author has chosen for good. */

import { INITIAL_SETTINGS, zoomBy } from "../../src-main/contract/settings.ts";
import type { Settings } from "../../src-main/contract/settings.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { language } from "./language.svelte.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class SettingsState {
  value = $state.raw<Settings>(INITIAL_SETTINGS);
  /** Changes that the studio has not answered yet. */
  #pending = 0;
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("settings", (settings) => {
      if (this.#pending === 0) this.#take(settings);
    });
    studio.onState((state) => {
      if (state.kind === "ready") void this.#load();
    });
  }

  /** Takes effect at once; the studio's answer has the last word. */
  async change(changes: Partial<Settings>): Promise<void> {
    const before = this.value;
    this.#take({ ...before, ...changes });
    this.#pending++;
    const answer = await this.#reports.attempt(this.#studio.client.changeSettings({ changes }));
    // An answer to the first of several quick changes knows nothing of the others.
    if (--this.#pending === 0) this.#take(answer ?? before);
  }

  zoomBy(steps: number): void {
    void this.change({ zoom: zoomBy(this.value.zoom, steps) });
  }

  async #load(): Promise<void> {
    const settings = await this.#reports.attempt(this.#studio.client.settings({}));
    if (settings !== undefined) this.#take(settings);
  }

  #take(settings: Settings): void {
    this.value = settings;
    language.choice = settings.language;
  }
}
