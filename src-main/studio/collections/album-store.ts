/** @file The rows of albums, which are filled by hand, and of searches that are kept. */

import type Database from "better-sqlite3";
import { randomUUID } from "node:crypto";
import { TachieError } from "../../contract/errors.ts";
import type { Album, Collections, SavedSearch } from "../../contract/search.ts";
import { IS_NOT_TRASHED } from "../library/generation-reader.ts";
import type { Library } from "../library/library.ts";

export class AlbumStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the albums could not be read", prepareStatements);
  }

  all(): Collections {
    return this.#library.withDatabase("the albums could not be read", () => ({
      albums: this.#statements.albums.all(),
      searches: this.#statements.searches.all(),
    }));
  }

  /** @throws album.exists; disk.full, library.* */
  create(name: string): Album {
    return this.#write(() => {
      this.#requireFree(name);
      const id = randomUUID();
      this.#statements.create.run(id, name, Date.now());
      return { id, name, count: 0 };
    });
  }

  /** @throws album.not-found, album.exists; disk.full, library.* */
  rename(id: string, name: string): void {
    this.#write(() => {
      this.#keyOf(id);
      this.#requireFree(name, id);
      this.#statements.rename.run(name, id);
    });
  }

  remove(id: string): void {
    this.#write(() => this.#statements.remove.run(id));
  }

  /** Pictures that are gone are passed over. @throws album.not-found; disk.full, library.* */
  add(id: string, pictures: readonly string[]): void {
    this.#write(() => {
      const key = this.#keyOf(id);
      for (const picture of pictures) this.#statements.add.run(key, Date.now(), picture);
    });
  }

  /** @throws album.not-found; disk.full, library.* */
  takeOut(id: string, pictures: readonly string[]): void {
    this.#write(() => {
      const key = this.#keyOf(id);
      for (const picture of pictures) this.#statements.takeOut.run(key, picture);
    });
  }

  /** One of that name is replaced. */
  saveSearch(name: string, query: string): SavedSearch {
    return this.#write(() => {
      const id = this.#statements.searchNamed.get(name)?.id ?? randomUUID();
      this.#statements.saveSearch.run(id, name, query, Date.now());
      return { id, name, query };
    });
  }

  removeSearch(id: string): void {
    this.#write(() => this.#statements.removeSearch.run(id));
  }

  #write<T>(write: () => T): T {
    return this.#library.withDatabase("the albums could not be saved", (database) =>
      database.transaction(write).immediate(),
    );
  }

  #keyOf(id: string): number {
    const key = this.#statements.keyOf.get(id)?.key;
    if (key !== undefined) return key;
    throw new TachieError("album.not-found", `there is no album ${id}`, { where: id });
  }

  #requireFree(name: string, own?: string): void {
    const other = this.#statements.named.get(name);
    if (other === undefined || other.id === own) return;
    throw new TachieError("album.exists", `there is an album ${name} already`, { where: name });
  }
}

function prepareStatements(database: Database.Database) {
  return {
    albums: database.prepare<[], Album>(
      `SELECT a.id, a.name, (SELECT count(*) FROM album_pictures p JOIN generations g ON g.key = p.generation_key
         WHERE p.album_key = a.key AND ${IS_NOT_TRASHED}) AS count
       FROM albums a ORDER BY a.name`,
    ),
    searches: database.prepare<[], SavedSearch>("SELECT id, name, query FROM saved_searches ORDER BY name"),
    keyOf: database.prepare<[string], { key: number }>("SELECT key FROM albums WHERE id = ?"),
    named: database.prepare<[string], { id: string }>("SELECT id FROM albums WHERE name = ?"),
    create: database.prepare<[string, string, number]>("INSERT INTO albums (id, name, created_ms) VALUES (?, ?, ?)"),
    rename: database.prepare<[string, string]>("UPDATE albums SET name = ? WHERE id = ?"),
    remove: database.prepare<[string]>("DELETE FROM albums WHERE id = ?"),
    add: database.prepare<[number, number, string]>(
      `INSERT OR IGNORE INTO album_pictures (album_key, generation_key, added_ms)
       SELECT ?, key, ? FROM generations WHERE id = ?`,
    ),
    takeOut: database.prepare<[number, string]>(
      `DELETE FROM album_pictures WHERE album_key = ?
       AND generation_key = (SELECT key FROM generations WHERE id = ?)`,
    ),
    searchNamed: database.prepare<[string], { id: string }>("SELECT id FROM saved_searches WHERE name = ?"),
    saveSearch: database.prepare<[string, string, string, number]>(
      `INSERT INTO saved_searches (id, name, query, saved_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET query = excluded.query, saved_ms = excluded.saved_ms`,
    ),
    removeSearch: database.prepare<[string]>("DELETE FROM saved_searches WHERE id = ?"),
  };
}
