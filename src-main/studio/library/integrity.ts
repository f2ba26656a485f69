/** @file SQLite's own checks of a database, with everything they can stumble over as a finding. */

import Database from "better-sqlite3";
import { withRollbackJournal } from "./rollback-journal.ts";
import { sqliteCodeOf } from "./sqlite-errors.ts";

export interface CheckOptions {
  /** Whether indices are compared with their tables, and rows with those that they refer to. */
  readonly isWhole: boolean;
  /** Most findings. */
  readonly limit?: number;
}

const MAX_FINDINGS = 20;
/** A check that cannot go on has found something. */
const STUMBLES = /^SQLITE_(ERROR|CORRUPT|NOTADB)/;

/** Databases of readers up to this size are copied to memory for a whole check. */
const MAX_COPIED_BYTES = 1 << 29;

/**
 * SQLite leaves a table's own CHECKs out where a database is open for reading only; a whole check then looks at a copy.
 * @returns what is damaged; empty for a sound database
 * @throws SQLite's own errors of locks, disks and permissions
 */
export function findDamage(database: Database.Database, options: CheckOptions): readonly string[] {
  const findings = check(database, options);
  if (findings.length > 0 || !options.isWhole || !database.readonly || sizeOf(database) > MAX_COPIED_BYTES)
    return findings;
  const copy = new Database(withRollbackJournal(database.serialize()));
  try {
    return check(copy, options);
  } finally {
    copy.close();
  }
}

function sizeOf(database: Database.Database): number {
  return (
    (database.pragma("page_count", { simple: true }) as number) *
    (database.pragma("page_size", { simple: true }) as number)
  );
}

function check(database: Database.Database, { isWhole, limit = MAX_FINDINGS }: CheckOptions): readonly string[] {
  const kind = isWhole ? "integrity_check" : "quick_check";
  try {
    const rows = database.pragma(`${kind}(${limit})`) as Record<string, unknown>[];
    const findings = rows.map((row) => String(row[kind])).filter((finding) => finding !== "ok");
    if (!isWhole || findings.length > 0) return findings;
    return (database.pragma("foreign_key_check") as { table: string; parent: string }[])
      .slice(0, limit)
      .map(({ table, parent }) => `a row of ${table} refers to none of ${parent}`);
  } catch (error) {
    // Such as a text that a table's own check finds to be no JSON any more.
    if (STUMBLES.test(sqliteCodeOf(error) ?? "")) return [(error as Error).message];
    throw error;
  }
}
