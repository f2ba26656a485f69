/**
 * @file A query as a condition on `generations g`. Every text that an author typed is a bound parameter: nothing of it
 * becomes a part of the statement.
 */

import type Database from "better-sqlite3";
import path from "node:path";
import {
  askedWords,
  endsInOneSign,
  hasToggle,
  indexedName,
  isAbout,
  isTopic,
  matchesText,
  PLACE_BITS,
  sameTag,
  soughtIn,
} from "../../../prompt/search/index.ts";
import type { Condition, Match, NumberRange, Query, Term } from "../../../prompt/search/index.ts";
import type { Vocabulary } from "../../../prompt/index.ts";
import { dayEndMs, dayStartMs } from "./local-days.ts";

type Value = string | number;

export interface SearchCondition {
  /** Of a generation `g`. */
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Ties a query to a library: what its names (of tags, models, adapters) come to there. */
export class ConditionBuilder {
  readonly #database: Database.Database;
  readonly #vocabulary: Vocabulary;
  readonly #values: Value[] = [];

  private constructor(database: Database.Database, vocabulary: Vocabulary) {
    this.#database = database;
    this.#vocabulary = vocabulary;
  }

  static build(query: Query, database: Database.Database, vocabulary: Vocabulary): SearchCondition {
    const builder = new ConditionBuilder(database, vocabulary);
    const parts = query.alternatives.map((terms) => `(${terms.map((term) => builder.#term(term)).join(" AND ")})`);
    return { sql: parts.length === 0 ? "1" : `(${parts.join(" OR ")})`, values: builder.#values };
  }

  #term({ isNegated, condition }: Term): string {
    const sql = this.#condition(condition);
    return isNegated ? `NOT (${sql})` : sql;
  }

  #bind(value: Value): string {
    this.#values.push(value);
    return "?";
  }

