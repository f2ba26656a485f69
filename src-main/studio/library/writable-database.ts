/**
 * @file Opens library.db for writing: durable settings, a check of what is there, a copy before it is migrated. The
 * caller holds the writer's lock.
 */

import Database from "better-sqlite3";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { writingError } from "../files/file-errors.ts";
import { TEMPORARY_SUFFIX } from "../files/durable-folder.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { databaseVersion, isDatabaseEmpty, latestVersion, migrate, requireLibrary } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { requireSchema } from "./schema-check.ts";
import { sqliteCodeOf, withLibraryErrors } from "./sqlite-errors.ts";

export const DATABASE_FILE = "library.db";
export const BACKUP_FOLDER = "backups";
/** How long a statement waits for another program that holds the file. */
export const BUSY_TIMEOUT_MS = 5000;
/** Pages of the write-ahead log before a commit also copies them back: rare enough to stay out of the 99th percentile. */
const CHECKPOINT_PAGES = 4000;
/** Databases up to this size are checked whole at every opening, some 200 ms on a slow machine; larger ones are trusted. */
const QUICK_CHECK_BYTES = 32 << 20;

/**
 * Opens or creates `folder`/library.db and brings it to the latest version.
 * @throws library.corrupt, library.newer, library.locked, library.read-only, disk.full, file.unwritable
 */
export function openWritableDatabase(folder: string, migrations: readonly Migration[]): Database.Database {
  const file = path.join(folder, DATABASE_FILE);
  let database: Database.Database | undefined;
  try {
    database = withLibraryErrors(file, "the library could not be opened", () => {
      const opened = new Database(file, { timeout: BUSY_TIMEOUT_MS });
      database = opened;
      opened.pragma("trusted_schema = OFF");
      opened.pragma("cell_size_check = ON");
      requireLibrary(opened, file, migrations);
      requireSound(opened, file);
      opened.pragma("journal_mode = WAL");
      opened.pragma("synchronous = FULL"); // in WAL mode SQLite's default would lose commits with the power
      opened.pragma("checkpoint_fullfsync = ON");
      opened.pragma("foreign_keys = ON");
      opened.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      if (!isDatabaseEmpty(opened) && databaseVersion(opened) < latestVersion(migrations)) backUp(opened, folder);
      migrate(opened, migrations);
      requireSchema(opened, file, migrations);
      return opened;
    });
    syncFolder(folder);
    return database;
  } catch (error) {
    database?.close();
    throw writingError(error, file, "the library could not be opened");
  }
}

/** @throws library.corrupt with what SQLite found first */
function requireSound(database: Database.Database, file: string): void {
  const pages = database.pragma("page_count", { simple: true }) as number;
  const pageBytes = database.pragma("page_size", { simple: true }) as number;
  if (pages * pageBytes > QUICK_CHECK_BYTES) return;
  const finding = quickCheck(database);
  if (finding === "ok") return;
  throw new TachieError("library.corrupt", `${file} is damaged: ${finding}`, { where: file });
}

function quickCheck(database: Database.Database): string {
  try {
    return String(database.pragma("quick_check(1)", { simple: true }));
  } catch (error) {
    // What a table's own check stumbles over (such as text that no longer is JSON) has no better code.
    if (sqliteCodeOf(error) === "SQLITE_ERROR") return (error as Error).message;
    throw error;
  }
}

/** Copies the database as it is now to `backups/`, before a migration changes it. */
function backUp(database: Database.Database, folder: string): void {
  const backups = path.join(folder, BACKUP_FOLDER);
  mkdirSync(backups, { recursive: true });
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, "");
  const target = path.join(backups, `library-v${databaseVersion(database)}-${stamp}.db`);
  const temporary = target + TEMPORARY_SUFFIX;
  rmSync(temporary, { force: true }); // VACUUM INTO wants a name of its own
  try {
    database.prepare("VACUUM INTO ?").run(temporary);
    syncFile(temporary);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(backups);
}

function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
