/**
 * @file A library out of what is left of it: the newest backup that is sound, with the rows that it lacks made anew from
 * the pictures; or all rows from the pictures alone, each of which carries what its row says. What was damaged is kept.
 *
 * Pictures that were moved to the trash since the backup, or before a rebuilding from pictures alone, are then in the
 * library again: their files do not know of it, and showing one too many is better than losing one.
 */

import type Database from "better-sqlite3";
import { constants, copyFileSync, existsSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { BackupFile, RepairReport } from "../../contract/upkeep.ts";
import { writingError } from "../files/file-errors.ts";
import { makeWritableFolder, syncFolder } from "../files/sync-folder.ts";
import { listBackups, syncFile } from "./backups.ts";
import { examineLibrary } from "./examine.ts";
import { GenerationReader } from "./generation-reader.ts";
import { GenerationWriter } from "./generation-writer.ts";
import { IMAGE_FOLDER } from "./image-listing.ts";
import { findDamage } from "./integrity.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { finishRestoring, putInPlace, RESTORED_FILE } from "./quarantine.ts";
import { withLibraryErrors } from "./sqlite-errors.ts";
import { sweep } from "./sweep.ts";
import type { SweepReport } from "./sweep.ts";
import { DATABASE_FILE, openWritableDatabase } from "./writable-database.ts";
import { acquireWriterLock, LOCK_FILE } from "./writer-lock.ts";
import type { WriterLock } from "./writer-lock.ts";

export interface RepairOptions {
  /** `damage`: only where something is damaged. `pictures`: always, from the pictures alone. */
  readonly why: "damage" | "pictures";
  readonly migrations?: readonly Migration[];
}

/**
 * @param folder absolute
 * @returns undefined where nothing is damaged and nothing was to be rebuilt
 * @throws library.locked, library.newer, library.read-only, disk.full, file.*: nothing has changed then
 */
export function repairLibrary(folder: string, options: RepairOptions): RepairReport | undefined {
  const { why, migrations = MIGRATIONS } = options;
  if (!existsSync(folder)) throw new TachieError("file.not-found", `there is no library ${folder}`, { where: folder });
  makeWritableFolder(folder);
  const lock = lockForRepair(folder);
  try {
    finishRestoring(folder);
    const finding = isLost(folder) ? "the database is gone" : examineLibrary(folder, migrations)[0];
    if (finding === undefined && why === "damage") return undefined;
    const { backup, refused } = restoreBackup(folder, why === "damage" ? listBackups(folder) : [], migrations);
    const { swept, pictures } = fillFromPictures(folder, migrations);
    const keptIn = putInPlace(folder);
    return {
      repairedAt: new Date().toISOString(),
      ...(finding === undefined ? {} : { finding }),
      ...(keptIn === undefined ? {} : { keptIn }),
      ...(backup === undefined ? {} : { backup }),
      refused,
      pictures,
      rebuilt: swept.adopted.length,
      missing: swept.missing,
      problems: swept.problems,
    };
  } finally {
    lock.release();
  }
}

/** SQLite takes what is smaller than its smallest page for a new database. */
const SMALLEST_BYTES = 512;

/** Whether there is no database, or next to nothing in its place, although there was one. */
export function isLost(folder: string): boolean {
  const status = statSync(path.join(folder, DATABASE_FILE), { throwIfNoEntry: false });
  return (status === undefined || (status.isFile() && status.size < SMALLEST_BYTES)) && wasLibrary(folder);
}

/** Whether a folder holds what only a library leaves: a database in it that is not ours is then a damaged one of ours. */
export function wasLibrary(folder: string): boolean {
  return listBackups(folder).length > 0 || existsSync(path.join(folder, IMAGE_FOLDER));
}

/** The lock's file holds nothing, so a damaged one is simply made anew. */
function lockForRepair(folder: string): WriterLock {
  try {
    return acquireWriterLock(folder);
  } catch (error) {
    if (!isTachieError(error, "library.corrupt")) throw error;
    rmSync(path.join(folder, LOCK_FILE), { force: true });
    return acquireWriterLock(folder);
  }
}

/** Puts the newest sound backup, if any, beside the damaged database. */
function restoreBackup(
  folder: string,
  backups: readonly BackupFile[],
  migrations: readonly Migration[],
): Pick<RepairReport, "refused" | "backup"> {
  const refused: { file: string; reason: string }[] = [];
  removeRestored(folder);
  for (const backup of backups)
    try {
      copyDurably(backup.file, path.join(folder, RESTORED_FILE));
      const database = openRestored(folder, migrations);
      try {
        const [finding] = findDamage(database, { isWhole: true, limit: 1 });
        if (finding === undefined) return { backup, refused };
        refused.push({ file: backup.file, reason: finding });
      } finally {
        database.close();
      }
      removeRestored(folder);
    } catch (error) {
      if (!isTachieError(error, "library.corrupt") && !isTachieError(error, "library.newer")) throw error;
      refused.push({ file: backup.file, reason: error.message });
      removeRestored(folder);
    }
  return { refused };
}

function fillFromPictures(
  folder: string,
  migrations: readonly Migration[],
): { readonly swept: SweepReport; readonly pictures: number } {
  const database = openRestored(folder, migrations);
  try {
    return withLibraryErrors(path.join(folder, RESTORED_FILE), "the library could not be rebuilt", () => {
      const reader = new GenerationReader(database, folder, path.join(folder, DATABASE_FILE));
      const swept = sweep(folder, { database, reader, writer: new GenerationWriter(database) });
      forgetEmptied(database);
      const pictures = database.prepare<[], number>("SELECT count(*) FROM images").pluck().get() ?? 0;
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.pragma("journal_mode = DELETE"); // one file to be moved
      return { swept, pictures };
    });
  } finally {
    database.close();
    if (existsSync(path.join(folder, RESTORED_FILE))) syncFile(path.join(folder, RESTORED_FILE));
    syncFolder(folder);
  }
}

/** What the backup had in the trash and whose file is gone was removed for good since. */
function forgetEmptied(database: Database.Database): void {
  database.exec(`
    DELETE FROM generations WHERE key IN
      (SELECT t.generation_key FROM trash t JOIN images i ON i.generation_key = t.generation_key WHERE i.is_missing = 1)`);
}

function openRestored(folder: string, migrations: readonly Migration[]): Database.Database {
  return openWritableDatabase(folder, migrations, { name: RESTORED_FILE, isCopied: false });
}

function removeRestored(folder: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"])
    rmSync(path.join(folder, RESTORED_FILE + ending), { force: true });
}

function copyDurably(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    syncFile(to);
  } catch (error) {
    throw writingError(error, to, "the backup could not be copied");
  }
}
