/**
 * @file Fetches a component: asks the registry where its archive is, fetches that (going on where an earlier try stopped),
 * checks every byte and puts the files in their place.
 */

import { rmSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { makeFolders } from "../../graph/make-folders.ts";
import { writingError } from "../../graph/file-errors.ts";
import { TRANSFER_LIMITS, fetchFile } from "../models/fetch-file.ts";
import type { TransferLimits } from "../models/fetch-file.ts";
import { lockFolder } from "../models/folder-lock.ts";
import { checkSpace, freeBytesOf } from "../models/free-space.ts";
import { PARTIAL_SUFFIX } from "../models/partial-file.ts";
import { RateMeter } from "../models/progress.ts";
import type { ByteProgress } from "../models/progress.ts";
import { isComponentWhole, unpackComponent } from "./component-files.ts";
import type { ComponentPackage } from "./component-manifest.ts";
import { findArchive } from "./registry.ts";
import type { RegistryOptions } from "./registry.ts";

export interface FetchComponentOptions extends RegistryOptions {
  /** Where the files go; what lies beside them there stays. */
  readonly folder: string;
  readonly onProgress?: (progress: ByteProgress) => void;
  /** Told of what keeps the transfer waiting. */
  readonly onNotice?: (text: string) => void;
  readonly limits?: TransferLimits;
}

export interface FetchedComponent {
  readonly folder: string;
  readonly package: string;
  readonly version: string;
  /** Absolute. */
  readonly files: readonly string[];
  /** False where everything was there already. */
  readonly isNew: boolean;
}

/**
 * @throws download.*, disk.full, file.unwritable, models.busy where another process is at it, the signal's reason; what has
 *   arrived is kept for the next try then, beside the folder
 */
export async function fetchComponent(
  wanted: ComponentPackage,
  options: FetchComponentOptions,
): Promise<FetchedComponent> {
  const { folder, signal } = options;
  const result = {
    folder,
    package: wanted.package,
    version: wanted.version,
    files: wanted.files.map(({ name }) => path.join(folder, name)),
  };
  if (await isComponentWhole(folder, wanted, signal)) return { ...result, isNew: false };
  makeParent(folder);
  const lock = lockFolder(`${folder}.lock`, `fetching ${wanted.package}`);
  try {
    await fetchAndUnpack(wanted, options);
    return { ...result, isNew: true };
  } finally {
    lock[Symbol.dispose]();
  }
}

async function fetchAndUnpack(wanted: ComponentPackage, options: FetchComponentOptions): Promise<void> {
  const { folder, signal } = options;
  // Named by its contents: what another version has left there is of no use for this one.
  const archive = `${folder}.${wanted.sha256.slice(0, 12)}.tgz`;
  await requireSpace(archive, folder, wanted);
  await fetchArchive(archive, wanted, options);
  try {
    await unpackComponent(archive, folder, wanted, signal);
  } catch (error) {
    // Fetched again it may be right; kept it would be wrong for ever.
    if (isTachieError(error, "download.mismatch")) rmSync(archive, { force: true });
    throw error;
  }
  rmSync(archive, { force: true });
}

function makeParent(folder: string): void {
  try {
    makeFolders(path.dirname(folder));
  } catch (error) {
    throw writingError(error, folder);
  }
}

/** For what is still to arrive, and for what will come out of it. @throws disk.full */
async function requireSpace(archive: string, folder: string, { sizeBytes, files }: ComponentPackage): Promise<void> {
  const there = [archive, archive + PARTIAL_SUFFIX].map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const unpacked = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const missing = Math.max(0, sizeBytes - Math.max(...there));
  checkSpace(missing + unpacked, await freeBytesOf(path.dirname(folder)), path.dirname(folder));
}

async function fetchArchive(archive: string, wanted: ComponentPackage, options: FetchComponentOptions): Promise<void> {
  const { signal, onProgress, onNotice, limits = TRANSFER_LIMITS } = options;
  const { sizeBytes, sha256 } = wanted;
  if (statSync(archive, { throwIfNoEntry: false })?.size === sizeBytes) return;
  const address = await findArchive(wanted, options);
  const meter = new RateMeter();
  let before: number | undefined;
  try {
    await fetchFile({
      address,
      target: archive,
      sizeBytes,
      digest: { algorithm: "sha256", value: sha256 },
      limits,
      signal,
      onPosition(bytes) {
        meter.add(Math.max(0, bytes - (before ?? bytes)));
        before = bytes;
        onProgress?.(meter.report(wanted.package, bytes, sizeBytes));
      },
      onFault: (fault, pauseMs) => onNotice?.(`${fault.message}; trying again in ${Math.ceil(pauseMs / 1000)} s`),
    });
  } catch (error) {
    throw inOurWords(error, wanted);
  }
}

/** Remedies of model downloads speak of options that there are not here. */
function inOurWords(error: unknown, { package: name, version }: ComponentPackage): unknown {
  if (!isTachieError(error) || !error.code.startsWith("download.")) return error;
  const remedy =
    error.code === "download.mismatch"
      ? "Nothing that differs is ever used. Try again later, or report it."
      : "Check the connection and run the command again: it goes on where it stopped.";
  return new TachieError(error.code, `${name}@${version} could not be fetched: ${error.message}`, {
    ...(error.where === undefined ? {} : { where: error.where }),
    remedy,
    cause: error,
  });
}
