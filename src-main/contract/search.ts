/**
 * @file Searching the library: what a search answers, and what an author keeps beside the pictures (stars, notes, albums,
 * searches). The language of queries is in `prompt/search`.
 */

import type { PicturePage } from "./studio.ts";

export interface PictureSearch {
  /** In the language of `prompt/search`; "" finds everything. */
  readonly query: string;
  /** An id: only what is older than that picture. */
  readonly before?: string;
  /** From 1 to 500. */
  readonly limit: number;
  /** Whether pictures in the trash are looked at instead of the others. */
  readonly isTrashed?: boolean;
}

/** Newest first, as a gallery lists them; `total` is how many pictures the query finds. */
export type SearchPage = PicturePage;

/** Pictures, the newest that a query finds, that facets are counted over. */
export const FACET_SAMPLE = 2000;

export interface FacetValue {
  /** The term that narrows the search to it, in the language of queries. */
  readonly term: string;
  /** As it is shown: a tag, a model, a month. */
  readonly label: string;
  /** Pictures of the sample that have it. */
  readonly count: number;
}

export interface Facet {
  /** A field of prompts, or `model`, `date`, `toggle`, `lora`, `star`. */
  readonly name: string;
  /** Most frequent first. */
  readonly values: readonly FacetValue[];
}

export interface SearchFacets {
  readonly facets: readonly Facet[];
  /** Pictures that were counted: the newest ones found, at most `FACET_SAMPLE`. */
  readonly sampled: number;
  /** All that the query finds. */
  readonly total: number;
}

export interface CompletionOption {
  /** What takes the place of the text between `from` and `to`. */
  readonly text: string;
  /** As it is shown. */
  readonly label: string;
  /** What it is: a field, or the field that a value belongs to. */
  readonly kind: string;
}

export interface SearchCompletion {
  /** Offsets in the query, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Best first. */
  readonly options: readonly CompletionOption[];
}

/** What an author has put down about a picture. */
export interface PictureMarks {
  readonly id: string;
  readonly isStarred: boolean;
  /** "" where there is none. */
  readonly note: string;
  /** Ids of the albums that it is in. */
  readonly albums: readonly string[];
}

/** Filled by hand; `album:NAME` finds what is in it. */
export interface Album {
  readonly id: string;
  readonly name: string;
  /** Pictures in it, without those in the trash. */
  readonly count: number;
}

/** An album that fills itself. */
export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly query: string;
}

export interface Collections {
  /** By name. */
  readonly albums: readonly Album[];
  readonly searches: readonly SavedSearch[];
}
