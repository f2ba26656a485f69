/** @file What an author works on and keeps: drafts, one of which is in the editor, and the character bible. */

import type { Migration } from "./migration.ts";

export const drafts: Migration = {
  version: 60,
  name: "drafts",
  sql: `
    CREATE TABLE drafts (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
      saved_ms INTEGER NOT NULL,
      text TEXT NOT NULL,
      negative TEXT NOT NULL,
      dialect TEXT NOT NULL,
      settings TEXT NOT NULL CHECK (json_valid(settings) AND json_type(settings) = 'object')
    ) STRICT;
    CREATE UNIQUE INDEX drafts_current ON drafts (is_current) WHERE is_current = 1;
    CREATE TABLE characters (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      xml TEXT NOT NULL,
      saved_ms INTEGER NOT NULL
    ) STRICT;
  `,
};
