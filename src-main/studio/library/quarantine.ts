/**
 * @file Puts a restored database in the place of a damaged one, which is kept: first the new one is whole beside it, then
 * the damaged files move away, then the new one takes its name. A crash between is finished by the next opening.
 */

import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";
import { errnoOf, writingError } from "../files/file-errors.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { DATABASE_FILE } from "./writable-database.ts";

export const QUARANTINE_FOLDER = "damaged";
/** The name of a whole database that is to become the library's. */
export const RESTORED_FILE = "library-restored.db";
/** The database first: its log without it is nothing, but it without its log has lost rows. */
const FILES = ["", "-wal", "-shm", "-journal"].map((ending) => DATABASE_FILE + ending);

/**
 * Moves the library's database files away and `RESTORED_FILE` into their place.
 * @returns the folder in which the former files are kept; undefined where there were none
 * @throws disk.full, library.read-only, file.unwritable; the restored file is then still beside them
 */
export function putInPlace(folder: string, now = new Date()): string | undefined {
  try {
    const kept = setAside(folder, now);
    renameSync(path.join(folder, RESTORED_FILE), path.join(folder, DATABASE_FILE));
    syncFolder(folder);
    return kept;
  } catch (error) {
    throw writingError(error, path.join(folder, DATABASE_FILE), "the restored library could not be put in place");
  }
}

/** To be called before a library is opened for writing, by whoever holds its lock. @throws file.unwritable */
export function finishRestoring(folder: string): void {
  const isHalfDone = !existsSync(path.join(folder, DATABASE_FILE)) && existsSync(path.join(folder, RESTORED_FILE));
  if (isHalfDone) putInPlace(folder);
}

function setAside(folder: string, now: Date): string | undefined {
  const present = FILES.filter((name) => existsSync(path.join(folder, name)));
  if (present.length === 0) return undefined;
  const quarantine = path.join(folder, QUARANTINE_FOLDER);
  mkdirSync(quarantine, { recursive: true });
  syncFolder(folder);
  const kept = makeNew(path.join(quarantine, now.toISOString().replace(/[-:]|\.\d+Z$/g, "")));
  syncFolder(quarantine);
  for (const name of present) renameSync(path.join(folder, name), path.join(kept, name));
  syncFolder(kept);
  syncFolder(folder);
  return kept;
}

/** Two repairs in one second each have their own. */
function makeNew(wanted: string): string {
  for (let number = 1; ; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}
