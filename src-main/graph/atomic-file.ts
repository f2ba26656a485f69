/**
 * @file Files that are either whole or not there: temporary name, fsync, final name, fsync of the folder.
 */

import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { writingError } from "./file-errors.ts";

export interface WriteOptions {
  /** Replace a file of that name; without it an existing file is an error. */
  readonly canReplace?: boolean;
  /** Told of every piece in order, before it is written: a large file need not be read again for its sum. */
  readonly onPiece?: (bytes: Uint8Array) => void;
}

/** A file or folder whose name ends so is half-written or left behind, and may be deleted. */
export const TEMPORARY_SUFFIX = ".part";

/** A name beside the target that nobody else uses. */
export function temporaryNameFor(target: string): string {
  return `${target}.${randomBytes(6).toString("hex")}${TEMPORARY_SUFFIX}`;
}

/**
 * Writes what `fill` appends, piece by piece.
 * @throws file.exists, disk.full, file.unwritable, or what `fill` throws; nothing is left behind then
 */
export function writeFileAtomically(
  file: string,
  fill: (append: (bytes: Uint8Array) => void) => void,
  options: WriteOptions = {},
): void {
  if (options.canReplace !== true && existsSync(file)) throw existsError(file);
  const temporary = temporaryNameFor(file);
  let hasTemporary = false;
  try {
    const descriptor = openSync(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o644);
    hasTemporary = true;
    try {
      fill((bytes) => {
        options.onPiece?.(bytes);
        writeAll(descriptor, bytes);
      });
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    publish(temporary, file, options.canReplace === true);
    hasTemporary = false;
    syncFolder(path.dirname(file));
  } catch (error) {
    throw writingError(error, file);
  } finally {
    if (hasTemporary) rmSync(temporary, { force: true });
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30));
}

/** What `link` answers on file systems without hard links (FAT, some network shares). */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** A hard link fails where a file of that name has appeared meanwhile, which a rename would silently replace. */
function publish(temporary: string, file: string, canReplace: boolean): void {
  if (!canReplace)
    try {
      linkSync(temporary, file);
      rmSync(temporary, { force: true });
      return;
    } catch (error) {
      if (!NO_LINKS.has((error as { code?: string }).code ?? "")) throw error;
      if (existsSync(file)) throw existsError(file);
    }
  renameSync(temporary, file);
}

/** Makes the new name itself durable. Windows cannot open folders and needs no such step. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function existsError(file: string): TachieError {
  return new TachieError("file.exists", `${file} exists already`, { where: file });
}
