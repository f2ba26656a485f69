/**
 * @file Looks at everything that a library holds, beside whoever writes to it, and changes nothing: the database, every
 * picture bit by bit against the checksum it was saved with, thumbnails, and files that belong to nothing.
 */

import type Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import type { FileFinding, LibraryReport, UpkeepProgress } from "../../contract/upkeep.ts";
import { cancelledError } from "../../contract/wire.ts";
import { TEMPORARY_SUFFIX } from "../files/durable-folder.ts";
import { errnoOf } from "../files/file-errors.ts";
import { IMAGE_PATH, listImages } from "../library/image-listing.ts";
import { findDamage } from "../library/integrity.ts";
import type { Library } from "../library/library.ts";
import { readPngMetadata } from "../png/png-metadata.ts";
import { verifyThumbnails } from "./verify-thumbnails.ts";

export interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UpkeepProgress) => void;
}

interface ImageRow {
  readonly key: number;
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** Rows read at once. */
const BATCH = 500;

/**
 * @param library open for reading or writing; without a database everything in its folder belongs to nothing
 * @throws job.cancelled; library.corrupt where not even rows can be read
 */
export async function verifyLibrary(
  library: Pick<Library, "folder" | "reading">,
  { signal, onProgress }: VerifyOptions,
): Promise<LibraryReport> {
  const startedAt = performance.now();
  const { folder } = library;
  const read = <T>(use: Parameters<typeof library.reading<T>>[1], otherwise: T): T =>
    library.reading("the library could not be verified", use) ?? otherwise;
  const count = (table: "images" | "trash"): number =>
    read((database) => database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0, 0);
  const database = read((opened) => findDamage(opened, { isWhole: true }), []);
  const { files, unreadable } = listImages(folder);
  const total = count("images");
  const ids = new Set<string>();
  const owned = new Set<string>();
  const missing: FileFinding[] = [];
  const damaged: FileFinding[] = [];
  let bytes = 0;
  let done = 0;
  for (let key = 0; ;) {
    const rows = read(
      (opened) =>
        opened
          .prepare<[number, number], ImageRow>(
            `SELECT generation_key AS key, id, file, bytes, sha256 FROM images JOIN generations g ON g.key = generation_key
             WHERE generation_key > ? ORDER BY generation_key LIMIT ?`,
          )
          .all(key, BATCH),
      [],
    );
    for (const row of rows) {
      if (signal.aborted) throw cancelledError();
      ids.add(row.id);
      owned.add(row.file);
      const finding = await verifyPicture(folder, row);
      if (finding.reason === undefined) bytes += row.bytes;
      else (finding.isMissing ? missing : damaged).push({ id: row.id, file: row.file, reason: finding.reason });
      onProgress({ done: ++done, total: Math.max(total, done) });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    key = last.key;
  }
  const strays = [...files.keys()].filter((file) => !owned.has(file));
  return {
    library: folder,
    verifiedAt: new Date().toISOString(),
    durationMs: Math.round(performance.now() - startedAt),
    isSound: database.length + missing.length + damaged.length === 0,
    pictures: done,
    trashed: count("trash"),
    bytes,
    database,
    missing,
    damaged,
    // One that is being saved just now has its row a moment later.
    orphans: strays.filter((file) => !isOwned(read, file)).map((file) => ({ file, reason: reasonOf(folder, file) })),
    thumbnails: await verifyThumbnails(folder, ids, signal),
    unreadable: unreadable.map((place) => place.folder),
  };
}

type Read = <T>(use: (database: Database.Database) => T, otherwise: T) => T;

function isOwned(read: Read, file: string): boolean {
  return read((database) => database.prepare("SELECT 1 FROM images WHERE file = ?").get(file) !== undefined, false);
}

async function verifyPicture(
  folder: string,
  row: ImageRow,
): Promise<{ readonly reason?: string; readonly isMissing: boolean }> {
  if (!IMAGE_PATH.test(row.file)) return { reason: "it does not lie where pictures lie", isMissing: false };
  const file = path.join(folder, row.file);
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const isMissing = errnoOf(error) === "ENOENT";
    return { reason: isMissing ? "the file is gone" : `it cannot be read (${errnoOf(error) ?? ""})`, isMissing };
  }
  if (createHash("sha256").update(content).digest().equals(row.sha256)) return { isMissing: false };
  const size = content.length === row.bytes ? "" : `it has ${content.length} bytes instead of ${row.bytes}; `;
  return { reason: `${size}${structureOf(content)}`, isMissing: false };
}

function structureOf(content: Buffer): string {
  try {
    readPngMetadata(content);
    return "it is a whole PNG, but not the one that was saved";
  } catch (error) {
    if (isTachieError(error)) return error.message;
    throw error;
  }
}

function reasonOf(folder: string, file: string): string {
  if (file.endsWith(TEMPORARY_SUFFIX)) return "what an interrupted save left; the next opening removes it";
  if (!file.endsWith(".png")) return "not of Tachie's making";
  try {
    const { kind } = readPngMetadata(path.join(folder, file));
    return kind === "own" ? "a picture without a row; the next opening gives it one" : "not of Tachie's making";
  } catch (error) {
    if (isTachieError(error)) return error.message;
    throw error;
  }
}
