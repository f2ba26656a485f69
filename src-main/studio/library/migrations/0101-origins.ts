/** @file Where imported pictures came from. */

import type { Migration } from "./migration.ts";

export const origins: Migration = {
  version: 101,
  name: "origins",
  // `sha256` is of the file as it was found: our copy has a chunk more. Both indices are for finding duplicates.
  sql: `
    CREATE TABLE origins (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      tool TEXT NOT NULL,
      file_name TEXT NOT NULL,
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      known TEXT NOT NULL CHECK (json_valid(known) AND json_type(known) = 'array')
    ) STRICT;
    CREATE INDEX origins_by_sum ON origins (sha256);
    CREATE INDEX images_by_sum ON images (sha256);
  `,
};
