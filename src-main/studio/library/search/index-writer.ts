/** @file Keeps what searches look at up to date: written in the same transaction as what it is about. */

import type Database from "better-sqlite3";
import { isTachieError } from "../../../contract/errors.ts";
import { readPrompt } from "../../../prompt/index.ts";
import { indexPrompt, INDEX_VERSION, searchWords, spaced } from "../../../prompt/search/index.ts";
import type { PromptIndex } from "../../../prompt/search/index.ts";

export interface IndexedPrompt {
  /** As its author wrote it. */
  readonly source: string;
  /** What the model read of it. */
  readonly positive: string;
}

export interface Choices {
  /** JSON, as the row of the picture has it. */
  readonly toggles: string;
  readonly loras: string;
  readonly model: string;
}

export interface ChoiceKeys {
  readonly togglesKey: number;
  readonly lorasKey: number;
}

export class SearchIndexWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Choices are few and come again with every picture. */
  readonly #choices = new Map<string, number>();

  constructor(database: Database.Database) {
    this.#statements = prepareStatements(database);
  }

  /** Inside a transaction. What was indexed of that prompt before is replaced. */
  addPrompt(key: number, { source, positive }: IndexedPrompt): void {
    const { markPrompt, removeTags, insertTag, removeText, insertText } = this.#statements;
    const { tags, caption } = indexOf(source);
    if (markPrompt.run(key, INDEX_VERSION, INDEX_VERSION).changes === 0) return;
    removeTags.run(key);
    for (const { name, field, character, places } of tags)
      insertTag.run(this.#nameKey(name), key, field, character, places);
    removeText.run(key);
    const body = positive.replace(/<[^<>]*>/g, " ");
    insertText.run(key, searchWords(caption).join(" "), searchWords(body).join(" "));
  }

  /** Inside a transaction that is committed, or followed by `forget`. */
  choiceKeys({ toggles, loras, model }: Choices): ChoiceKeys {
    this.#choiceKey("model", model);
    return { togglesKey: this.#choiceKey("toggles", toggles), lorasKey: this.#choiceKey("loras", loras) };
  }

  /** What was written in a transaction that has failed is not there. */
  forget(): void {
    this.#choices.clear();
  }

  #choiceKey(kind: string, value: string): number {
    const name = `${kind} ${value}`;
    const known = this.#choices.get(name);
    if (known !== undefined) return known;
    const { findChoice, insertChoice } = this.#statements;
    const key = findChoice.get(kind, value)?.key ?? Number(insertChoice.run(kind, value).lastInsertRowid);
    if (this.#choices.size < REMEMBERED) this.#choices.set(name, key);
    return key;
  }

  #nameKey(name: string): number {
    const { findName, insertName, insertWord } = this.#statements;
    const found = findName.get(name);
    if (found !== undefined) return found.key;
    const words = searchWords(name);
    const key = Number(insertName.run(name, spaced(words)).lastInsertRowid);
    for (const word of new Set(words)) insertWord.run(word, key);
    return key;
  }
}

const REMEMBERED = 1000;

/** Pictures of other tools may hold a prompt that cannot be read: then its words are found, and no tags. */
function indexOf(source: string): PromptIndex {
  try {
    return indexPrompt(readPrompt(source).tree);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return { tags: [], caption: "" };
  }
}

function prepareStatements(database: Database.Database) {
  return {
    markPrompt: database.prepare<[number, number, number]>(
      `INSERT INTO search_prompts (prompt_key, version) VALUES (?, ?)
       ON CONFLICT (prompt_key) DO UPDATE SET version = excluded.version WHERE version <> ?`,
    ),
    removeTags: database.prepare<[number]>("DELETE FROM search_tags WHERE prompt_key = ?"),
    insertTag: database.prepare<[number, number, string, number, number]>(
      "INSERT OR REPLACE INTO search_tags (name_key, prompt_key, field, character, places) VALUES (?, ?, ?, ?, ?)",
    ),
    removeText: database.prepare<[number]>("DELETE FROM search_text WHERE rowid = ?"),
    insertText: database.prepare<[number, string, string]>(
      "INSERT INTO search_text (rowid, caption, body) VALUES (?, ?, ?)",
    ),
    findName: database.prepare<[string], { key: number }>("SELECT key FROM search_names WHERE name = ?"),
    insertName: database.prepare<[string, string]>("INSERT INTO search_names (name, words) VALUES (?, ?)"),
    insertWord: database.prepare<[string, number]>("INSERT INTO search_words (word, name_key) VALUES (?, ?)"),
    findChoice: database.prepare<[string, string], { key: number }>(
      "SELECT key FROM choice_sets WHERE kind = ? AND value = ?",
    ),
    insertChoice: database.prepare<[string, string]>("INSERT INTO choice_sets (kind, value) VALUES (?, ?)"),
  };
}
