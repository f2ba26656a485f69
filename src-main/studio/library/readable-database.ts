/**
 * @file Opens library.db for reading, whatever the circumstances: beside a writer, on a read-only or full disk, in a
 * folder of another user, at an older version.
 *
 * SQLite needs its shared-memory file beside a database in WAL mode, and cannot make it everywhere. Where it cannot, and
 * where the tables are older than ours, we read a private copy in memory instead; nothing on the disk is touched.
 */

import Database from "better-sqlite3";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { errnoOf, readingError } from "../files/file-errors.ts";
import { databaseVersion, isDatabaseEmpty, latestVersion, migrate, requireLibrary } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { withRollbackJournal } from "./rollback-journal.ts";
import { requireSchema } from "./schema-check.ts";
import { fillSearchIndex } from "./search/fill-index.ts";
import { sqliteCodeOf, withLibraryErrors } from "./sqlite-errors.ts";
import { BUSY_TIMEOUT_MS, DATABASE_FILE } from "./writable-database.ts";

/** What SQLite reports where it may read the file but cannot have its companions. */
const CANNOT_SHARE = /^SQLITE_(CANTOPEN|READONLY|IOERR_SHM|IOERR_LOCK|IOERR_ACCESS|FULL|PERM)/;

/**
 * @returns undefined where there is no library yet
 * @throws library.corrupt, library.newer, library.locked, file.unreadable
 */
export function openReadableDatabase(folder: string, migrations: readonly Migration[]): Database.Database | undefined {
  const file = path.join(folder, DATABASE_FILE);
  if (!isThere(file)) return undefined;
  return withLibraryErrors(file, "the library could not be read", () => {
    const shared = openShared(file);
    const database = shared ?? new Database(readDetached(file));
    try {
      if (isDatabaseEmpty(database)) {
        database.close();
        return undefined;
      }
      requireLibrary(database, file, migrations);
      const current =
        databaseVersion(database) < latestVersion(migrations) ? migratedCopy(database, migrations) : database;
      requireSchema(current, file, migrations);
      current.pragma("query_only = ON");
      current.pragma("trusted_schema = OFF");
      return current;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** @returns undefined where this needs files that cannot be made */
function openShared(file: string): Database.Database | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    isDatabaseEmpty(database); // only a query shows whether it can be read
    return database;
  } catch (error) {
    database?.close();
    if (CANNOT_SHARE.test(sqliteCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** A copy of `database` in memory at the latest version; closes the original. */
function migratedCopy(database: Database.Database, migrations: readonly Migration[]): Database.Database {
  const copy = new Database(withRollbackJournal(database.serialize()));
  database.close();
  migrate(copy, migrations);
  fillSearchIndex(copy);
  return copy;
}

/** The database's bytes, commits included that are still in its write-ahead log. */
function readDetached(file: string): Buffer {
  const log = `${file}-wal`;
  try {
    if (!isThere(log) || statSync(log).size === 0) return withRollbackJournal(readFileSync(file));
    const folder = mkdtempSync(path.join(tmpdir(), "tachie-read-"));
    try {
      const copy = path.join(folder, DATABASE_FILE);
      copyFileSync(file, copy);
      copyFileSync(log, `${copy}-wal`);
      const merged = new Database(copy);
      const bytes = merged.serialize();
      merged.close();
      return withRollbackJournal(bytes);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    throw readingError(error, file);
  }
}

/** @throws file.unreadable where that cannot be told */
function isThere(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw readingError(error, file);
  }
}
