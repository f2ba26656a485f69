/** @file What an author puts down beside pictures: stars, notes, albums filled by hand, and searches that are kept. */

import type { Migration } from "./migration.ts";

export const albums: Migration = {
  version: 111,
  name: "albums",
  // `words` of a note are as in `search_names`.
  sql: `
    CREATE TABLE stars (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      starred_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE notes (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      text TEXT NOT NULL CHECK (text <> ''),
      words TEXT NOT NULL,
      changed_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE albums (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE CHECK (name <> ''),
      created_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE album_pictures (
      album_key INTEGER NOT NULL REFERENCES albums (key) ON DELETE CASCADE,
      generation_key INTEGER NOT NULL REFERENCES generations (key) ON DELETE CASCADE,
      added_ms INTEGER NOT NULL,
      PRIMARY KEY (album_key, generation_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX album_pictures_of_generation ON album_pictures (generation_key);
    CREATE TABLE saved_searches (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE CHECK (name <> ''),
      query TEXT NOT NULL,
      saved_ms INTEGER NOT NULL
    ) STRICT;
  `,
};
