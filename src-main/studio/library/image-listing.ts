/** @file What lies in a library's picture folders, `images/yyyy/mm`, by path relative to the library. */

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../files/file-errors.ts";

export const IMAGE_FOLDER = "images";

/** What the path of a picture looks like, relative to the library. */
export const IMAGE_PATH = /^images\/\d{4}\/\d{2}\/[^/\\\0]+\.png$/;

export interface ImageListing {
  /** Paths with `/`, and whether each is a regular file: a link counts as present, but is nobody's to remove or adopt. */
  readonly files: ReadonlyMap<string, boolean>;
  /** Folders that could not be listed: what lies in them is not known. */
  readonly unreadable: readonly { readonly folder: string; readonly error: Error }[];
}

/** Where a picture made at that time lies, relative to the library. */
export function imagePath(id: string, createdAt: Date): string {
  const [year, month] = createdAt.toISOString().split("-");
  return `${IMAGE_FOLDER}/${year ?? ""}/${month ?? ""}/${id}.png`;
}

export function listImages(libraryFolder: string): ImageListing {
  const files = new Map<string, boolean>();
  const unreadable: { folder: string; error: Error }[] = [];
  const listed = (folder: string) => {
    try {
      return readdirSync(path.join(libraryFolder, folder), { withFileTypes: true });
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (errnoOf(error) !== "ENOENT") unreadable.push({ folder, error: error as Error });
      return [];
    }
  };
  /** Links to folders count: an author may keep old years on another disk. */
  const subfolders = (folder: string, name: RegExp): string[] =>
    listed(folder)
      .filter((entry) => name.test(entry.name))
      .map((entry) => ({ entry, child: `${folder}/${entry.name}` }))
      .filter(({ entry, child }) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(libraryFolder, child)))
      .map(({ child }) => child);

  for (const year of subfolders(IMAGE_FOLDER, /^\d{4}$/))
    for (const month of subfolders(year, /^\d{2}$/))
      for (const entry of listed(month)) if (!entry.isDirectory()) files.set(`${month}/${entry.name}`, entry.isFile());
  return { files, unreadable };
}

function isFolder(libraryFolder: string, relative: string): boolean {
  return statSync(path.join(libraryFolder, relative), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
