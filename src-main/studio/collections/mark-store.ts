/** @file The rows of what an author puts down about pictures: stars and notes. */

import type Database from "better-sqlite3";
import { TachieError } from "../../contract/errors.ts";
import type { PictureMarks } from "../../contract/search.ts";
import { searchWords, spaced } from "../../prompt/search/index.ts";
import type { Library } from "../library/library.ts";

interface MarkRow {
  readonly id: string;
  readonly is_starred: number;
  readonly note: string | null;
  readonly albums: string;
}

export class MarkStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the stars and notes could not be read", prepareStatements);
  }

  /** Of the pictures that exist, in the order of the ids. */
  of(ids: readonly string[]): PictureMarks[] {
    const rows = this.#library.withDatabase("the stars and notes could not be read", () =>
      ids.map((id) => this.#statements.marks.get(id)),
    );
    return rows.filter((row) => row !== undefined).map(marksOf);
  }

  /** Pictures that are gone are passed over. @throws disk.full, library.* */
  star(ids: readonly string[], isStarred: boolean): void {
    this.#library.withDatabase("the stars could not be saved", (database) =>
      database
        .transaction(() => {
          for (const id of ids) {
            if (isStarred) this.#statements.star.run(Date.now(), id);
            else this.#statements.unstar.run(id);
          }
        })
        .immediate(),
    );
  }

  /** @throws library.not-found; disk.full, library.* */
  note(id: string, written: string): PictureMarks {
    const note = written.trim().toWellFormed();
    this.#library.withDatabase("the note could not be saved", () => {
      if (note === "") this.#statements.removeNote.run(id);
      else this.#statements.note.run(note, spaced(searchWords(note)), Date.now(), id);
    });
    const [marks] = this.of([id]);
    if (marks !== undefined) return marks;
    throw new TachieError("library.not-found", `no picture in ${this.#library.folder} has the id "${id}"`, {
      where: id,
    });
  }
}

function marksOf({ id, is_starred, note, albums }: MarkRow): PictureMarks {
  return { id, isStarred: is_starred === 1, note: note ?? "", albums: JSON.parse(albums) as string[] };
}

function prepareStatements(database: Database.Database) {
  return {
    marks: database.prepare<[string], MarkRow>(
      `SELECT g.id, EXISTS (SELECT 1 FROM stars WHERE generation_key = g.key) AS is_starred,
         (SELECT text FROM notes WHERE generation_key = g.key) AS note,
         (SELECT json_group_array(a.id) FROM album_pictures p JOIN albums a ON a.key = p.album_key
          WHERE p.generation_key = g.key) AS albums
       FROM generations g WHERE g.id = ?`,
    ),
    star: database.prepare<[number, string]>(
      "INSERT OR IGNORE INTO stars (generation_key, starred_ms) SELECT key, ? FROM generations WHERE id = ?",
    ),
    unstar: database.prepare<[string]>(
      "DELETE FROM stars WHERE generation_key = (SELECT key FROM generations WHERE id = ?)",
    ),
    note: database.prepare<[string, string, number, string]>(
      `INSERT OR REPLACE INTO notes (generation_key, text, words, changed_ms)
       SELECT key, ?, ?, ? FROM generations WHERE id = ?`,
    ),
    removeNote: database.prepare<[string]>(
      "DELETE FROM notes WHERE generation_key = (SELECT key FROM generations WHERE id = ?)",
    ),
  };
}
