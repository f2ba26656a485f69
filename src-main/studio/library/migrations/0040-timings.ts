/** @file How long each stage took, a row per stage; the steps of `denoise` as a list, since nobody asks for one alone. */

import type { Migration } from "./migration.ts";

export const timings: Migration = {
  version: 40,
  name: "timings",
  // A row per stage can be summed and charted by SQL; 28 rows for the steps of each picture would be half the database.
  sql: `
    CREATE TABLE timings (
      generation_key INTEGER NOT NULL REFERENCES generations (key) ON DELETE CASCADE,
      stage TEXT NOT NULL,
      duration_ms REAL NOT NULL CHECK (duration_ms >= 0),
      step_ms TEXT CHECK (step_ms IS NULL OR json_valid(step_ms) AND json_type(step_ms) = 'array'),
      PRIMARY KEY (generation_key, stage)
    ) STRICT, WITHOUT ROWID;
  `,
};
