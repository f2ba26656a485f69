/**
 * @file Compares a database's tables with what the migrations make, so that a damaged or altered schema is found when the
 * library is opened, not in the middle of a save.
 */

import Database from "better-sqlite3";
import { TachieError } from "../../contract/errors.ts";
import { migrate } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";

const SCHEMA = "SELECT type || ' ' || name AS item, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'";

interface SchemaItem {
  readonly item: string;
  readonly sql: string;
}

/**
 * @param database at the latest version
 * @throws library.corrupt naming the table or index that is missing or different; what is there besides does no harm
 */
export function requireSchema(database: Database.Database, file: string, migrations: readonly Migration[]): void {
  const model = new Database(":memory:");
  migrate(model, migrations);
  const wanted = model.prepare<[], SchemaItem>(SCHEMA).all();
  model.close();
  const found = new Map(
    database
      .prepare<[], SchemaItem>(SCHEMA)
      .all()
      .map(({ item, sql }) => [item, sql]),
  );
  for (const { item, sql } of wanted)
    if (found.get(item) !== sql)
      throw new TachieError("library.corrupt", `${file} is damaged: ${item} is not what it must be`, { where: file });
}
