/** @file Checking and backing up a library's database through a connection of its own, beside whoever writes to it. */

import Database from "better-sqlite3";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { BackupFile, DatabaseCheck } from "../../contract/upkeep.ts";
import { backUp } from "../library/backups.ts";
import { findDamage } from "../library/integrity.ts";
import { withLibraryErrors } from "../library/sqlite-errors.ts";
import { BUSY_TIMEOUT_MS, DATABASE_FILE } from "../library/writable-database.ts";

export interface DatabaseTask {
  /** Of the library, absolute. */
  readonly folder: string;
  /** `backup` checks everything first, so that a damaged database never takes the place of a sound backup. */
  readonly kind: "quick-check" | "whole-check" | "backup";
}

export interface DatabaseTaskResult {
  readonly check: DatabaseCheck;
  /** Present after `backup` of a sound database. */
  readonly backup?: BackupFile;
}

/** @throws library.locked, library.corrupt for what cannot even be opened, disk.full, file.* */
export function runDatabaseTask({ folder, kind }: DatabaseTask): DatabaseTaskResult {
  const file = path.join(folder, DATABASE_FILE);
  return withLibraryErrors(file, "the library could not be looked after", () => {
    // Nothing is written, but SQLite checks less of what may only be read.
    const database = new Database(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const startedAt = performance.now();
      const isWhole = kind !== "quick-check";
      const findings = findDamage(database, { isWhole });
      const durationMs = Math.round(performance.now() - startedAt);
      const check = { checkedAt: new Date().toISOString(), isWhole, durationMs, findings };
      return kind === "backup" && findings.length === 0 ? { check, backup: backUp(database, folder) } : { check };
    } finally {
      database.close();
    }
  });
}

/** @throws library.corrupt naming what was found first */
export function requireSoundCheck({ findings: [finding] }: DatabaseCheck, folder: string): void {
  if (finding === undefined) return;
  throw new TachieError("library.corrupt", `the library is damaged, so it was not backed up: ${finding}`, {
    where: path.join(folder, DATABASE_FILE),
    remedy: "End every Tachie and run `tachie library repair`.",
  });
}
