/**
 * @file Reads a file only where it lies in a given folder. The studio names files, but it reads names from a database and
 * is not trusted alone: a link out of the library, a device or a pipe is no picture.
 */

import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import path from "node:path";

/** Absent on Windows, where there are no such links and pipes. */
const { O_NOFOLLOW, O_NONBLOCK } = constants as Partial<typeof constants>;
const HOW = constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
/** Far above any picture that the studio makes. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * @returns undefined where the file is not there, is not a regular file, or lies outside of the folder
 * @throws what the file system says otherwise, such as EACCES or EIO
 */
export async function readContained(folder: string, file: string): Promise<Buffer<ArrayBuffer> | undefined> {
  if (!path.isAbsolute(file) || file.includes("\0")) return undefined;
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(file)]);
    if (!isInside(root, real)) return undefined;
    const seen = await lstat(real);
    if (!seen.isFile()) return undefined;
    await using handle = await open(real, HOW);
    // The same file as the one that was looked at, whatever was renamed in between.
    const opened = await handle.stat();
    if (opened.dev !== seen.dev || opened.ino !== seen.ino || opened.size > MAX_BYTES) return undefined;
    return await handle.readFile();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Compares whole folder names: /a/library-evil is not inside of /a/library. */
export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENAMETOOLONG";
}
