/** @file What an author has chosen for good, a row a setting; what is absent is as it was at first. */

import type { Migration } from "./migration.ts";

export const settings: Migration = {
  version: 70,
  name: "settings",
  sql: `
    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT, WITHOUT ROWID;
  `,
};
