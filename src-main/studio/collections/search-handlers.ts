/** @file The methods that search the library, and those of stars, notes, albums and saved searches. */

import type { StudioEvents, StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import { parseQuery } from "../../prompt/search/index.ts";
import type { Library } from "../library/library.ts";
import { completeSearch } from "../library/search/completion.ts";
import { searchFacets } from "../library/search/facets.ts";
import { searchPictures } from "../library/search/picture-search.ts";
import type { Field } from "../params.ts";
import { anId, optional, requireParams, text, truth, wholeNumber } from "../params.ts";
import { someIds } from "../pictures/trash-handlers.ts";
import { AlbumStore } from "./album-store.ts";
import { MarkStore } from "./mark-store.ts";

/** UTF-16 units; longer queries than the language takes are refused by it, with what to do. */
const MAX_QUERY = 10_000;
const MAX_NOTE = 20_000;
const MAX_NAME = 200;
const MAX_PAGE = 500;

const aName: Field = {
  check: (value) => typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME,
  wanted: `a name of 1 to ${MAX_NAME} characters`,
};

type SearchMethod =
  | ("search" | "searchFacets" | "completeSearch" | "pictureMarks" | "starPictures" | "notePicture" | "collections")
  | ("createAlbum" | "renameAlbum" | "removeAlbum" | "addToAlbum" | "takeFromAlbum" | "saveSearch" | "removeSearch");

type Emit = <N extends "marksChanged" | "collections">(name: N, payload: StudioEvents[N]) => void;

export function searchHandlers(library: Library, emit: Emit): Pick<Handlers<StudioService>, SearchMethod> {
  const marks = new MarkStore(library);
  const albums = new AlbumStore(library);
  const changed = () => {
    const all = albums.all();
    emit("collections", all);
    return all;
  };
  const named = (name: string): string => name.trim().toWellFormed();
  const albumChanged = (ids: readonly string[]) => {
    emit("marksChanged", { marks: marks.of(ids) });
    return changed();
  };
  return {
    search: (params) =>
      searchPictures(
        library,
        requireParams("search", params, {
          query: text(MAX_QUERY),
          before: optional(anId),
          limit: wholeNumber(1, MAX_PAGE),
          isTrashed: optional(truth),
        }),
      ),
    searchFacets(params) {
      const fields = { query: text(MAX_QUERY), isTrashed: optional(truth) };
      const { query, isTrashed } = requireParams("searchFacets", params, fields);
      return searchFacets(library, query, isTrashed);
    },
    completeSearch(params) {
      const fields = { text: text(MAX_QUERY), at: wholeNumber(0, MAX_QUERY) };
      const asked = requireParams("completeSearch", params, fields);
      return completeSearch(library, asked.text, asked.at);
    },
    pictureMarks: (params) => ({ marks: marks.of(requireParams("pictureMarks", params, { ids: someIds }).ids) }),
    starPictures(params) {
      const { ids, isStarred } = requireParams("starPictures", params, { ids: someIds, isStarred: truth });
      marks.star(ids, isStarred);
      emit("marksChanged", { marks: marks.of(ids) });
      return {};
    },
    notePicture(params) {
      const { id, note } = requireParams("notePicture", params, { id: anId, note: text(MAX_NOTE) });
      const noted = marks.note(id, note);
      emit("marksChanged", { marks: [noted] });
      return noted;
    },
    collections(params) {
      requireParams("collections", params, {});
      return albums.all();
    },
    createAlbum(params) {
      const album = albums.create(named(requireParams("createAlbum", params, { name: aName }).name));
      changed();
      return album;
    },
    renameAlbum(params) {
      const { id, name } = requireParams("renameAlbum", params, { id: anId, name: aName });
      albums.rename(id, named(name));
      return changed();
    },
    removeAlbum(params) {
      albums.remove(requireParams("removeAlbum", params, { id: anId }).id);
      return changed();
    },
    addToAlbum(params) {
      const { id, ids } = requireParams("addToAlbum", params, { id: anId, ids: someIds });
      albums.add(id, ids);
      return albumChanged(ids);
    },
    takeFromAlbum(params) {
      const { id, ids } = requireParams("takeFromAlbum", params, { id: anId, ids: someIds });
      albums.takeOut(id, ids);
      return albumChanged(ids);
    },
    saveSearch(params) {
      const { name, query } = requireParams("saveSearch", params, { name: aName, query: text(MAX_QUERY) });
      parseQuery(query);
      const saved = albums.saveSearch(named(name), query.toWellFormed());
      changed();
      return saved;
    },
    removeSearch(params) {
      albums.removeSearch(requireParams("removeSearch", params, { id: anId }).id);
      return changed();
    },
  };
}
