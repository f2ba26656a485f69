/**
 * @file SHA-256 sums of a folder's files, in the form of the `sha256sum` program, so that one flipped bit anywhere is found.
 *
 * Whoever writes a model folder writes `SHA256SUMS` beside its files; `tachie models verify` compares. The text has exactly
 * one form for given sums, so that a change in the list itself is found too.
 */

import { createHash } from "node:crypto";
import { open, readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { TEMPORARY_SUFFIX, writeFileAtomically } from "./atomic-file.ts";
import { readingError } from "./file-errors.ts";

export const CHECKSUMS_FILE = "SHA256SUMS";
/** Large enough that reading is sequential for the disk, small enough to answer a cancel at once. */
const CHUNK_BYTES = 4 << 20;

export interface HashOptions {
  /** Aborting ends the reading with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each piece in order; the bytes are only valid during the call. `position` is the piece's place in the file. */
  readonly onChunk?: ((bytes: Uint8Array, position: number) => void) | undefined;
}

export interface FileSum {
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
}

/** Reads a file to its end. @throws file.not-found, file.unreadable, or the signal's reason */
export async function hashFile(file: string, options: HashOptions = {}): Promise<FileSum> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = 0;
  try {
    const handle = await open(file, "r");
    try {
      for (;;) {
        options.signal?.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
        if (bytesRead === 0) break;
        const bytes = buffer.subarray(0, bytesRead);
        hash.update(bytes);
        options.onChunk?.(bytes, position);
        position += bytesRead;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readingError(error, file);
  }
  return { sizeBytes: position, sha256: hash.digest("hex") };
}

/**
 * The list's text: one line a file, sorted, `<64 hex digits>  <path>`.
 * @param sums SHA-256 by path relative to the folder, with `/`
 */
export function formatChecksums(sums: ReadonlyMap<string, string>): string {
  const lines = [...sums].map(([file, sha256]) => {
    if (!isListablePath(file) || !/^[0-9a-f]{64}$/.test(sha256))
      throw new TachieError("internal.bug", `${JSON.stringify(file)} cannot stand in a list of sums`, { where: file });
    return [file, `${sha256}  ${file}\n`] as const;
  });
  return lines
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line)
    .join("");
}

/**
 * The inverse of `formatChecksums`.
 * @throws model.damaged when the text is not exactly what that function writes
 */
export function parseChecksums(text: string, where: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split("\n")) {
    const parts = /^([0-9a-f]{64}) {2}(.+)$/.exec(line);
    if (parts?.[1] !== undefined && parts[2] !== undefined && isListablePath(parts[2])) sums.set(parts[2], parts[1]);
  }
  if (sums.size > 0 && formatChecksums(sums) === text) return sums;
  throw new TachieError("model.damaged", `${where}: the list of SHA-256 sums is damaged`, { where });
}

/** Reads a folder's list; undefined where it has none. @throws model.damaged, file.unreadable */
export async function readChecksums(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const file = path.join(folder, CHECKSUMS_FILE);
  try {
    return parseChecksums(await readFile(file, "utf8"), file);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw readingError(error, file);
  }
}

/**
 * Hashes every file of a folder, the list itself and files left behind by a broken write excepted, and writes the list.
 * @returns SHA-256 by path
 * @throws disk.full, file.unwritable, file.unreadable
 */
export async function writeChecksums(folder: string): Promise<ReadonlyMap<string, string>> {
  const sums = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name);
    const relative = path.relative(folder, full).replaceAll(path.sep, "/");
    if (!entry.isFile() || relative === CHECKSUMS_FILE || relative.endsWith(TEMPORARY_SUFFIX)) continue;
    sums.set(relative, (await hashFile(full)).sha256);
  }
  const file = path.join(folder, CHECKSUMS_FILE);
  writeFileAtomically(file, (append) => append(Buffer.from(formatChecksums(sums))), { canReplace: true });
  return sums;
}

function isListablePath(file: string): boolean {
  const isPlain = file !== "" && !/[\\\n\r]/.test(file) && !path.posix.isAbsolute(file);
  return isPlain && path.posix.normalize(file) === file && !file.startsWith("../");
}
