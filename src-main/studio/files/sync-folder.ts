/** @file Makes folders and their names durable, without promises: for opening a library, which must be done before anything else. */

import { accessSync, closeSync, constants, fsyncSync, openSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { makeFolders } from "../../graph/make-folders.ts";
import { CANNOT_SYNC_FOLDER, errnoOf, writingError } from "./file-errors.ts";

/** Returns when the names in a folder are on the device. Throws the operating system's own error. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // NTFS journals names, and a folder cannot be opened there
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    if (!CANNOT_SYNC_FOLDER.has(errnoOf(error) ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes a folder and those above it where they do not exist, durably.
 * @param folder absolute
 * @throws library.read-only where it may not be written to; disk.full, file.unwritable
 */
export function makeWritableFolder(folder: string): void {
  try {
    const firstMade = makeFolders(folder);
    if (firstMade !== undefined)
      for (let made = folder; made.length >= firstMade.length; made = path.dirname(made))
        syncFolder(path.dirname(made));
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (["EACCES", "EPERM", "EROFS"].includes(errno))
      throw new TachieError("library.read-only", `the folder ${folder} may not be written to (${errno})`, {
        where: folder,
        cause: error,
      });
    throw writingError(error, folder, "the folder could not be made");
  }
}
