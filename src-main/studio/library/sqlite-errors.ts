/**
 * @file SQLite's errors as typed errors: the one place where a result code becomes one of ours.
 */

import Database from "better-sqlite3";
import { TachieError } from "../../contract/errors.ts";
import type { ErrorCode } from "../../contract/errors.ts";

/** By the beginning of SQLite's (extended) result code; the first that fits counts. */
const CODES: readonly (readonly [string, ErrorCode, string])[] = [
  ["SQLITE_CORRUPT", "library.corrupt", "it is damaged"],
  ["SQLITE_NOTADB", "library.corrupt", "it is not a database"],
  ["SQLITE_FULL", "disk.full", "no space is left on the disk"],
  // The shared-memory file could not grow, for which SQLite has no code of its own.
  ["SQLITE_IOERR_SHMSIZE", "disk.full", "no space is left on the disk"],
  ["SQLITE_READONLY", "library.read-only", "it may only be read"],
  ["SQLITE_BUSY", "library.locked", "another program holds it"],
  ["SQLITE_LOCKED", "library.locked", "another program holds it"],
  ["SQLITE_PROTOCOL", "library.locked", "another program holds it"],
  ["SQLITE_CANTOPEN", "file.unreadable", "it cannot be opened"],
  ["SQLITE_PERM", "file.unreadable", "it may not be opened"],
  ["SQLITE_AUTH", "file.unreadable", "it may not be opened"],
  ["SQLITE_IOERR_READ", "file.unreadable", "reading it failed"],
  ["SQLITE_IOERR", "file.unwritable", "reading or writing it failed"],
];

/** SQLite's result code, such as `SQLITE_IOERR_FSYNC`; undefined for anything else that was thrown. */
export function sqliteCodeOf(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined;
}

/** @returns a typed error, or `error` as it is where it does not tell of the file or the disk (it is then a bug) */
export function libraryError(error: unknown, file: string, doing: string): unknown {
  const sqliteCode = sqliteCodeOf(error);
  const entry = CODES.find(([beginning]) => sqliteCode?.startsWith(beginning));
  if (sqliteCode === undefined || entry === undefined) return error;
  const message = `${doing}: ${file}: ${entry[2]} (${sqliteCode}: ${(error as Error).message})`;
  return new TachieError(entry[1], message, { where: file, cause: error });
}

/**
 * Runs something that uses the database at `file`.
 * @throws library.corrupt, library.locked, library.read-only, disk.full, file.unreadable or file.unwritable
 */
export function withLibraryErrors<T>(file: string, doing: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw libraryError(error, file, doing);
  }
}
