/**
 * @file The pictures in which a character is: those whose prompt has one of that name. The database narrows it down by the
 * text of the stored trees, and each tree that may hold the name is read to know.
 */

import type Database from "better-sqlite3";
import type { PicturePage } from "../../contract/studio.ts";
import { characterName, charactersOf, readPrompt } from "../../prompt/index.ts";
import { summaryOfRow } from "../library/generation-row.ts";
import type { SummaryRow } from "../library/generation-row.ts";
import type { Library } from "../library/library.ts";

export interface UsesQuery {
  readonly name: string;
  readonly limit: number;
  /** An id: only what is older than that picture. */
  readonly before?: string;
}

/** @throws library.not-found where `before` is no picture; library.corrupt */
export function pagesOfCharacter(library: Library, { name, limit, before }: UsesQuery): PicturePage {
  const after = before === undefined ? undefined : library.find(before);
  return library.withDatabase("the pictures could not be searched", (database) => {
    const keys = JSON.stringify(promptKeys(database, name));
    const total = database
      .prepare<[string], number>(
        `SELECT count(*) FROM generations g JOIN images i ON i.generation_key = g.key
         WHERE g.prompt_key IN (SELECT value FROM json_each(?))
           AND NOT EXISTS (SELECT 1 FROM trash WHERE trash.generation_key = g.key)`,
      )
      .pluck()
      .get(keys);
    const rows = database
      .prepare<[string, number, string, number], SummaryRow>(
        `SELECT g.id, g.created_ms, g.width, g.height, g.seed, g.model, i.file
         FROM generations g JOIN images i ON i.generation_key = g.key
         WHERE g.prompt_key IN (SELECT value FROM json_each(?)) AND (g.created_ms, g.id) < (?, ?)
           AND NOT EXISTS (SELECT 1 FROM trash WHERE trash.generation_key = g.key)
         ORDER BY g.created_ms DESC, g.id DESC LIMIT ?`,
      )
      .all(
        keys,
        after === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(after.createdAt),
        after?.id ?? "",
        limit + 1,
      );
    const pictures = rows.slice(0, limit).map((row) => summaryOfRow(row, library.folder, database.name));
    const last = pictures.at(-1);
    return { pictures, total: total ?? 0, ...(rows.length > limit && last !== undefined ? { next: last.id } : {}) };
  });
}

function promptKeys(database: Database.Database, name: string): number[] {
  const wanted = comparable(name);
  if (wanted === "") return [];
  // Between words there may be a space or an underscore, which `%` stands for. Quotes and backslashes stand in JSON as
  // escapes of two characters, the rest as it is.
  const pattern = JSON.stringify(name.trim())
    .slice(1, -1)
    .replaceAll(/[%~]/g, (letter) => `~${letter}`)
    .replaceAll(/[ _]+/g, "%");
  const rows = database
    .prepare<[string], { key: number; source: string }>(
      "SELECT key, source FROM prompts WHERE tree LIKE '%' || ? || '%' ESCAPE '~'",
    )
    .iterate(pattern);
  const keys: number[] = [];
  for (const { key, source } of rows)
    if (charactersOf(readPrompt(source).tree).some((card) => comparable(characterName(card)) === wanted))
      keys.push(key);
  return keys;
}

/** `Rin (Mikage)` and `rin_(mikage)` are one name. */
function comparable(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, " ");
}
