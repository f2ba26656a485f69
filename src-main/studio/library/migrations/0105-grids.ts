/** @file Grids: what was asked, and the job and picture of each cell. */

import type { Migration } from "./migration.ts";

export const grids: Migration = {
  version: 105,
  name: "grids",
  // Finished jobs are forgotten after a while, grids are not: a cell is told the picture that its job claims by the very
  // transaction that claims it. As there, an id stands for nothing until there is a picture of it.
  sql: `
    CREATE TABLE grids (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      created_ms INTEGER NOT NULL,
      request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object')
    ) STRICT;
    CREATE TABLE grid_cells (
      grid_key INTEGER NOT NULL REFERENCES grids (key) ON DELETE CASCADE,
      line INTEGER NOT NULL CHECK (line >= 0),
      place INTEGER NOT NULL CHECK (place >= 0),
      job_id TEXT NOT NULL,
      generation_id TEXT,
      PRIMARY KEY (grid_key, line, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX grid_cells_by_job ON grid_cells (job_id);
    CREATE TRIGGER grid_cells_claimed AFTER INSERT ON job_images BEGIN
      UPDATE grid_cells SET generation_id = NEW.generation_id
      WHERE job_id = (SELECT id FROM jobs WHERE key = NEW.job_key);
    END;
  `,
};
