/** @file How a query can go on: names of the language, and what the library and the vocabulary have for a value. */

import type Database from "better-sqlite3";
import type { CompletionOption, SearchCompletion } from "../../../contract/search.ts";
import {
  askedWords,
  completionPlace,
  isAbout,
  isTopic,
  printCondition,
  searchField,
} from "../../../prompt/search/index.ts";
import type { CompletionPlace } from "../../../prompt/search/index.ts";
import type { Library } from "../library.ts";
import { dayStartMs, monthOf } from "./local-days.ts";
import { loraNames, namesLike } from "./search-condition.ts";
import { searchVocabulary } from "./search-vocabulary.ts";

const OPTIONS = 20;
/** Tags of the library whose uses are counted. */
const COUNTED = 400;

/** @throws library.*; never for a query that is not finished */
export function completeSearch(library: Library, text: string, at: number): SearchCompletion {
  const place = completionPlace(text, at);
  const own = place.options.map((option): CompletionOption => ({ ...option, label: option.text }));
  const more = library.reading("the library could not be read", (database) => valuesOf(database, place)) ?? [];
  const seen = new Set<string>();
  const options = [...own, ...more].filter(({ text: offered }) => !seen.has(offered) && seen.add(offered));
  return { from: place.from, to: place.to, options: options.slice(0, OPTIONS) };
}

function valuesOf(database: Database.Database, { name, written }: CompletionPlace): CompletionOption[] {
  const matching = (kind: string, values: readonly string[]): CompletionOption[] =>
    values
      .filter((value) => value.toLowerCase().includes(written.toLowerCase()))
      .map((value) => ({ text: quoted(value), label: value, kind }));
  const column = (sql: string): string[] => database.prepare<[], string>(sql).pluck().all();
  switch (name) {
    case "model":
      return matching(name, column("SELECT value FROM choice_sets WHERE kind = 'model'"));
    case "lora":
      return matching(name, [
        ...new Set(column("SELECT value FROM choice_sets WHERE kind = 'loras'").flatMap(loraNames)),
      ]);
    case "album":
      return matching(name, column("SELECT name FROM albums ORDER BY name"));
    case "size":
      return matching(
        name,
        column(
          "SELECT DISTINCT width || 'x' || height FROM (SELECT width, height FROM generations ORDER BY created_ms DESC LIMIT 2000)",
        ),
      );
    case "date":
      return matching(name, monthsOf(database));
    default:
      return tagsOf(database, name, written);
  }
}

const MONTHS = 60;

/** From the newest picture back to the oldest, so that not every picture need be looked at. */
function monthsOf(database: Database.Database): string[] {
  const ends = database
    .prepare<[], { oldest: number | null; newest: number | null }>(
      "SELECT (SELECT min(created_ms) FROM generations) AS oldest, (SELECT max(created_ms) FROM generations) AS newest",
    )
    .get();
  const months: string[] = [];
  if (ends === undefined || ends.oldest === null || ends.newest === null) return months;
  for (
    let at = ends.newest;
    months.length < MONTHS && monthOf(at) >= monthOf(ends.oldest);
    at = dayStartMs(monthOf(at)) - 1
  )
    months.push(monthOf(at));
  return months;
}

/** Tags of the library by how often they are used, then those of the vocabulary. */
function tagsOf(database: Database.Database, name: string | undefined, written: string): CompletionOption[] {
  if (askedWords(written).length === 0) return [];
  const field = name === undefined ? undefined : searchField(name.slice(name.indexOf(".") + 1));
  const kind = field ?? "tag";
  const vocabulary = searchVocabulary();
  const fits = (tag: string): boolean => !isTopic(field) || isAbout(field, tag, vocabulary);
  const column = field === undefined || isTopic(field) ? undefined : field;
  const used = database
    .prepare<[{ key: number; field: string | null }], number>(
      "SELECT count(*) FROM search_tags WHERE name_key = :key AND (:field IS NULL OR field = :field)",
    )
    .pluck();
  const own = namesLike(database, { how: "prefix", text: written })
    .filter((tag) => fits(tag.name))
    .slice(0, COUNTED)
    .map((tag) => ({ tag: tag.name, count: used.get({ key: tag.key, field: column ?? null }) ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const known = vocabulary.search(written, OPTIONS).filter((tag) => fits(tag.name));
  return [...own.map(({ tag }) => tag), ...known.map((tag) => tag.name)].map((tag) => ({
    text: quoted(tag),
    label: tag,
    kind,
  }));
}

/** As the language writes a value: in quotes where it needs them. */
function quoted(value: string): string {
  return printCondition({ kind: "text", match: { how: "words", text: value } });
}
