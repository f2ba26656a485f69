/** @file Whether a library's database can be used: what opening it checks, and SQLite's whole check. Changes nothing. */

import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import { findDamage } from "./integrity.ts";
import type { Migration } from "./migrations/migration.ts";
import { openReadableDatabase } from "./readable-database.ts";
import { withLibraryErrors } from "./sqlite-errors.ts";
import { DATABASE_FILE } from "./writable-database.ts";

/**
 * @returns what is damaged; empty for a sound database, and where there is none
 * @throws library.newer, library.locked, file.unreadable: what is no damage, and must not be repaired
 */
export function examineLibrary(folder: string, migrations: readonly Migration[]): readonly string[] {
  const file = path.join(folder, DATABASE_FILE);
  try {
    const database = openReadableDatabase(folder, migrations);
    if (database === undefined) return [];
    try {
      return withLibraryErrors(file, "the library could not be checked", () => findDamage(database, { isWhole: true }));
    } finally {
      database.close();
    }
  } catch (error) {
    if (isTachieError(error, "library.corrupt")) return [error.message];
    throw error;
  }
}
