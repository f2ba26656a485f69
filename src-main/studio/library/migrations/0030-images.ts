/** @file Where a generation's picture lies and what its file must be. */

import type { Migration } from "./migration.ts";

export const images: Migration = {
  version: 30,
  name: "images",
  // `file` is relative to the library, with `/`. `is_missing` is what the last opening for writing found.
  sql: `
    CREATE TABLE images (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      file TEXT NOT NULL UNIQUE CHECK (file NOT GLOB '/*' AND '/' || file || '/' NOT GLOB '*/../*'),
      bytes INTEGER NOT NULL CHECK (bytes > 0),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      width INTEGER NOT NULL CHECK (width > 0),
      height INTEGER NOT NULL CHECK (height > 0),
      is_missing INTEGER NOT NULL DEFAULT 0 CHECK (is_missing IN (0, 1))
    ) STRICT;
    CREATE INDEX images_missing ON images (generation_key) WHERE is_missing = 1;
  `,
};
