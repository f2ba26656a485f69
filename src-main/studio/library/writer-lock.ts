/**
 * @file One writer at a time, and no lock that outlives its holder: an exclusive transaction on a small SQLite file of its
 * own. The operating system drops it with the process, however that ends, so there are no stale lock files to judge.
 */

import Database from "better-sqlite3";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { libraryError, sqliteCodeOf } from "./sqlite-errors.ts";

export const LOCK_FILE = "library.lock";

export interface WriterLock {
  release(): void;
}

/**
 * @param folder an existing folder that may be written to
 * @throws library.locked at once where another connection, of this process or another one, holds the lock
 */
export function acquireWriterLock(folder: string): WriterLock {
  const file = path.join(folder, LOCK_FILE);
  let lock: Database.Database | undefined;
  try {
    lock = new Database(file, { timeout: 0 });
    lock.pragma("journal_mode = MEMORY"); // nothing is ever written, so no journal file either
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock?.close();
    if (sqliteCodeOf(error)?.startsWith("SQLITE_BUSY"))
      throw new TachieError("library.locked", `another Tachie is writing to the library ${folder}`, {
        where: folder,
        cause: error,
      });
    if (sqliteCodeOf(error) === "SQLITE_NOTADB")
      throw new TachieError("library.corrupt", `${file} is not the lock of a library`, {
        where: file,
        remedy: `Remove ${file}: it holds nothing.`,
        cause: error,
      });
    throw libraryError(error, file, "the library could not be locked for writing");
  }
  const held = lock;
  return { release: () => void held.close() };
}
