/** @file The queue: what is asked for, how far it has come, and whether it rests. */

import type { Migration } from "./migration.ts";

export const jobs: Migration = {
  version: 50,
  name: "jobs",
  // A row of `job_images` is written before its picture, so that after a crash the picture is known to be this job's
  // whichever way it got its row; until then it stands for nothing. `number` is the picture's place in the job, from 1.
  // The index serves the time left: pictures of one model, size and number of steps, newest first.
  sql: `
    CREATE TABLE jobs (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      place INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
      request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object'),
      created_ms INTEGER NOT NULL,
      finished_ms INTEGER,
      failure TEXT CHECK (failure IS NULL OR json_valid(failure))
    ) STRICT;
    CREATE TABLE job_images (
      job_key INTEGER NOT NULL REFERENCES jobs (key) ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number > 0),
      generation_id TEXT NOT NULL,
      PRIMARY KEY (job_key, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE queue (
      key INTEGER PRIMARY KEY CHECK (key = 1),
      is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
      pause_reason TEXT CHECK (pause_reason IS NULL OR json_valid(pause_reason))
    ) STRICT;
    INSERT INTO queue (key, is_paused) VALUES (1, 0);
    CREATE INDEX generations_by_shape ON generations (model, width, height, steps, created_ms);
  `,
};
