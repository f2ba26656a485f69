/** @file What the step cache skipped of a picture's evaluations. Pictures without it have no row. */

import type { Migration } from "./migration.ts";

export const skips: Migration = {
  version: 102,
  name: "skips",
  sql: `
    CREATE TABLE skips (
      generation_key INTEGER PRIMARY KEY REFERENCES generations (key) ON DELETE CASCADE,
      -- SHA-256 of the calibration, hex
      calibration TEXT NOT NULL,
      evaluations INTEGER NOT NULL CHECK (evaluations > 0),
      -- counted from 0, ascending
      skipped TEXT NOT NULL CHECK (json_valid(skipped) AND json_type(skipped) = 'array')
    ) STRICT;
  `,
};
