/** @file The stored pictures: the list as far as it is loaded, and the one that is looked at. */

import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import type { PictureSummary } from "../../src-main/contract/studio.ts";
import type { Bridge } from "../bridge/bridge.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { applyChange } from "./picture-changes.ts";
import { EMPTY_LIST, appendPage, prependPicture } from "./picture-list.ts";
import type { PictureList } from "./picture-list.ts";
import type { ReportsState } from "./reports.svelte.ts";

/** The first page fills a screen quickly; those that follow are fetched while somebody scrolls. */
const PAGE_LENGTH = { first: 120, next: 500 } as const;

export class PicturesState {
  list = $state.raw<PictureList>(EMPTY_LIST);
  /** Only the pictures with this character are in the list. */
  character = $state<string | undefined>(undefined);
  /** In the language of searches: only what it finds is in the list; "" for everything. */
  query = $state("");
  isLoading = $state(false);
  /** Whether the first page has come. */
  isKnown = $state(false);
  /** Whether the stage shows what is being made and every picture as it is finished, until another one is looked at. */
  isFollowing = $state(true);
  /** The picture on the stage and in the large view. */
  selectedId = $state<string | undefined>(undefined);
  /** Of the selected picture, as soon as it has come. */
  record = $state.raw<GenerationRecord | undefined>(undefined);
  readonly selected: PictureSummary | undefined = $derived(
    this.list.pictures.find(({ id }) => id === this.selectedId) ??
      // One that the list does not hold (yet), such as a relative of another.
      (this.record?.id === this.selectedId ? this.record : undefined) ??
      this.list.pictures[0],
  );
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;
  readonly #bridge: Bridge;

  constructor(studio: StudioLink, reports: ReportsState, bridge: Bridge) {
    this.#studio = studio;
    this.#reports = reports;
    this.#bridge = bridge;
    studio.onEvent("pictureSaved", (picture) => {
      // Who is in it, and whether a query finds it, only the studio knows.
      if (this.#isNarrowed) void this.#loadPage();
      else this.list = prependPicture(this.list, picture);
      if (this.isFollowing) this.#show(picture.id);
    });
    studio.onEvent("picturesChanged", (change) => {
      if (this.#isNarrowed) void this.#loadPage();
      else this.list = applyChange(this.list, change);
      const { selected, selectedId } = this;
      if (selectedId !== undefined && change.gone.includes(selectedId) && selected !== undefined)
        this.#show(selected.id);
    });
    studio.onState((state) => {
      if (state.kind === "ready") void this.#loadFirst();
    });
  }

  /** Shows the pictures with one character only, or all of them again. */
  async showCharacter(name: string | undefined): Promise<void> {
    this.character = name;
    this.query = "";
    this.list = EMPTY_LIST;
    this.isKnown = false;
    await this.#loadPage();
  }

  /** Shows what a query finds, or everything again for "". */
  async search(query: string): Promise<void> {
    this.query = query;
    this.character = undefined;
    this.list = EMPTY_LIST;
    this.isKnown = false;
    await this.#loadPage();
  }

  get #isNarrowed(): boolean {
    return this.character !== undefined || this.query !== "";
  }

  thumbnail(id: string): string {
    return this.#bridge.imageAddress(id, "thumbnail");
  }
  image(id: string): string {
    return this.#bridge.imageAddress(id, "image");
  }

  /** The reader looks at this one. */
  select(id: string): void {
    this.isFollowing = false;
    this.#show(id);
  }

  #show(id: string): void {
    this.selectedId = id;
    void this.#loadRecord(id);
  }

  /** Selects the neighbour in the list: 1 older, -1 newer. */
  step(by: -1 | 1): void {
    const place = this.list.pictures.findIndex(({ id }) => id === this.selected?.id);
    const neighbour = this.list.pictures[place + by];
    if (place >= 0 && neighbour !== undefined) this.select(neighbour.id);
    if (place + by >= this.list.pictures.length - 2) void this.loadMore();
  }

  async loadMore(): Promise<void> {
    const { next } = this.list;
    if (this.isLoading || next === undefined) return;
    await this.#loadPage(next);
  }

  /** After a connection was lost anything may have happened: the list begins anew. */
  async #loadFirst(): Promise<void> {
    await this.#loadPage();
    const first = this.selected;
    if (first !== undefined) this.#show(first.id);
  }

  async #loadPage(before?: string): Promise<void> {
    this.isLoading = true;
    const { character, query } = this;
    const wanted = before === undefined ? { limit: PAGE_LENGTH.first } : { limit: PAGE_LENGTH.next, before };
    const { client } = this.#studio;
    const asked =
      character !== undefined
        ? client.picturesOfCharacter({ ...wanted, name: character })
        : query === ""
          ? client.pictures(wanted)
          : client.search({ ...wanted, query });
    const page = await this.#reports.attempt(asked);
    this.isLoading = false;
    // Somebody may have asked for others meanwhile.
    if (page === undefined || character !== this.character || query !== this.query) return;
    this.list = appendPage(before === undefined ? EMPTY_LIST : this.list, page);
    this.isKnown = true;
  }

  async #loadRecord(id: string): Promise<void> {
    if (this.record?.id !== id) this.record = undefined;
    const record = await this.#reports.attempt(this.#studio.client.picture({ id }));
    // Another one may have been selected while this one was on its way.
    if (record !== undefined && this.selectedId === id) this.record = record;
  }
}
