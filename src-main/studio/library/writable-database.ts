/**
 * @file Opens library.db for writing: durable settings, a check of what is there, a copy before it is migrated. The
 * caller holds the writer's lock.
 */

import Database from "better-sqlite3";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { writingError } from "../files/file-errors.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { backUp } from "./backups.ts";
import { findDamage } from "./integrity.ts";
import { databaseVersion, isDatabaseEmpty, latestVersion, migrate, requireLibrary } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { requireSchema } from "./schema-check.ts";
import { withLibraryErrors } from "./sqlite-errors.ts";

export const DATABASE_FILE = "library.db";
/** How long a statement waits for another program that holds the file. */
export const BUSY_TIMEOUT_MS = 5000;
/** Pages of the write-ahead log before a commit also copies them back: rare enough to stay out of the 99th percentile. */
const CHECKPOINT_PAGES = 4000;
/** Databases up to this size are checked whole at every opening, some 200 ms on a slow machine; larger ones are trusted. */
const QUICK_CHECK_BYTES = 32 << 20;
/** Up to this size indices are compared with their tables too, which takes as long again. */
const WHOLE_CHECK_BYTES = 8 << 20;

export interface WritableOptions {
  /** The database's name in the folder. */
  readonly name?: string;
  /** Whether it is copied before it is migrated. */
  readonly isCopied?: boolean;
}

/**
 * Opens or creates `folder`/library.db and brings it to the latest version.
 * @throws library.corrupt, library.newer, library.locked, library.read-only, disk.full, file.unwritable
 */
export function openWritableDatabase(
  folder: string,
  migrations: readonly Migration[],
  { name = DATABASE_FILE, isCopied = true }: WritableOptions = {},
): Database.Database {
  const file = path.join(folder, name);
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
      const isOlder = !isDatabaseEmpty(opened) && databaseVersion(opened) < latestVersion(migrations);
      if (isOlder && isCopied) backUp(opened, folder);
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
  const isWhole = pages * pageBytes <= WHOLE_CHECK_BYTES;
  const [finding] = findDamage(database, { isWhole, limit: 1 });
  if (finding === undefined) return;
  throw new TachieError("library.corrupt", `${file} is damaged: ${finding}`, { where: file });
}
