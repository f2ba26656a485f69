/**
 * @file The migrations in order, and how a database is brought up to date: each in a transaction of its own together with
 * its version number, so that a database is always at one version or the next, never between.
 */

import type Database from "better-sqlite3";
import { TachieError } from "../../../contract/errors.ts";
import { prompts } from "./0010-prompts.ts";
import { generations } from "./0020-generations.ts";
import { images } from "./0030-images.ts";
import { timings } from "./0040-timings.ts";
import { jobs } from "./0050-jobs.ts";
import { drafts } from "./0060-drafts.ts";
import { settings } from "./0070-settings.ts";
import { loras } from "./0080-loras.ts";
import { benchmarks } from "./0090-benchmarks.ts";
import { trash } from "./0100-trash.ts";
import { origins } from "./0101-origins.ts";
import { skips } from "./0102-skips.ts";
import { grids } from "./0105-grids.ts";
import { search } from "./0110-search.ts";
import { albums } from "./0111-albums.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = requireOrder([
  prompts,
  generations,
  images,
  timings,
  jobs,
  drafts,
  settings,
  loras,
  benchmarks,
  trash,
  origins,
  skips,
  grids,
  search,
  albums,
]);

/** "Tach": marks a database as a library, for us and for `file`. */
export const APPLICATION_ID = 0x54616368;

/** @throws internal.bug unless the versions rise */
export function requireOrder(migrations: readonly Migration[]): readonly Migration[] {
  let previous = 0;
  for (const { version, name } of migrations) {
    if (!Number.isSafeInteger(version) || version <= previous)
      throw new TachieError("internal.bug", `migration ${name} has version ${version}, which must exceed ${previous}`);
    previous = version;
  }
  return migrations;
}

export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** The database's version: 0 before the first migration. */
export function databaseVersion(database: Database.Database): number {
  return database.pragma("user_version", { simple: true }) as number;
}

/** Whether there is nothing in the database yet, as after its file was made. */
export function isDatabaseEmpty(database: Database.Database): boolean {
  return database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;
}

/**
 * Refuses what must not be touched.
 * @throws library.newer for a database of a later version; library.corrupt for one of another program
 */
export function requireLibrary(database: Database.Database, file: string, migrations: readonly Migration[]): void {
  if (isDatabaseEmpty(database)) return;
  if (database.pragma("application_id", { simple: true }) !== APPLICATION_ID)
    throw new TachieError("library.corrupt", `${file} is a database of another program`, {
      where: file,
      remedy: "Give --library a folder of its own.",
    });
  const [version, latest] = [databaseVersion(database), latestVersion(migrations)];
  if (version > latest)
    throw new TachieError("library.newer", `${file} has version ${version}; this Tachie knows up to ${latest}`, {
      where: file,
    });
}

/** Runs the migrations that the database has not seen. */
export function migrate(database: Database.Database, migrations: readonly Migration[]): void {
  const from = databaseVersion(database);
  for (const { version, sql } of migrations) {
    if (version <= from) continue;
    database
      .transaction(() => {
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.exec(sql);
        database.pragma(`user_version = ${version}`);
      })
      .immediate();
  }
}
