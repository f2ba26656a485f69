/** @file The trash: what is in it as far as it is loaded, and what was moved there last, which can be undone. */

import type { TrashPage } from "../../src-main/contract/trash.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

const PAGE_LENGTH = 60;
const EMPTY: TrashPage = { pictures: [], total: 0, sizeBytes: 0 };

export class TrashState {
  page = $state.raw<TrashPage>(EMPTY);
  /** Whether the first page has come. */
  isKnown = $state(false);
  isEmptying = $state(false);
  /** Ids that were moved to the trash last; empty once that is undone. */
  latest = $state.raw<readonly string[]>([]);
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("picturesChanged", () => void this.load());
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  /** Moves pictures to the trash. */
  async trash(ids: readonly string[]): Promise<void> {
    const change = await this.#reports.attempt(this.#studio.client.trashPictures({ ids }));
    if (change !== undefined) this.latest = change.ids;
  }

  /** Takes back what was moved to the trash last. */
  async undo(): Promise<void> {
    const ids = this.latest;
    this.latest = [];
    if (ids.length > 0) await this.restore(ids);
  }

  async restore(ids: readonly string[]): Promise<void> {
    await this.#reports.attempt(this.#studio.client.restorePictures({ ids }));
    this.latest = this.latest.filter((id) => !ids.includes(id));
  }

  /** Nothing undoes it. */
  async empty(): Promise<void> {
    if (this.isEmptying) return;
    this.isEmptying = true;
    const emptied = await this.#reports.attempt(this.#studio.client.emptyTrash({}));
    for (const failure of emptied?.failures ?? []) this.#reports.show(failure);
    this.latest = [];
    this.isEmptying = false;
    await this.load();
  }

  async load(): Promise<void> {
    const page = await this.#reports.attempt(this.#studio.client.trash({ limit: PAGE_LENGTH }));
    if (page === undefined) return;
    this.page = page;
    this.isKnown = true;
  }

  async loadMore(): Promise<void> {
    const { next } = this.page;
    if (next === undefined) return;
    const page = await this.#reports.attempt(this.#studio.client.trash({ limit: PAGE_LENGTH, after: next }));
    // The trash may have changed, and been loaded anew, meanwhile.
    if (page === undefined || this.page.next !== next) return;
    this.page = { ...page, pictures: [...this.page.pictures, ...page.pictures] };
  }
}
