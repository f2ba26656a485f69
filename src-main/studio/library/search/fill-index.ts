/**
 * @file Indexes what was stored before there was an index, or before it was as it is now: in batches, each committed, so
 * that an interrupted run goes on where it stopped.
 */

import type Database from "better-sqlite3";
import { INDEX_VERSION } from "../../../prompt/search/index.ts";
import { SearchIndexWriter } from "./index-writer.ts";
import type { Choices, IndexedPrompt } from "./index-writer.ts";

/** Rows between two commits. */
const BATCH = 500;

/** @param database at the latest version, open for writing; one without the index's tables is left as it is */
export function fillSearchIndex(database: Database.Database): void {
  if (!hasIndex(database)) return;
  const writer = new SearchIndexWriter(database);
  const prompts = database.prepare<[number, number], IndexedPrompt & { key: number }>(
    `SELECT p.key, p.source, p.positive FROM prompts p LEFT JOIN search_prompts s ON s.prompt_key = p.key
     WHERE s.version IS NULL OR s.version <> ? LIMIT ?`,
  );
  const pictures = database.prepare<[number], Choices & { key: number }>(
    "SELECT key, toggles, loras, model FROM generations WHERE toggles_key IS NULL LIMIT ?",
  );
  const setChoices = database.prepare<[number, number, number]>(
    "UPDATE generations SET toggles_key = ?, loras_key = ? WHERE key = ?",
  );
  inBatches(database, () => {
    const rows = prompts.all(INDEX_VERSION, BATCH);
    for (const row of rows) writer.addPrompt(row.key, row);
    return rows.length;
  });
  inBatches(database, () => {
    const rows = pictures.all(BATCH);
    for (const row of rows) {
      const { togglesKey, lorasKey } = writer.choiceKeys(row);
      setChoices.run(togglesKey, lorasKey, row.key);
    }
    return rows.length;
  });
}

/** Older migrations, which tests run alone, make no index. */
function hasIndex(database: Database.Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'search_prompts'").get() !== undefined;
}

function inBatches(database: Database.Database, fill: () => number): void {
  while (database.transaction(fill).immediate() === BATCH);
}
