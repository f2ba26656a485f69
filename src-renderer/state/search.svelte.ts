/** @file The search of the gallery: what is typed, how it could go on, what the found pictures have in common, albums. */

import { isTachieError } from "../../src-main/contract/errors.ts";
import type { Collections, CompletionOption, SearchCompletion, SearchFacets } from "../../src-main/contract/search.ts";
import { parseQuery, printQuery } from "../../src-main/prompt/search/index.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { PicturesState } from "./pictures.svelte.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class SearchState {
  /** As it is typed; `pictures.query` is what was searched for last. */
  text = $state("");
  /** What is wrong with the text that somebody searched for. */
  problem = $state.raw<{ readonly message: string; readonly remedy: string } | undefined>(undefined);
  completion = $state.raw<SearchCompletion | undefined>(undefined);
  /** The option that Enter takes; -1 for none. */
  active = $state(-1);
  isPanelOpen = $state(false);
  facets = $state.raw<SearchFacets | undefined>(undefined);
  collections = $state.raw<Collections>({ albums: [], searches: [] });
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;
  readonly #pictures: PicturesState;

  constructor(studio: StudioLink, reports: ReportsState, pictures: PicturesState) {
    this.#studio = studio;
    this.#reports = reports;
    this.#pictures = pictures;
    studio.onEvent("collections", (collections) => (this.collections = collections));
    studio.onState((state) => {
      if (state.kind === "ready") void this.#loadCollections();
    });
  }

  /** Searches for what is typed, unless it cannot be read. */
  run(): void {
    this.close();
    try {
      parseQuery(this.text);
    } catch (error) {
      if (!isTachieError(error, "query.invalid")) throw error;
      this.problem = { message: error.message, remedy: error.remedy };
      return;
    }
    this.problem = undefined;
    void this.#pictures.search(this.text.trim());
    if (this.isPanelOpen) void this.#loadFacets();
  }

  show(query: string): void {
    this.text = query;
    this.run();
  }

  /** Narrows what is shown to a facet's value: every alternative of the query takes the term. */
  narrow(term: string): void {
    const added = parseQuery(term).alternatives[0] ?? [];
    const { alternatives } = parseQuery(this.#pictures.query);
    const narrowed = alternatives.length === 0 ? [added] : alternatives.map((terms) => [...terms, ...added]);
    this.show(printQuery({ alternatives: narrowed }));
  }

  togglePanel(): void {
    this.isPanelOpen = !this.isPanelOpen;
    if (this.isPanelOpen) void this.#loadFacets();
  }

  /** @param at the cursor's offset in the text */
  async complete(at: number): Promise<void> {
    const { text } = this;
    const completion = await this.#reports.attempt(this.#studio.client.completeSearch({ text, at }));
    // Somebody may have typed on meanwhile.
    if (text !== this.text) return;
    this.completion = completion?.options.length === 0 ? undefined : completion;
    this.active = -1;
  }

  /** @returns where the cursor belongs then */
  take({ text }: CompletionOption): number {
    const { completion } = this;
    if (completion === undefined) return this.text.length;
    const isName = text.endsWith(":");
    const head = this.text.slice(0, completion.from) + text + (isName ? "" : " ");
    this.text = head + this.text.slice(completion.to).replace(/^ /, "");
    this.close();
    return head.length;
  }

  move(by: 1 | -1): void {
    const count = this.completion?.options.length ?? 0;
    if (count > 0) this.active = (this.active + by + count + (this.active === -1 && by === -1 ? 1 : 0)) % count;
  }

  close(): void {
    this.completion = undefined;
    this.active = -1;
  }

  async save(name: string): Promise<void> {
    await this.#reports.attempt(this.#studio.client.saveSearch({ name, query: this.text.trim() }));
  }
  async removeSaved(id: string): Promise<void> {
    await this.#reports.attempt(this.#studio.client.removeSearch({ id }));
  }
  async createAlbum(name: string): Promise<void> {
    await this.#reports.attempt(this.#studio.client.createAlbum({ name }));
  }

  async #loadFacets(): Promise<void> {
    const { query } = this.#pictures;
    const facets = await this.#reports.attempt(this.#studio.client.searchFacets({ query }));
    if (query === this.#pictures.query && facets !== undefined) this.facets = facets;
  }

  async #loadCollections(): Promise<void> {
    const collections = await this.#reports.attempt(this.#studio.client.collections({}));
    if (collections !== undefined) this.collections = collections;
  }
}
