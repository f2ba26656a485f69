/** @file A component's files: whether they are whole, and how they come out of the archive into their folder. */

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { extract } from "tar";
import { TachieError } from "../../contract/errors.ts";
import { syncFolder, temporaryNameFor } from "../../graph/atomic-file.ts";
import { hashFile } from "../../graph/checksums.ts";
import { writingError } from "../../graph/file-errors.ts";
import { makeFolders } from "../../graph/make-folders.ts";
import type { ComponentFile, ComponentPackage } from "./component-manifest.ts";

/** Whether every file of the component lies in the folder, byte for byte. @throws file.unreadable, the signal's reason */
export async function isComponentWhole(
  folder: string,
  { files }: ComponentPackage,
  signal: AbortSignal,
): Promise<boolean> {
  for (const file of files) if (!(await isFileWhole(path.join(folder, file.name), file, signal))) return false;
  return true;
}

async function isFileWhole(file: string, wanted: ComponentFile, signal: AbortSignal): Promise<boolean> {
  if (statSync(file, { throwIfNoEntry: false })?.size !== wanted.sizeBytes) return false;
  return (await hashFile(file, { signal })).sha256 === wanted.sha256;
}

/**
 * Checks the archive by its integrity and puts its files into the folder. Until all of them have come out right nothing in
 * the folder changes; then each replaces its former one at once, the last being the one that is linked to the others.
 * @throws download.mismatch for bytes that are not the pinned ones, disk.full, file.unwritable, the signal's reason
 */
export async function unpackComponent(
  archive: string,
  folder: string,
  wanted: ComponentPackage,
  signal: AbortSignal,
): Promise<void> {
  await checkIntegrity(archive, wanted, signal);
  const staging = temporaryNameFor(folder);
  try {
    makeFolders(path.dirname(staging));
    mkdirSync(staging);
    await extractFiles(archive, staging, wanted);
    for (const file of wanted.files) {
      const unpacked = path.join(staging, file.path);
      if (!(await isFileWhole(unpacked, file, signal)))
        throw new TachieError("download.mismatch", `${file.path} in ${archive} is not what it should be`, {
          where: file.path,
          remedy: "Run the command again; if it stays so, report it.",
        });
      await syncFile(unpacked);
    }
    makeFolders(folder);
    for (const file of wanted.files) renameSync(path.join(staging, file.path), path.join(folder, file.name));
    syncFolder(folder);
  } catch (error) {
    throw explained(writingError(error, folder));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function checkIntegrity(archive: string, { integrity }: ComponentPackage, signal: AbortSignal): Promise<void> {
  const sha512 = createHash("sha512");
  await hashFile(archive, { signal, onChunk: (bytes) => sha512.update(bytes) });
  if (`sha512-${sha512.digest("base64")}` === integrity) return;
  throw new TachieError("download.mismatch", `${archive} is not the archive that is pinned`, {
    where: archive,
    remedy: "Run the command again; if it stays so, report it.",
  });
}

async function extractFiles(archive: string, staging: string, { files }: ComponentPackage): Promise<void> {
  const wanted = new Set(files.map((file) => file.path));
  await extract({
    file: archive,
    cwd: staging,
    filter: (entry) => wanted.has(entry),
    preserveOwner: false,
    strict: true,
  });
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows does not let go of a library that a process has loaded. */
function explained(error: unknown): unknown {
  if (!(error instanceof TachieError) || error.code !== "file.unwritable" || process.platform !== "win32") return error;
  return new TachieError(error.code, error.message, {
    ...(error.where === undefined ? {} : { where: error.where }),
    remedy: "Close every Tachie, whose GPU may be using the files, and run the command again.",
    cause: error,
  });
}
