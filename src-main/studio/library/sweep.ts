/**
 * @file Puts files and rows in step when a library is opened for writing: what a crash left half done is finished or
 * removed. Pictures that were leaving the trash leave it, temporary files go; pictures of ours without a row get it back from their own record; rows whose file is gone
 * are marked. Whatever we did not make is left alone.
 */

import type Database from "better-sqlite3";
import { rmSync } from "node:fs";
import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import { TEMPORARY_SUFFIX } from "../files/durable-folder.ts";
import { errnoOf } from "../files/file-errors.ts";
import { readOrphan } from "./adoption.ts";
import type { Orphan } from "./adoption.ts";
import type { GenerationReader } from "./generation-reader.ts";
import type { GenerationWriter } from "./generation-writer.ts";
import { IMAGE_FOLDER, listImages } from "./image-listing.ts";
import { removeLeaving } from "./leaving.ts";
import { sqliteCodeOf } from "./sqlite-errors.ts";

export interface SweepReport {
  /** Temporary files removed. */
  readonly removed: readonly string[];
  /** Ids of pictures that got their row back. */
  readonly adopted: readonly string[];
  /** Ids of the rows whose file is gone, those that were known before among them. */
  readonly missing: readonly string[];
  /** What could not be looked at or put right now, and why; it is tried again at the next opening. */
  readonly problems: readonly { readonly where: string; readonly reason: string }[];
}

interface ImageRow {
  readonly generation_key: number;
  readonly id: string;
  readonly file: string;
  readonly is_missing: number;
}

/** Rows adopted in one transaction: after a crash it is one in all, after the loss of the database it is every picture. */
const ADOPTION_BATCH = 500;

export interface SweepTools {
  readonly database: Database.Database;
  readonly reader: GenerationReader;
  readonly writer: GenerationWriter;
}

/**
 * @param folder the library's
 * @throws SQLite's own errors of reading. That something cannot be written is among the problems: a library on a full disk
 * must still open.
 */
export function sweep(folder: string, { database, reader, writer }: SweepTools): SweepReport {
  const problems: { where: string; reason: string }[] = [];
  const attempt = (where: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!isTachieError(error) && errnoOf(error) === undefined && sqliteCodeOf(error) === undefined) throw error;
      problems.push({ where, reason: (error as Error).message });
    }
  };

  attempt(folder, () => problems.push(...removeLeaving(database, folder).problems));

  const { files, unreadable } = listImages(folder);
  for (const place of unreadable) problems.push({ where: place.folder, reason: place.error.message });
  const rows = database
    .prepare<[], ImageRow>(
      "SELECT generation_key, id, file, is_missing FROM images JOIN generations ON key = generation_key",
    )
    .all();
  const known = new Set(rows.map((row) => row.file));
  const strays = [...files].filter(([file, isRegular]) => isRegular && !known.has(file)).map(([file]) => file);

  const removed: string[] = [];
  for (const file of strays.filter((stray) => stray.endsWith(TEMPORARY_SUFFIX)))
    attempt(file, () => {
      rmSync(path.join(folder, file));
      removed.push(file);
    });

  const adopted: string[] = [];
  const orphans = strays.filter((stray) => stray.endsWith(".png"));
  // Within the batch's transaction this is a savepoint: one that is refused leaves nothing, and the others stay.
  const insert = database.transaction((orphan: Orphan) => writer.insertRows(orphan.record, orphan.stored));
  for (let start = 0; start < orphans.length; start += ADOPTION_BATCH)
    attempt(folder, () => {
      const batch: string[] = [];
      writer.transaction(() => {
        for (const file of orphans.slice(start, start + ADOPTION_BATCH)) {
          if (!database.inTransaction) break; // a full disk has ended it, and the commit will say so
          attempt(file, () => {
            const orphan = readOrphan(folder, file);
            if (orphan === undefined || reader.has(orphan.record.id)) return;
            insert(orphan);
            batch.push(orphan.record.id);
          });
        }
      });
      adopted.push(...batch);
    });

  // What lies outside the picture folders, or in one that could not be listed, is not judged.
  const judged = rows.filter(
    ({ file }) =>
      file.startsWith(`${IMAGE_FOLDER}/`) && !unreadable.some((place) => file.startsWith(`${place.folder}/`)),
  );
  const isGone = (row: ImageRow): boolean => !files.has(row.file);
  const changed = judged.filter((row) => isGone(row) !== (row.is_missing === 1));
  if (changed.length > 0)
    attempt(folder, () => {
      const mark = database.prepare<[number, number]>("UPDATE images SET is_missing = ? WHERE generation_key = ?");
      writer.transaction(() => {
        for (const row of changed) mark.run(isGone(row) ? 1 : 0, row.generation_key);
      });
    });
  return { removed, adopted, missing: judged.filter(isGone).map((row) => row.id), problems };
}
