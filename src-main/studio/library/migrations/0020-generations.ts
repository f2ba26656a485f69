/** @file What a picture was made from: one row decides its pixels. */

import type { Migration } from "./migration.ts";

export const generations: Migration = {
  version: 20,
  name: "generations",
  // `parent_id` is no foreign key: the picture that was repeated may be gone, or lie in another library.
  sql: `
    CREATE TABLE generations (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      created_ms INTEGER NOT NULL,
      prompt_key INTEGER NOT NULL REFERENCES prompts (key),
      negative_key INTEGER NOT NULL REFERENCES texts (key),
      system_key INTEGER NOT NULL REFERENCES texts (key),
      seed INTEGER NOT NULL CHECK (seed >= 0),
      width INTEGER NOT NULL CHECK (width > 0),
      height INTEGER NOT NULL CHECK (height > 0),
      steps INTEGER NOT NULL CHECK (steps > 0),
      guidance REAL NOT NULL,
      truncate REAL NOT NULL,
      renorm REAL NOT NULL,
      solver TEXT NOT NULL,
      schedule TEXT NOT NULL,
      shift REAL NOT NULL,
      model TEXT NOT NULL,
      model_folder TEXT NOT NULL,
      model_hash TEXT NOT NULL,
      loras TEXT NOT NULL CHECK (json_valid(loras) AND json_type(loras) = 'array'),
      toggles TEXT NOT NULL CHECK (json_valid(toggles) AND json_type(toggles) = 'object'),
      provider TEXT NOT NULL,
      parent_id TEXT
    ) STRICT;
    CREATE INDEX generations_by_time ON generations (created_ms, id);
    CREATE INDEX generations_by_parent ON generations (parent_id) WHERE parent_id IS NOT NULL;
  `,
};
