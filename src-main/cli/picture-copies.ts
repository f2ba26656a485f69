/**
 * @file `--out`: copies of finished pictures under names of the author's choosing. The library keeps its own.
 *
 * A file that is in the way is replaced only where it is a picture of ours, which the library still holds or can make
 * again; anything else is somebody's only copy. All that can be wrong with the place is found before the work begins.
 */

import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../contract/errors.ts";
import type { GeneratedImage } from "../contract/generation.ts";
import { makeFolders, refuseLostLink } from "../graph/make-folders.ts";
import { readPngMetadata } from "../studio/png/png-metadata.ts";

export interface PictureCopies {
  /**
   * Copies one picture; whole or not at all.
   * @param number 1-based
   * @returns absolute path of the copy
   * @throws file.unwritable, file.exists, disk.full
   */
  save(image: GeneratedImage, number: number): string;
}

/**
 * @param out a folder (one that exists, or a name that ends in a separator), or a file name ending in `.png`
 * @param count pictures; several under a file name get `-1`, `-2`, … before the ending
 * @throws usage.invalid, file.unwritable, file.exists
 */
export function planCopies(out: string, count: number): PictureCopies {
  const isExisting = statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const isFolder = isExisting || /[/\\]$/.test(out);
  if (!isFolder && !/\.png$/i.test(out))
    throw new TachieError(
      "usage.invalid",
      `--out ${out} is neither a folder that exists nor a name that ends in .png`,
      { where: "--out", remedy: "End the name of a new folder with /, and that of a picture with .png." },
    );
  const target = path.resolve(out);
  const folder = isFolder ? target : path.dirname(target);
  checkFolder(isFolder ? nearestFolder(folder) : folder);
  const nameOf = (image: Pick<GeneratedImage, "file">, number: number): string => {
    if (isFolder) return path.join(target, path.basename(image.file));
    const { dir, name, ext } = path.parse(target);
    return count === 1 ? target : path.join(dir, `${name}-${number}${ext}`);
  };
  if (!isFolder) for (let number = 1; number <= count; number++) checkReplaceable(nameOf({ file: "" }, number));
  return {
    save(image, number) {
      const file = nameOf(image, number);
      if (isFolder) makeFolder(folder);
      checkReplaceable(file);
      copyWhole(image.file, file);
      return file;
    },
  };
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    if (isTachieError(cause)) throw cause;
    throw unwritable(folder, cause);
  }
}

/**
 * The folder itself, or where it would have to be made.
 * @throws file.unwritable where a link on the way leads nowhere
 */
function nearestFolder(folder: string): string {
  refuseLostLink(folder);
  return existsSync(folder) || path.dirname(folder) === folder ? folder : nearestFolder(path.dirname(folder));
}

function checkFolder(folder: string): void {
  if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false))
    throw new TachieError("file.unwritable", `there is no folder ${folder}`, { where: folder });
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

function checkReplaceable(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const isOurs = stat.isFile() && isOwnPicture(file);
  if (!isOurs)
    throw new TachieError("file.exists", `${file} exists and is not a picture that Tachie made`, { where: file });
}

function isOwnPicture(file: string): boolean {
  try {
    return readPngMetadata(file).kind === "own";
  } catch (error) {
    if (isTachieError(error)) return false;
    throw error;
  }
}

function copyWhole(from: string, to: string): void {
  const temporary = path.join(path.dirname(to), `.${path.basename(to)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    copyFileSync(from, temporary, constants.COPYFILE_EXCL);
    const handle = openSync(temporary, "r+");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, to);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw unwritable(to, cause);
  }
}

function unwritable(file: string, cause: unknown): TachieError {
  const isFull = ["ENOSPC", "EDQUOT"].includes((cause as NodeJS.ErrnoException).code ?? "");
  const message = `${file} cannot be written: ${(cause as Error).message}`;
  return new TachieError(isFull ? "disk.full" : "file.unwritable", message, { where: file, cause });
}
