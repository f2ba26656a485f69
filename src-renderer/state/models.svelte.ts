/** @file The models on this machine, and which one a draft is made with. */

import type { InstalledModel } from "../../src-main/contract/models.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

/** Part of Tachie itself, so that it is always there to fall back to. */
const STARTER = "starter";

export class ModelsState {
  all = $state.raw<readonly InstalledModel[]>([]);
  isKnown = $state(false);
  readonly ready: readonly InstalledModel[] = $derived(this.all.filter((model) => model.condition === "ready"));
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  async load(): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.models({}));
    if (answer === undefined) return;
    this.all = answer.models;
    this.isKnown = true;
  }

  /** The one by that name or folder; without a name the starter. */
  find(name: string | undefined): InstalledModel | undefined {
    return this.all.find((model) => model.name === (name ?? STARTER) || model.folder === name);
  }
}
