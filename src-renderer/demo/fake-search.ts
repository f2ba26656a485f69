/** @file The demonstration's searches: of its few records, each looked at. */

import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import type { Album, Collections, SavedSearch } from "../../src-main/contract/search.ts";
import type { PictureSummary, StudioService } from "../../src-main/contract/studio.ts";
import type { Handlers } from "../../src-main/contract/wire.ts";
import { readPrompt } from "../../src-main/prompt/index.ts";
import {
  completionPlace,
  indexPrompt,
  matchesText,
  parseQuery,
  printCondition,
} from "../../src-main/prompt/search/index.ts";
import type { Condition } from "../../src-main/prompt/search/index.ts";

type SearchMethod =
  | ("search" | "searchFacets" | "completeSearch" | "pictureMarks" | "starPictures" | "notePicture" | "collections")
  | ("createAlbum" | "renameAlbum" | "removeAlbum" | "addToAlbum" | "takeFromAlbum" | "saveSearch" | "removeSearch");

export function fakeSearch(
  records: () => readonly GenerationRecord[],
  summaryOf: (record: GenerationRecord) => PictureSummary,
): Pick<Handlers<StudioService>, SearchMethod> {
  let albums: readonly Album[] = [{ id: "album-1", name: "Best of", count: 12 }];
  let searches: readonly SavedSearch[] = [{ id: "search-1", name: "Blue hair", query: "hair:blue" }];
  const all = (): Collections => ({ albums, searches });
  const found = (query: string): GenerationRecord[] => records().filter((record) => isFound(record, query));
  return {
    search({ query, before, limit }) {
      const matching = found(query);
      const start = before === undefined ? 0 : matching.findIndex(({ id }) => id === before) + 1;
      const page = matching.slice(start, start + limit);
      const last = page.at(-1);
      const isMore = start + limit < matching.length && last !== undefined;
      return { pictures: page.map(summaryOf), total: matching.length, ...(isMore ? { next: last.id } : {}) };
    },
    searchFacets({ query }) {
      const matching = found(query);
      const counts = new Map<string, number>();
      for (const { model } of matching) counts.set(model, (counts.get(model) ?? 0) + 1);
      const values = [...counts].map(([label, count]) => ({
        label,
        count,
        term: printCondition({ kind: "named", name: "model", match: { how: "exact", text: label } }),
      }));
      return { facets: [{ name: "model", values }], sampled: matching.length, total: matching.length };
    },
    completeSearch({ text, at }) {
      const { from, to, options } = completionPlace(text, at);
      return { from, to, options: options.slice(0, 20).map((option) => ({ ...option, label: option.text })) };
    },
    pictureMarks: ({ ids }) => ({ marks: ids.map((id) => ({ id, isStarred: false, note: "", albums: [] })) }),
    starPictures: () => ({}),
    notePicture: ({ id, note }) => ({ id, isStarred: false, note, albums: [] }),
    collections: all,
    createAlbum({ name }) {
      const album = { id: `album-${name}`, name, count: 0 };
      albums = [...albums, album];
      return album;
    },
    renameAlbum({ id, name }) {
      albums = albums.map((album) => (album.id === id ? { ...album, name } : album));
      return all();
    },
    removeAlbum({ id }) {
      albums = albums.filter((album) => album.id !== id);
      return all();
    },
    addToAlbum: all,
    takeFromAlbum: all,
    saveSearch({ name, query }) {
      const saved = { id: `search-${name}`, name, query };
      searches = [...searches.filter((search) => search.name !== name), saved];
      return saved;
    },
    removeSearch({ id }) {
      searches = searches.filter((search) => search.id !== id);
      return all();
    },
  };
}

function isFound(record: GenerationRecord, query: string): boolean {
  const { alternatives } = parseQuery(query);
  if (alternatives.length === 0) return true;
  return alternatives.some((terms) =>
    terms.every(({ isNegated, condition }) => holds(record, condition) !== isNegated),
  );
}

/** Words, tags, models, seeds and steps; what else the language has finds nothing here. */
function holds(record: GenerationRecord, condition: Condition): boolean {
  switch (condition.kind) {
    case "text":
      return matchesText(condition.match, record.texts.positive);
    case "tag":
      return indexPrompt(readPrompt(record.prompt).tree).tags.some(({ name }) => matchesText(condition.match, name));
    case "named":
      return condition.name === "model" && matchesText(condition.match, record.model);
    case "number": {
      const value = { ...record, guidance: record.sampling.guidance }[condition.name];
      const { low = -Infinity, high = Infinity, isOpen } = condition.range;
      return isOpen === true ? value > low && value < high : value >= low && value <= high;
    }
    default:
      return false;
  }
}
