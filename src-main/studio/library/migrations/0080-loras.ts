/** @file Adapters that were named by their paths, and the sums of those that pictures were made with. */

import type { Migration } from "./migration.ts";

export const loras: Migration = {
  version: 80,
  name: "loras",
  sql: `
    CREATE TABLE loras (
      path TEXT PRIMARY KEY,
      added_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lora_sums (
      path TEXT PRIMARY KEY,
      -- what the file was when it was read: device, inode, size and times
      stamp TEXT NOT NULL,
      sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
    ) STRICT, WITHOUT ROWID;
  `,
};
