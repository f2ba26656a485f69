/** @file Where a picture's thumbnail is kept, relative to the library; and how all of them are thrown away. */

import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../files/file-errors.ts";

export const THUMBNAIL_FOLDER = "thumbnails";
/** Ids begin with the time: this many of their characters make a folder a day. */
const FOLDER_CHARACTERS = 3;

/** With `/`. */
export function thumbnailPath(id: string): string {
  return `${THUMBNAIL_FOLDER}/${id.slice(0, FOLDER_CHARACTERS)}/${id}.webp`;
}

/** They are made again when they are asked for. @returns whether there were any that could be removed */
export function removeThumbnails(libraryFolder: string): boolean {
  const folder = path.join(libraryFolder, THUMBNAIL_FOLDER);
  if (!existsSync(folder)) return false;
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
