/** @file Makes folders where they are missing. */

import { existsSync, mkdirSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";

/**
 * Makes a folder and those above it where they do not exist. Node's own `recursive` never returns where a folder that
 * exists answers ENOENT to a new name in it, as /proc and some network file systems do.
 * @returns the first folder that was made; undefined where all of them exist
 * @throws file.unwritable where a link leads nowhere; otherwise the operating system's own error
 */
export function makeFolders(folder: string): string | undefined {
  try {
    mkdirSync(folder);
    return folder;
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    refuseLostLink(folder);
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || existsSync(parent)) throw error;
    const firstMade = makeFolders(parent);
    return makeFolders(folder) === undefined ? firstMade : (firstMade ?? folder);
  }
}

/**
 * A disk that is not attached, mostly: "exists already" and "does not exist" are both true then, and help nobody.
 * @throws file.unwritable where `folder` is a link to what is not there
 */
export function refuseLostLink(folder: string): void {
  if (existsSync(folder)) return;
  let target: string;
  try {
    target = readlinkSync(folder);
  } catch {
    return; // no link: what is wrong with it, if anything, shows when it is used
  }
  throw new TachieError("file.unwritable", `${folder} is a link to ${target}, which is not there`, {
    where: folder,
    remedy: "Attach the disk that it is on, or name another folder.",
  });
}