  #keys(keys: readonly Value[]): string {
    return `(SELECT value FROM json_each(${this.#bind(JSON.stringify(keys))}))`;
  }

  #condition(condition: Condition): string {
    switch (condition.kind) {
      case "text":
        return this.#text(this.#spellings(condition.match), "");
      case "caption":
        return this.#text([condition.match], "caption");
      case "tag":
        return this.#tag(condition);
      case "number":
        return this.#number(`g.${condition.name}`, condition.range);
      case "size":
        return `(g.width = ${this.#bind(condition.width)} AND g.height = ${this.#bind(condition.height)})`;
      case "toggle":
        return this.#choice("toggles_key", "toggles", (json) =>
          hasToggle(condition, JSON.parse(json) as Record<string, string>),
        );
      case "named":
        return this.#named(condition.name, condition.match);
      case "date": {
        const from = condition.from === undefined ? "" : `g.created_ms >= ${this.#bind(dayStartMs(condition.from))}`;
        const to = condition.to === undefined ? "" : `g.created_ms < ${this.#bind(dayEndMs(condition.to))}`;
        return `(${[from, to].filter((part) => part !== "").join(" AND ")})`;
      }
      case "star":
        return "g.key IN (SELECT generation_key FROM stars)";
    }
  }

  /** A text and, where it is an alias or a translation, the tag that is meant. Short words mean too much. */
  #spellings(match: Match): readonly Match[] {
    if (match.how !== "words" || /^[ -~]{1,3}$/.test(match.text)) return [match];
    return sameTag(match.text, this.#vocabulary).map((text) => ({ ...match, text }));
  }

  #text(matches: readonly Match[], column: string): string {
    const phrases = matches.map(({ how, text }) => {
      const words = askedWords(text);
      const isBeginning = how === "prefix" || endsInOneSign(words);
      return `${column === "" ? "" : `${column} : `}"${words.join(" ")}"${isBeginning ? "*" : ""}`;
    });
    return `+g.prompt_key IN (SELECT rowid FROM search_text WHERE search_text MATCH ${this.#bind(phrases.join(" OR "))})`;
  }

  #tag({ field, scope, match }: Condition & { kind: "tag" }): string {
    const keys = this.#nameKeys(match, (name) => !isTopic(field) || isAbout(field, name, this.#vocabulary));
    const parts = [`name_key IN ${this.#keys(keys)}`];
    if (field !== undefined && !isTopic(field)) parts.push(`field = ${this.#bind(field)}`);
    if (scope !== undefined && "character" in scope) parts.push(`character = ${this.#bind(scope.character)}`);
    if (scope !== undefined && "place" in scope) {
      const bits = PLACE_BITS[scope.place];
      parts.push(`places & ${this.#bind(bits)} = ${this.#bind(bits)}`);
    }
    return `+g.prompt_key IN (SELECT prompt_key FROM search_tags WHERE ${parts.join(" AND ")})`;
  }

  /** Keys of the tags that a text means, in any of its spellings. */
  #nameKeys(match: Match, accepts: (name: string) => boolean): readonly number[] {
    const keys = new Set<number>();
    for (const text of match.how === "words" ? sameTag(match.text, this.#vocabulary) : [match.text])
      for (const { key, name } of namesLike(this.#database, { ...match, text })) if (accepts(name)) keys.add(key);
    return [...keys];
  }

  #number(column: string, { low, high, isOpen }: NumberRange): string {
    if (low !== undefined && low === high) return `${column} = ${this.#bind(low)}`;
    const equals = isOpen === true ? "" : "=";
    const from = low === undefined ? "" : `${column} >${equals} ${this.#bind(low)}`;
    const to = high === undefined ? "" : `${column} <${equals} ${this.#bind(high)}`;
    return `(${[from, to].filter((part) => part !== "").join(" AND ")})`;
  }

  #choice(column: string, kind: string, accepts: (value: string) => boolean): string {
    const rows = this.#database
      .prepare<[string], { key: number; value: string }>("SELECT key, value FROM choice_sets WHERE kind = ?")
      .all(kind);
    return `g.${column} IN ${this.#keys(rows.filter(({ value }) => accepts(value)).map(({ key }) => key))}`;
  }

  #named(name: (Condition & { kind: "named" })["name"], match: Match): string {
    switch (name) {
      case "solver":
        return `g.solver = ${this.#bind(match.text.toLowerCase())}`;
      case "model": {
        const rows = this.#database
          .prepare<[], string>("SELECT value FROM choice_sets WHERE kind = 'model'")
          .pluck()
          .all();
        return `g.model IN ${this.#keys(rows.filter((value) => matchesText(match, value)))}`;
      }
      case "lora":
        return this.#choice("loras_key", "loras", (json) => loraNames(json).some((file) => matchesText(match, file)));
      case "album": {
        const rows = this.#database.prepare<[], { key: number; name: string }>("SELECT key, name FROM albums").all();
        const keys = rows.filter((row) => matchesText(match, row.name)).map(({ key }) => key);
        return `g.key IN (SELECT generation_key FROM album_pictures WHERE album_key IN ${this.#keys(keys)})`;
      }
      case "note":
        if (match.how === "exact")
          return `g.key IN (SELECT generation_key FROM notes WHERE text = ${this.#bind(match.text)})`;
        return `g.key IN (SELECT generation_key FROM notes WHERE instr(words, ${this.#bind(soughtIn(match))}) > 0)`;
    }
  }
}

/** Names of adapters, without folder and ending. */
export function loraNames(json: string): readonly string[] {
  return (JSON.parse(json) as { readonly file: string }[]).map(({ file }) =>
    path.basename(file.replaceAll("\\", "/")).replace(/\.safetensors$/i, ""),
  );
}

interface NameRow {
  readonly key: number;
  readonly name: string;
}

/** Tags that a library has and that a text asks for. */
export function namesLike(database: Database.Database, match: Match): readonly NameRow[] {
  if (match.how === "exact")
    return database
      .prepare<[string], NameRow>("SELECT key, name FROM search_names WHERE name = ?")
      .all(indexedName(match.text));
  const words = askedWords(match.text);
  const [first = ""] = words;
  const isBeginning = match.how === "prefix" || endsInOneSign(words);
  // Only the last word may go on: where there are several, the first is whole.
  const isOpen = isBeginning && words.length === 1;
  return database
    .prepare<[string, string, string], NameRow>(
      `SELECT DISTINCT n.key, n.name FROM search_words w JOIN search_names n ON n.key = w.name_key
       WHERE w.word >= ? AND w.word < ? AND instr(n.words, ?) > 0`,
    )
    .all(first, isOpen ? `${first}\u{10ffff}` : `${first}\0`, soughtIn(match));
}
