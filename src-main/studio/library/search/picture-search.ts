/** @file Runs a query over the library: a page of pictures, how many there are, and the records of the first of them. */

import type Database from "better-sqlite3";
import { TachieError } from "../../../contract/errors.ts";
import type { GenerationRecord } from "../../../contract/generation.ts";
import type { PictureSearch, SearchPage } from "../../../contract/search.ts";
import { parseQuery } from "../../../prompt/search/index.ts";
import { IS_NOT_TRASHED } from "../generation-reader.ts";
import { summaryOfRow } from "../generation-row.ts";
import type { SummaryRow } from "../generation-row.ts";
import { normaliseId } from "../identifiers.ts";
import type { Library } from "../library.ts";
import { ConditionBuilder } from "./search-condition.ts";
import type { SearchCondition } from "./search-condition.ts";
import { searchVocabulary } from "./search-vocabulary.ts";

const DOING = "the pictures could not be searched";
const EMPTY: SearchPage = { pictures: [], total: 0 };

/** @throws query.invalid; library.not-found where `before` is no picture; library.* */
export function searchPictures(library: Library, search: PictureSearch): SearchPage {
  const query = parseQuery(search.query);
  const page = library.reading(DOING, (database): SearchPage => {
    const { sql, values } = foundBy(ConditionBuilder.build(query, database, searchVocabulary()), search.isTrashed);
    const after = search.before === undefined ? [] : placeOf(database, search.before, library.folder);
    const rows = database
      .prepare<(string | number)[], SummaryRow>(
        `SELECT g.id, g.created_ms, g.width, g.height, g.seed, g.model, i.file
         FROM generations g INDEXED BY generations_listing JOIN images i ON i.generation_key = g.key
         WHERE ${sql} ${after.length === 0 ? "" : "AND (g.created_ms, g.id) < (?, ?)"}
         ORDER BY g.created_ms DESC, g.id DESC LIMIT ?`,
      )
      .all(...values, ...after, search.limit + 1);
    const pictures = rows.slice(0, search.limit).map((row) => summaryOfRow(row, library.folder, database.name));
    const last = pictures.at(-1);
    const total = countOf(database, { sql, values });
    return { pictures, total, ...(rows.length > search.limit && last !== undefined ? { next: last.id } : {}) };
  });
  return page ?? EMPTY;
}

/** The records of what a query finds, newest first. @throws query.invalid; library.* */
export function searchRecords(library: Library, query: string, limit: number): GenerationRecord[] {
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new TachieError("settings.invalid", `limit is ${limit}, but must be a whole number from 0 up`, {
      where: "limit",
    });
  return searchPictures(library, { query, limit }).pictures.map(({ id }) => library.find(id));
}

/** With what decides about the trash: the one place where a search leaves it out. */
export function foundBy({ sql, values }: SearchCondition, isTrashed = false): SearchCondition {
  return { sql: `${sql} AND ${isTrashed ? `NOT (${IS_NOT_TRASHED})` : IS_NOT_TRASHED}`, values };
}

export function countOf(database: Database.Database, { sql, values }: SearchCondition): number {
  return (
    database
      .prepare<(string | number)[], number>(
        `SELECT count(*) FROM generations g INDEXED BY generations_listing WHERE ${sql}`,
      )
      .pluck()
      .get(...values) ?? 0
  );
}

function placeOf(database: Database.Database, typed: string, folder: string): [number, string] {
  const id = normaliseId(typed);
  const time = database.prepare<[string], number>("SELECT created_ms FROM generations WHERE id = ?").pluck().get(id);
  if (time === undefined)
    throw new TachieError("library.not-found", `no picture in ${folder} has the id "${typed}"`, { where: folder });
  return [time, id];
}
