/** @file Prompts and the texts that many pictures share, each stored once and found again by its hash. */

import type { Migration } from "./migration.ts";

export const prompts: Migration = {
  version: 10,
  name: "prompts",
  // `hash` is SHA-256 over what the row holds. `text` of `texts` is a negative or a system prompt.
  sql: `
    CREATE TABLE texts (
      key INTEGER PRIMARY KEY,
      hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
      text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE prompts (
      key INTEGER PRIMARY KEY,
      hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
      source TEXT NOT NULL,
      dialect TEXT NOT NULL,
      tree TEXT NOT NULL CHECK (json_valid(tree)),
      positive TEXT NOT NULL
    ) STRICT;
  `,
};
