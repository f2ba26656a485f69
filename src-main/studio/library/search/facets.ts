/** @file What the newest pictures that a query finds have in common: tags by field, models, months, toggles, adapters. */

import type Database from "better-sqlite3";
import { FACET_SAMPLE } from "../../../contract/search.ts";
import type { Facet, FacetValue, SearchFacets } from "../../../contract/search.ts";
import { TOGGLES, isToggle } from "../../../contract/toggles.ts";
import { isAbout, parseQuery, printCondition, searchField } from "../../../prompt/search/index.ts";
import type { Condition, SearchField } from "../../../prompt/search/index.ts";
import type { Library } from "../library.ts";
import { monthOf } from "./local-days.ts";
import { countOf, foundBy } from "./picture-search.ts";
import { ConditionBuilder, loraNames } from "./search-condition.ts";
import type { SearchCondition } from "./search-condition.ts";
import { searchVocabulary } from "./search-vocabulary.ts";

/** Values of a facet that are shown. */
const VALUES_SHOWN = 12;
/** In the order in which they are shown; `hair` and `eyes` are told apart from other traits. */
const FIELDS: readonly SearchField[] = [
  ...(["n", "hair", "eyes", "appearance", "clothing", "expression", "action", "count", "style"] as const),
  ...(["background", "environment", "atmosphere", "lighting", "perspective", "artists", "objects", "plain"] as const),
];

interface SampledRow {
  readonly key: number;
  readonly prompt_key: number;
  readonly created_ms: number;
  readonly model: string;
  readonly toggles_key: number;
  readonly loras_key: number;
}

/** @throws query.invalid; library.* */
export function searchFacets(library: Library, text: string, isTrashed = false): SearchFacets {
  const query = parseQuery(text);
  const facets = library.reading("the pictures could not be counted", (database): SearchFacets => {
    const condition = foundBy(ConditionBuilder.build(query, database, searchVocabulary()), isTrashed);
    const rows = sample(database, condition);
    const total = rows.length < FACET_SAMPLE ? rows.length : countOf(database, condition);
    const found = [...tagFacets(database, rows), ...choiceFacets(database, rows), starFacet(database, rows)];
    return { facets: found.filter(({ values }) => values.length > 0), sampled: rows.length, total };
  });
  return facets ?? { facets: [], sampled: 0, total: 0 };
}

function sample(database: Database.Database, { sql, values }: SearchCondition): SampledRow[] {
  return database
    .prepare<(string | number)[], SampledRow>(
      `SELECT g.key, g.prompt_key, g.created_ms, g.model, g.toggles_key, g.loras_key
       FROM generations g INDEXED BY generations_listing WHERE ${sql}
       ORDER BY g.created_ms DESC, g.id DESC LIMIT ${FACET_SAMPLE}`,
    )
    .all(...values);
}

function tagFacets(database: Database.Database, rows: readonly SampledRow[]): Facet[] {
  const pictures = new Map<number, number>();
  for (const { prompt_key } of rows) pictures.set(prompt_key, (pictures.get(prompt_key) ?? 0) + 1);
  const tags = database.prepare<[string], { prompt_key: number; field: string; name_key: number }>(
    `SELECT DISTINCT prompt_key, field, name_key FROM search_tags
     WHERE prompt_key IN (SELECT value FROM json_each(?))`,
  );
  const counts = new Map<string, Map<number, number>>();
  for (const { prompt_key, field, name_key } of tags.all(JSON.stringify([...pictures.keys()]))) {
    const inField = counts.get(field) ?? new Map<number, number>();
    counts.set(field, inField.set(name_key, (inField.get(name_key) ?? 0) + (pictures.get(prompt_key) ?? 0)));
  }
  const nameOf = database.prepare<[number], string>("SELECT name FROM search_names WHERE key = ?").pluck();
  const facets = new Map<SearchField, FacetValue[]>(FIELDS.map((field) => [field, []]));
  for (const [written, inField] of counts) {
    const field = searchField(written);
    if (field === undefined || !facets.has(field)) continue;
    const frequent = [...inField].sort((a, b) => b[1] - a[1]).slice(0, VALUES_SHOWN * 4);
    for (const [key, count] of frequent) {
      const name = nameOf.get(key) ?? "";
      const topic = field === "appearance" || field === "plain" ? topicOf(name) : undefined;
      const term = printCondition({ kind: "tag", field: topic ?? field, match: { how: "exact", text: name } });
      facets.get(topic ?? field)?.push({ term, label: name, count });
    }
  }
  return [...facets].map(([name, values]) => ({ name, values: mostFrequent(values) }));
}

function topicOf(name: string): "hair" | "eyes" | undefined {
  if (isAbout("hair", name, searchVocabulary())) return "hair";
  return isAbout("eyes", name, searchVocabulary()) ? "eyes" : undefined;
}

function choiceFacets(database: Database.Database, rows: readonly SampledRow[]): Facet[] {
  const choice = database.prepare<[number], string>("SELECT value FROM choice_sets WHERE key = ?").pluck();
  const named = (name: "model" | "lora", text: string): Condition => ({
    kind: "named",
    name,
    match: { how: "exact", text },
  });
  const month = (text: string): Condition => ({ kind: "date", from: text, to: text });
  const toggles = counts(rows, (row) => row.toggles_key).flatMap(([key, count]) =>
    switchedOn(choice.get(key) ?? "{}").map((text) => [text, count] as const),
  );
  const loras = counts(rows, (row) => row.loras_key).flatMap(([key, count]) =>
    loraNames(choice.get(key) ?? "[]").map((text) => [text, count] as const),
  );
  return [
    facet(
      "model",
      counts(rows, (row) => row.model),
      (text) => printCondition(named("model", text)),
    ),
    facet(
      "date",
      counts(rows, (row) => monthOf(row.created_ms)),
      (text) => printCondition(month(text)),
    ),
    facet("lora", summed(loras), (text) => printCondition(named("lora", text))),
    facet("toggle", summed(toggles), (text) => `toggle:${text}`),
  ];
}

/** `flash` and its like under their toggles' names: what is not off. */
function switchedOn(json: string): string[] {
  return Object.entries(JSON.parse(json) as Record<string, string>)
    .filter(([name, value]) => isToggle(name) && value !== TOGGLES[name].values[0])
    .map(([name, value]) => `${name}=${value}`);
}

function starFacet(database: Database.Database, rows: readonly SampledRow[]): Facet {
  const count = database
    .prepare<[string], number>("SELECT count(*) FROM stars WHERE generation_key IN (SELECT value FROM json_each(?))")
    .pluck()
    .get(JSON.stringify(rows.map(({ key }) => key)));
  return { name: "star", values: count === undefined || count === 0 ? [] : [{ term: "star", label: "star", count }] };
}

function counts<T>(rows: readonly SampledRow[], of: (row: SampledRow) => T): (readonly [T, number])[] {
  const found = new Map<T, number>();
  for (const row of rows) found.set(of(row), (found.get(of(row)) ?? 0) + 1);
  return [...found];
}

function summed(values: readonly (readonly [string, number])[]): (readonly [string, number])[] {
  const found = new Map<string, number>();
  for (const [text, count] of values) found.set(text, (found.get(text) ?? 0) + count);
  return [...found];
}

function facet(name: string, values: readonly (readonly [string, number])[], termOf: (text: string) => string): Facet {
  return { name, values: mostFrequent(values.map(([label, count]) => ({ label, count, term: termOf(label) }))) };
}

function mostFrequent(values: readonly FacetValue[]): FacetValue[] {
  return values.toSorted((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1)).slice(0, VALUES_SHOWN);
}
