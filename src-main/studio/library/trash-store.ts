/**
 * @file The trash: pictures that lists leave out, with their files where they were until it is emptied.
 *
 * Trashing and restoring are one commit. Removing for good is three steps, each durable before the next: the rows are
 * marked as leaving, the files go, the rows go. Whatever interrupts that is finished when the library is next opened.
 */

import type Database from "better-sqlite3";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { TrashPage } from "../../contract/trash.ts";
import { summaryOfRow } from "./generation-row.ts";
import type { SummaryRow } from "./generation-row.ts";
import { openLibrary } from "./library.ts";
import type { Library } from "./library.ts";
import { removeLeaving } from "./leaving.ts";
import type { Removal } from "./leaving.ts";
import { removeThumbnails } from "./thumbnail-path.ts";

type TrashRow = SummaryRow & { readonly trashed_ms: number; readonly bytes: number };

export interface TrashQuery {
  readonly limit: number;
  /** An id in the trash: only what comes after it. */
  readonly after?: string;
}

export class TrashStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the trash could not be read", prepareStatements);
  }

  /**
   * All of them or none.
   * @returns the ids that were not in the trash before
   * @throws library.not-found for an id that no picture has; disk.full, library.*
   */
  trash(ids: readonly string[], now = Date.now()): string[] {
    return this.#write("the pictures could not be moved to the trash", ({ add }) =>
      this.#keysOf(ids)
        .filter(({ key }) => add.run(key, now).changes > 0)
        .map(({ id }) => id),
    );
  }

  /**
   * All of them or none.
   * @returns the ids that were in the trash
   * @throws library.not-found for an id that no picture has; disk.full, library.*
   */
  restore(ids: readonly string[]): string[] {
    return this.#write("the pictures could not be restored", ({ takeOut }) =>
      this.#keysOf(ids)
        .filter(({ key }) => takeOut.run(key).changes > 0)
        .map(({ id }) => id),
    );
  }

  /** What was trashed last comes first. @throws library.not-found where `after` is not in the trash */
  page(query: TrashQuery): TrashPage {
    return this.#library.withDatabase("the trash could not be read", (database) =>
      trashPage(database, this.#library.folder, query),
    );
  }

  /**
   * Removes pictures in the trash for good.
   * @param ids all of it where absent
   * @throws library.not-found for an id that is not in the trash; disk.full, library.*
   */
  empty(ids?: readonly string[]): Removal {
    this.#withRoom(() =>
      this.#write("the trash could not be emptied", ({ leaveAll, leave }) => {
        if (ids === undefined) leaveAll.run(Number.MAX_SAFE_INTEGER);
        else
          for (const { id, key } of this.#keysOf(ids))
            if (leave.run(key).changes === 0) throw notFound(id, "in the trash", this.#library.folder);
      }),
    );
    return this.#removeLeaving();
  }

  /** Removes for good what was trashed before that time, in milliseconds since 1970. */
  emptyBefore(timeMs: number): Removal {
    const marked = this.#write("the trash could not be emptied", ({ leaveAll }) => leaveAll.run(timeMs).changes);
    return marked === 0 ? { removed: [], freedBytes: 0, problems: [] } : this.#removeLeaving();
  }

  /** A full disk must not keep the trash from being emptied: thumbnails can be made again, and make room for a few rows. */
  #withRoom(mark: () => void): void {
    try {
      mark();
    } catch (error) {
      if (!isTachieError(error, "disk.full") || !removeThumbnails(this.#library.folder)) throw error;
      mark();
    }
  }

  #removeLeaving(): Removal {
    return this.#library.withDatabase("the trash could not be emptied", (database) =>
      removeLeaving(database, this.#library.folder),
    );
  }

  #keysOf(ids: readonly string[]): { id: string; key: number }[] {
    return [...new Set(ids)].map((id) => {
      const key = this.#statements.keyOf.get(id)?.key;
      if (key === undefined) throw notFound(id, "in the library", this.#library.folder);
      return { id, key };
    });
  }

  #write<T>(doing: string, change: (statements: ReturnType<typeof prepareStatements>) => T): T {
    return this.#library.withDatabase(doing, (database) =>
      database.transaction(() => change(this.#statements)).immediate(),
    );
  }
}

function trashPage(database: Database.Database, folder: string, { limit, after }: TrashQuery): TrashPage {
  const place = database.prepare<[string], { trashed_ms: number; key: number }>(
    `SELECT t.trashed_ms, t.generation_key AS key FROM trash t JOIN generations g ON g.key = t.generation_key
     WHERE g.id = ? AND t.is_leaving = 0`,
  );
  // Of what was trashed together, the newest picture comes first, as in the gallery.
  const rows = database.prepare<[number, number, number], TrashRow>(
    `SELECT g.id, g.created_ms, g.width, g.height, g.seed, g.model, i.file, i.bytes, t.trashed_ms
     FROM trash t
     JOIN generations g ON g.key = t.generation_key
     JOIN images i ON i.generation_key = t.generation_key
     WHERE t.is_leaving = 0 AND (t.trashed_ms, t.generation_key) < (?, ?)
     ORDER BY t.trashed_ms DESC, t.generation_key DESC LIMIT ?`,
  );
  const sum = database.prepare<[], { total: number; bytes: number }>(
    `SELECT count(*) AS total, coalesce(sum(i.bytes), 0) AS bytes
     FROM trash t JOIN images i ON i.generation_key = t.generation_key WHERE t.is_leaving = 0`,
  );
  const start = after === undefined ? { trashed_ms: Number.MAX_SAFE_INTEGER, key: 0 } : place.get(after);
  if (start === undefined) throw notFound(after ?? "", "in the trash", folder);
  const found = rows.all(start.trashed_ms, start.key, limit + 1);
  const pictures = found.slice(0, limit).map((row) => ({
    ...summaryOfRow(row, folder, database.name),
    trashedAt: new Date(row.trashed_ms).toISOString(),
    sizeBytes: row.bytes,
  }));
  const last = pictures.at(-1);
  const { total, bytes } = sum.get() ?? { total: 0, bytes: 0 };
  const next = found.length > limit && last !== undefined ? { next: last.id } : {};
  return { pictures, ...next, total, sizeBytes: bytes };
}

function notFound(id: string, place: string, folder: string): TachieError {
  return new TachieError("library.not-found", `no picture ${place} has the id "${id}"`, { where: folder });
}

/** The trash of a library that others may have open; empty where there is no library. @throws library.* */
export function readTrash(folder: string, query: TrashQuery): TrashPage {
  const library = openLibrary(folder, { mode: "read" });
  try {
    return (
      library.reading("the trash could not be read", (database) => trashPage(database, library.folder, query)) ?? NONE
    );
  } finally {
    library.close();
  }
}

const NONE: TrashPage = { pictures: [], total: 0, sizeBytes: 0 };

function prepareStatements(database: Database.Database) {
  return {
    keyOf: database.prepare<[string], { key: number }>(
      `SELECT key FROM generations
       WHERE id = ? AND NOT EXISTS (SELECT 1 FROM trash WHERE generation_key = key AND is_leaving = 1)`,
    ),
    add: database.prepare<[number, number]>("INSERT OR IGNORE INTO trash (generation_key, trashed_ms) VALUES (?, ?)"),
    takeOut: database.prepare<[number]>("DELETE FROM trash WHERE generation_key = ?"),
    leave: database.prepare<[number]>("UPDATE trash SET is_leaving = 1 WHERE generation_key = ?"),
    leaveAll: database.prepare<[number]>("UPDATE trash SET is_leaving = 1 WHERE trashed_ms < ?"),
  };
}
