/** @file The trash: which pictures are in it, since when, and which of them are leaving for good. */

import type { Migration } from "./migration.ts";

export const trash: Migration = {
  version: 100,
  name: "trash",
  // A picture's file stays where it is, so that trashing and restoring are one commit each. `is_leaving` is written before
  // its file is removed: a crash between file and row is then known to be an unfinished removal, not a lost picture.
  // The indices let a prompt or text that no picture uses any more go with the last one, without reading all pictures.
  sql: `
    CREATE TABLE trash (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      trashed_ms INTEGER NOT NULL,
      is_leaving INTEGER NOT NULL DEFAULT 0 CHECK (is_leaving IN (0, 1))
    ) STRICT;
    CREATE INDEX trash_by_time ON trash (trashed_ms, generation_key);
    CREATE INDEX generations_of_prompt ON generations (prompt_key);
    CREATE INDEX generations_of_negative ON generations (negative_key);
    CREATE INDEX generations_of_system ON generations (system_key);
  `,
};
