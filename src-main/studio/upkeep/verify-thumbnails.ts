/** @file Which of the kept thumbnails are of no use: damaged ones, and those of pictures that are gone. */

import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { FileFinding, LibraryReport } from "../../contract/upkeep.ts";
import { cancelledError } from "../../contract/wire.ts";
import { errnoOf } from "../files/file-errors.ts";
import { THUMBNAIL_FOLDER, thumbnailPath } from "../library/thumbnail-path.ts";

/** Of a WebP: `RIFF`, the length of the rest, `WEBP`. */
const HEAD_BYTES = 12;

/** @param ids of all pictures. @throws job.cancelled */
export async function verifyThumbnails(
  folder: string,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<LibraryReport["thumbnails"]> {
  const useless: FileFinding[] = [];
  let count = 0;
  for (const file of await filesBelow(folder)) {
    if (signal.aborted) throw cancelledError();
    count++;
    const id = path.posix.basename(file, ".webp");
    if (file !== thumbnailPath(id)) useless.push({ file, reason: "no thumbnail has that name" });
    else if (!ids.has(id)) useless.push({ file, reason: "its picture is gone" });
    else if (!(await isWholeWebp(path.join(folder, file)))) useless.push({ id, file, reason: "it is not whole" });
  }
  return { count, useless };
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(path.join(folder, THUMBNAIL_FOLDER), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function isWholeWebp(file: string): Promise<boolean> {
  try {
    const { size } = await stat(file);
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const isWebp = buffer.toString("latin1", 0, 4) === "RIFF" && buffer.toString("latin1", 8, 12) === "WEBP";
      return bytesRead === HEAD_BYTES && isWebp && buffer.readUInt32LE(4) + 8 === size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
