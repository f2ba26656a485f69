/**
 * @file Removes for good the pictures that are marked as leaving: first the file and its thumbnail, then the rows, so that
 * a crash between leaves a marked row, never a file without one, which would be adopted again.
 */

import type Database from "better-sqlite3";
import { rmSync, unlinkSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../files/file-errors.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { IMAGE_PATH } from "./image-listing.ts";
import { thumbnailPath } from "./thumbnail-path.ts";

export interface Removal {
  /** Ids of pictures that are gone. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
  /** Files that could not be removed, and why: their pictures are in the trash again. */
  readonly problems: readonly { readonly where: string; readonly reason: string }[];
}

interface LeavingRow {
  readonly key: number;
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly prompt_key: number;
  readonly negative_key: number;
  readonly system_key: number;
}

/** Pictures between two commits. */
const BATCH = 200;

/** @throws SQLite's own errors; what is done by then stays done, and the rest is still marked */
export function removeLeaving(database: Database.Database, folder: string): Removal {
  const leaving = database.prepare<[number], LeavingRow>(
    `SELECT g.key, g.id, g.prompt_key, g.negative_key, g.system_key, i.file, i.bytes
     FROM trash t JOIN generations g ON g.key = t.generation_key JOIN images i ON i.generation_key = g.key
     WHERE t.is_leaving = 1 LIMIT ?`,
  );
  const removed: string[] = [];
  const problems: { where: string; reason: string }[] = [];
  let freedBytes = 0;
  for (let rows = leaving.all(BATCH); rows.length > 0; rows = leaving.all(BATCH)) {
    const gone: LeavingRow[] = [];
    const kept: LeavingRow[] = [];
    for (const row of rows) {
      const reason = removeFiles(folder, row);
      if (reason === undefined) gone.push(row);
      else {
        kept.push(row);
        problems.push({ where: row.file, reason });
      }
    }
    // Else a power cut could bring a file back whose row is gone.
    for (const place of new Set(gone.map(({ file }) => path.dirname(path.join(folder, file))))) syncIfThere(place);
    removeRows(database, gone, kept);
    removed.push(...gone.map(({ id }) => id));
    freedBytes += gone.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  return { removed, freedBytes, problems };
}

/** @returns why the picture is still there */
function removeFiles(folder: string, { file, id }: LeavingRow): string | undefined {
  if (!IMAGE_PATH.test(file)) return "it does not lie where pictures lie";
  try {
    unlinkSync(path.join(folder, file));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) !== "ENOENT") return (error as Error).message;
  }
  try {
    rmSync(path.join(folder, thumbnailPath(id)), { force: true });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error; // a small picture that stays behind is found by `library verify`
  }
  return undefined;
}

function syncIfThere(place: string): void {
  try {
    syncFolder(place);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** A prompt or text goes with the last picture that used it. */
function removeRows(database: Database.Database, gone: readonly LeavingRow[], kept: readonly LeavingRow[]): void {
  const stay = database.prepare<[number]>("UPDATE trash SET is_leaving = 0 WHERE generation_key = ?");
  const remove = database.prepare<[number]>("DELETE FROM generations WHERE key = ?");
  const removePrompt = database.prepare<[number]>(
    "DELETE FROM prompts WHERE key = ? AND NOT EXISTS (SELECT 1 FROM generations WHERE prompt_key = prompts.key)",
  );
  const removeText = database.prepare<[number]>(
    `DELETE FROM texts WHERE key = ?
     AND NOT EXISTS (SELECT 1 FROM generations WHERE negative_key = texts.key)
     AND NOT EXISTS (SELECT 1 FROM generations WHERE system_key = texts.key)`,
  );
  database
    .transaction(() => {
      for (const { key } of kept) stay.run(key);
      for (const { key } of gone) remove.run(key);
      for (const key of new Set(gone.map((row) => row.prompt_key))) removePrompt.run(key);
      for (const key of new Set(gone.flatMap((row) => [row.negative_key, row.system_key]))) removeText.run(key);
    })
    .immediate();
}
