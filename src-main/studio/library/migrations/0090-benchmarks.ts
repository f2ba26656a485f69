/** @file Ladders that were measured, each with the machine, the model and all rows. */

import type { Migration } from "./migration.ts";

export const benchmarks: Migration = {
  version: 90,
  name: "benchmarks",
  sql: `
    CREATE TABLE benchmarks (
      id TEXT PRIMARY KEY,
      created_ms INTEGER NOT NULL,
      provider TEXT NOT NULL,
      -- processor or GPU, and the runtime
      machine TEXT NOT NULL,
      model TEXT NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      -- the whole report
      report TEXT NOT NULL CHECK (json_valid(report))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX benchmarks_by_time ON benchmarks (created_ms DESC);
  `,
};
