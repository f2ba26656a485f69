/** @file Copies of the database in `backups/`: made whole or not at all, and only the newest few kept. */

import type Database from "better-sqlite3";
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { BackupFile } from "../../contract/upkeep.ts";
import { TEMPORARY_SUFFIX } from "../files/durable-folder.ts";
import { errnoOf, readingError, writingError } from "../files/file-errors.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { databaseVersion } from "./migrations/index.ts";

export const BACKUP_FOLDER = "backups";
/** Of the version that the library has now: about a week, at one a day. */
const KEPT = 7;
/** Of earlier versions: what a migration started from. */
const KEPT_OF_EARLIER = 2;
const NAME = /^library-v(\d{1,6})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.db$/;

/**
 * Copies the database as it is now, beside whoever reads or writes it.
 * @throws SQLite's own error; disk.full, file.unwritable
 */
export function backUp(database: Database.Database, folder: string, now = new Date()): BackupFile {
  const backups = path.join(folder, BACKUP_FOLDER);
  const version = databaseVersion(database);
  const stamp = now.toISOString().replace(/[-:]|\.\d+Z$/g, "");
  const file = path.join(backups, `library-v${version}-${stamp}.db`);
  const temporary = file + TEMPORARY_SUFFIX;
  try {
    mkdirSync(backups, { recursive: true });
    removeUnfinished(backups); // VACUUM INTO wants a name of its own
    database.prepare("VACUUM INTO ?").run(temporary);
    syncFile(temporary);
    renameSync(temporary, file);
    syncFolder(backups);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writingError(error, file, "the library could not be backed up");
  }
  prune(folder, version);
  return { file, createdAt: timeOf(stamp), version, sizeBytes: statSync(file).size };
}

/** Newest first. @throws file.unreadable */
export function listBackups(folder: string): BackupFile[] {
  const backups = path.join(folder, BACKUP_FOLDER);
  try {
    return readdirSync(backups)
      .filter((name) => NAME.test(name))
      .map((name) => {
        const file = path.join(backups, name);
        const [, version = "", stamp = ""] = /^library-v(\d+)-(.*)\.db$/.exec(name) ?? [];
        return { file, createdAt: timeOf(stamp), version: Number(version), sizeBytes: statSync(file).size };
      })
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.version - a.version);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw readingError(error, backups);
  }
}

/** What a backup left that was cut off. Only one is made at a time: whoever makes one holds the library. */
function removeUnfinished(backups: string): void {
  for (const name of readdirSync(backups))
    if (NAME.test(name.replace(/\.tmp(-journal)?$/, "")) && !NAME.test(name))
      rmSync(path.join(backups, name), { force: true });
}

/** A backup too many does no harm, so what cannot be removed stays. */
function prune(folder: string, version: number): void {
  const all = listBackups(folder);
  const surplus = [
    ...all.filter((backup) => backup.version === version).slice(KEPT),
    ...all.filter((backup) => backup.version < version).slice(KEPT_OF_EARLIER),
  ];
  for (const { file } of surplus)
    try {
      rmSync(file, { force: true });
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
}

/** `20261125T142335` as ISO 8601. */
function timeOf(stamp: string): string {
  return stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6.000Z");
}

export function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
