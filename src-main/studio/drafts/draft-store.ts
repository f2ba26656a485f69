/** @file The rows of drafts: the one in the editor, and those that were kept. */

import type Database from "better-sqlite3";
import { randomUUID } from "node:crypto";
import type { Draft, StoredDraft } from "../../contract/drafts.ts";
import { TachieError } from "../../contract/errors.ts";
import { isDialect } from "../../contract/prompt.ts";
import type { Library } from "../library/library.ts";
import { isDraftSettings } from "../request-check.ts";

interface DraftRow {
  readonly id: string;
  readonly saved_ms: number;
  readonly text: string;
  readonly negative: string;
  readonly dialect: string;
  readonly settings: string;
}

export class DraftStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the drafts could not be read", prepareStatements);
  }

  current(): StoredDraft | undefined {
    const row = this.#library.withDatabase("the draft could not be read", () => this.#statements.current.get());
    return row === undefined ? undefined : draftOf(row);
  }

  /** Newest first; without the current one. */
  kept(): StoredDraft[] {
    return this.#library.withDatabase("the drafts could not be read", () => this.#statements.kept.all()).map(draftOf);
  }

  /** @throws disk.full, library.*; what was saved before then stays */
  saveCurrent(draft: Draft): StoredDraft {
    return this.#library.withDatabase("the draft could not be saved", (database) =>
      database
        .transaction(() => {
          const { current, update, insert } = this.#statements;
          const row = rowOf(draft, current.get()?.id ?? randomUUID());
          if (update.run(row).changes === 0) insert.run({ ...row, is_current: 1 });
          return draftOf(row);
        })
        .immediate(),
    );
  }

  /**
   * Keeps a copy of the current draft, which stays in the editor until another takes its place.
   * @throws draft.not-found where there is none; disk.full, library.*
   */
  keepCurrent(): StoredDraft {
    return this.#library.withDatabase("the draft could not be kept", (database) =>
      database
        .transaction(() => {
          const { current, insert } = this.#statements;
          const row = current.get();
          if (row === undefined) throw new TachieError("draft.not-found", "there is no draft to be kept");
          const copy = { ...row, id: randomUUID(), saved_ms: Date.now() };
          insert.run({ ...copy, is_current: 0 });
          return draftOf(copy);
        })
        .immediate(),
    );
  }

  /** Removes a kept draft, or the current one; one that is gone already is removed. */
  remove(id: string): void {
    this.#library.withDatabase("the draft could not be removed", () => this.#statements.remove.run(id));
  }
}

function rowOf({ text, negative, dialect, settings }: Draft, id: string): DraftRow {
  return {
    id,
    saved_ms: Date.now(),
    text: text.toWellFormed(),
    negative: negative.toWellFormed(),
    dialect,
    settings: JSON.stringify(settings),
  };
}

function draftOf({ id, saved_ms, text, negative, dialect, settings: json }: DraftRow): StoredDraft {
  const settings: unknown = JSON.parse(json);
  if (!isDialect(dialect) || !isDraftSettings(settings))
    throw new TachieError("library.corrupt", `the library's drafts are damaged: ${id} is not as it was written`);
  return { id, savedAt: new Date(saved_ms).toISOString(), text, negative, dialect, settings };
}

function prepareStatements(database: Database.Database) {
  const select = "SELECT id, saved_ms, text, negative, dialect, settings FROM drafts";
  return {
    current: database.prepare<[], DraftRow>(`${select} WHERE is_current = 1`),
    kept: database.prepare<[], DraftRow>(`${select} WHERE is_current = 0 ORDER BY saved_ms DESC, key DESC`),
    update: database.prepare<[DraftRow]>(`
      UPDATE drafts SET saved_ms = :saved_ms, text = :text, negative = :negative, dialect = :dialect,
        settings = :settings WHERE id = :id`),
    insert: database.prepare<[DraftRow & { readonly is_current: 0 | 1 }]>(`
      INSERT INTO drafts (id, is_current, saved_ms, text, negative, dialect, settings)
      VALUES (:id, :is_current, :saved_ms, :text, :negative, :dialect, :settings)`),
    remove: database.prepare<[string]>("DELETE FROM drafts WHERE id = ?"),
  };
}
