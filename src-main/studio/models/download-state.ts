/**
 * @file What is known of a download that is not finished: for every file where it comes from, its size and its sum, pinned the
 * first time they were seen. Kept as `download.json` in the model's folder until the model is whole.
 */

import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { writeFileAtomically } from "../../graph/atomic-file.ts";
import { isPlainPath } from "./download-manifest.ts";
import type { FileSource } from "./download-manifest.ts";
import { JOURNAL_SUFFIX, PARTIAL_SUFFIX } from "./partial-file.ts";
import type { Digest } from "./remote-file.ts";

export const DOWNLOAD_STATE_FILE = "download.json";
export const DOWNLOAD_LOCK_FILE = "download.lock";

/** A file whose size, and as a rule whose sum, can no longer change. */
export interface PinnedFile {
  /** Inside the model folder, with `/`. */
  readonly path: string;
  /** With the commit as revision, where the server named one. */
  readonly source: FileSource;
  readonly sizeBytes: number;
  /** Absent where the server states none and the user has accepted that. */
  readonly digest?: Digest;
  /** Who states size and sum. */
  readonly pinnedBy: "manifest" | "server" | "nobody";
}

export interface DownloadState {
  readonly format: 1;
  /** The name of the manifest. */
  readonly manifest: string;
  readonly files: readonly PinnedFile[];
}

export function hasDownloadState(folder: string): boolean {
  return existsSync(path.join(folder, DOWNLOAD_STATE_FILE));
}

/** @throws models.corrupt; undefined where no download has begun */
export function readDownloadState(folder: string): DownloadState | undefined {
  const file = path.join(folder, DOWNLOAD_STATE_FILE);
  if (!existsSync(file)) return undefined;
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as DownloadState | null;
    if (state?.format === 1 && typeof state.manifest === "string" && state.files.every(isPinnedFile)) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new TachieError("models.corrupt", `${file} is damaged, or was written by another version`, {
    where: file,
    remedy: "Delete this file and run the download again: whole files are found again by their sums.",
  });
}

export function writeDownloadState(folder: string, state: DownloadState): void {
  const text = `${JSON.stringify(state, undefined, 2)}\n`;
  writeFileAtomically(path.join(folder, DOWNLOAD_STATE_FILE), (append) => append(Buffer.from(text)), {
    canReplace: true,
  });
}

export function removeDownloadState(folder: string): void {
  rmSync(path.join(folder, DOWNLOAD_STATE_FILE), { force: true });
}

/** Everything that an unfinished download may have left in a folder, relative to it. */
export function downloadFilesOf(folder: string): string[] {
  const pinned = readDownloadState(folder)?.files ?? [];
  const files = pinned.flatMap(({ path: file }) => [file, file + PARTIAL_SUFFIX, file + JOURNAL_SUFFIX]);
  return [DOWNLOAD_STATE_FILE, DOWNLOAD_LOCK_FILE, ...files];
}

function isPinnedFile(value: unknown): value is PinnedFile {
  const file = value as PinnedFile;
  const isDigestKnown =
    (file.digest as unknown) === undefined ||
    (file.digest?.algorithm === "sha256" && /^[0-9a-f]{64}$/.test(file.digest.value)) ||
    (file.digest?.algorithm === "git-sha1" && /^[0-9a-f]{40}$/.test(file.digest.value));
  return (
    isPlainPath(file.path) && Number.isSafeInteger(file.sizeBytes) && isDigestKnown && isPlainPath(file.source.path)
  );
}
