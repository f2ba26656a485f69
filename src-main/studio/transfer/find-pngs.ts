/** @file The PNG files in folders that somebody names, everything below them included. */

import { realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { cancelledError } from "../../contract/wire.ts";
import { errnoOf, readingError } from "../files/file-errors.ts";

export interface FoundPng {
  /** Absolute. */
  readonly file: string;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Folders inside one another; links can make a ring of them. */
const MAX_DEPTH = 64;

/**
 * Files oldest first. Hidden folders are left out, and so is `except` with everything in it.
 * @param paths absolute: folders, or files by name
 * @param except a folder, such as the library itself
 * @throws file.not-found, file.unreadable for what was named; what lies below and cannot be listed is left out
 */
export async function findPngs(paths: readonly string[], except: string, signal: AbortSignal): Promise<FoundPng[]> {
  const found = new Map<string, FoundPng>();
  const excepted = realpath(except);
  const add = (file: string): void => {
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isFile() === true) found.set(file, { file, modifiedMs: Math.max(0, Math.floor(status.mtimeMs)) });
  };
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (signal.aborted) throw cancelledError();
    if (depth > MAX_DEPTH || realpath(folder) === excepted) return;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const child = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".")) await walk(child, depth + 1).catch(unlessUnreadable);
      } else if (/\.png$/i.test(entry.name)) add(child);
    }
  };
  for (const given of paths)
    try {
      if (statSync(given).isDirectory()) await walk(given, 0);
      else if (/\.png$/i.test(given)) add(given);
      else throw new TachieError("image.invalid", `${given} is neither a folder nor a PNG`, { where: given });
    } catch (error) {
      throw readingError(error, given);
    }
  return [...found.values()].sort((a, b) => a.modifiedMs - b.modifiedMs || (a.file < b.file ? -1 : 1));
}

function unlessUnreadable(error: unknown): void {
  if (errnoOf(error) === undefined) throw error;
}

function realpath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path.resolve(folder);
  }
}
