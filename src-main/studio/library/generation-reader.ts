/** @file The queries for pictures: by id, by prefix, newest first. Lists leave out what is in the trash. */

import type Database from "better-sqlite3";
import { TachieError } from "../../contract/errors.ts";
import type { GenerationRecord, ImageSize } from "../../contract/generation.ts";
import type { PicturePage } from "../../contract/studio.ts";
import { recordOf, summaryOfRow } from "./generation-row.ts";
import type { GenerationRow, SummaryRow, TimingRow } from "./generation-row.ts";
import { endOfPrefix, normaliseId, SHORTEST_PREFIX } from "./identifiers.ts";

const SELECT = `
  SELECT g.*, p.source, p.dialect, p.tree, p.positive, n.text AS negative, s.text AS system, i.file, t.trashed_ms,
    o.tool AS origin_tool, o.file_name AS origin_file_name, o.sha256 AS origin_sha256, o.known AS origin_known,
    k.calibration, k.evaluations, k.skipped
  FROM generations g
  LEFT JOIN skips k ON k.generation_key = g.key
  JOIN prompts p ON p.key = g.prompt_key
  JOIN texts n ON n.key = g.negative_key
  JOIN texts s ON s.key = g.system_key
  JOIN images i ON i.generation_key = g.key
  LEFT JOIN origins o ON o.generation_key = g.key
  LEFT JOIN trash t ON t.generation_key = g.key`;
const SELECT_SUMMARY = `
  SELECT g.id, g.created_ms, g.width, g.height, g.seed, g.model, i.file
  FROM generations g
  JOIN images i ON i.generation_key = g.key`;
/** What lists of pictures and searches leave out; `g` is the generation. */
export const IS_NOT_TRASHED = "NOT EXISTS (SELECT 1 FROM trash WHERE trash.generation_key = g.key)";
const NEWEST_FIRST = "ORDER BY g.created_ms DESC, g.id DESC LIMIT ?";

export interface HistoryQuery {
  /** Most records to return, from 0 up. */
  readonly limit: number;
  /** An id: only what is older than that picture. */
  readonly before?: string;
}

/** What decides how long a picture takes on one machine. */
export interface PictureShape extends ImageSize {
  /** The model's name. */
  readonly model: string;
  readonly steps: number;
}

/** Pictures that the time of the next one is guessed from. */
const TIMINGS_SAMPLED = 9;
/** Candidates that a message about an ambiguous prefix names. */
const CANDIDATES = 5;

export class GenerationReader {
  readonly #folder: string;
  readonly #file: string;
  readonly #statements: ReturnType<typeof prepareStatements>;

  /**
   * @param folder the library's, absolute
   * @param file the database's, for messages
   */
  constructor(database: Database.Database, folder: string, file: string) {
    this.#folder = folder;
    this.#file = file;
    this.#statements = prepareStatements(database);
  }

  has(id: string): boolean {
    return this.#statements.timeOf.get(id) !== undefined;
  }

  /**
   * @param typed an id, or the beginning of exactly one
   * @throws library.not-found naming the candidates where several begin so
   */
  find(typed: string): GenerationRecord {
    const { byId } = this.#statements;
    const id = normaliseId(typed);
    // As it is first: what was imported may have letters in its id that nobody types.
    const row = byId.get(typed) ?? byId.get(id) ?? this.#byPrefix(id, typed);
    return this.#record(row);
  }

  #byPrefix(prefix: string, typed: string): GenerationRow {
    if (prefix.length < SHORTEST_PREFIX) {
      const message = `"${typed}" is too short for an id: give at least its first ${SHORTEST_PREFIX} characters`;
      throw new TachieError("library.not-found", message, { where: this.#folder });
    }
    const ids = this.#statements.idsByPrefix.all(prefix, endOfPrefix(prefix), CANDIDATES + 1).map(({ id }) => id);
    const row = ids.length === 1 ? this.#statements.byId.get(ids[0] ?? "") : undefined;
    if (row !== undefined) return row;
    if (ids.length === 0)
      throw notFound(`no picture in ${this.#folder} has an id that begins with "${typed}"`, this.#folder);
    const names = ids.slice(0, CANDIDATES).join(", ") + (ids.length > CANDIDATES ? ", …" : "");
    throw new TachieError("library.not-found", `several ids begin with "${typed}": ${names}`, {
      where: this.#folder,
      remedy: "Give more characters of the id.",
    });
  }

  /**
   * Newest first.
   * @param before an id: only what is older than that picture
   * @throws settings.invalid; library.not-found where `before` is no picture
   */
  history({ limit, before }: HistoryQuery): GenerationRecord[] {
    if (!Number.isSafeInteger(limit) || limit < 0)
      throw new TachieError("settings.invalid", `limit is ${limit}, but must be a whole number from 0 up`, {
        where: "limit",
      });
    if (before === undefined) return this.#statements.newest.all(limit).map((row) => this.#record(row));
    const { createdMs, id } = this.#placeOf(before);
    return this.#statements.older.all(createdMs, id, limit).map((row) => this.#record(row));
  }

  /**
   * What a gallery shows, newest first, without reading prompts.
   * @throws library.not-found where `before` is no picture
   */
  page({ limit, before }: HistoryQuery): PicturePage {
    const { newestSummaries, olderSummaries, count } = this.#statements;
    let rows: SummaryRow[];
    if (before === undefined) rows = newestSummaries.all(limit + 1);
    else {
      const { createdMs, id } = this.#placeOf(before);
      rows = olderSummaries.all(createdMs, id, limit + 1);
    }
    const pictures = rows.slice(0, limit).map((row) => summaryOfRow(row, this.#folder, this.#file));
    const last = pictures.at(-1);
    return {
      pictures,
      ...(rows.length > limit && last !== undefined ? { next: last.id } : {}),
      total: count.get()?.total ?? 0,
    };
  }

  /**
   * Milliseconds that a picture of that shape takes once its model is loaded: the median of the latest ones.
   * @returns undefined where there is none yet
   */
  usualMs({ model, width, height, steps }: PictureShape): number | undefined {
    const rows = this.#statements.durations.all(model, width, height, steps, TIMINGS_SAMPLED);
    const sorted = rows.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }

  #placeOf(typed: string): { readonly createdMs: number; readonly id: string } {
    for (const id of [typed, normaliseId(typed)]) {
      const time = this.#statements.timeOf.get(id);
      if (time !== undefined) return { createdMs: time.created_ms, id };
    }
    throw notFound(`no picture in ${this.#folder} has the id "${typed}"`, this.#folder);
  }

  #record(row: GenerationRow): GenerationRecord {
    return recordOf(row, this.#statements.timings.all(row.key), this.#folder, this.#file);
  }
}

function notFound(message: string, where: string): TachieError {
  return new TachieError("library.not-found", message, { where });
}

function prepareStatements(database: Database.Database) {
  return {
    byId: database.prepare<[string], GenerationRow>(`${SELECT} WHERE g.id = ?`),
    timeOf: database.prepare<[string], { created_ms: number }>("SELECT created_ms FROM generations WHERE id = ?"),
    idsByPrefix: database.prepare<[string, string, number], { id: string }>(
      "SELECT id FROM generations WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
    ),
    newest: database.prepare<[number], GenerationRow>(`${SELECT} WHERE ${IS_NOT_TRASHED} ${NEWEST_FIRST}`),
    older: database.prepare<[number, string, number], GenerationRow>(
      `${SELECT} WHERE ${IS_NOT_TRASHED} AND (g.created_ms, g.id) < (?, ?) ${NEWEST_FIRST}`,
    ),
    newestSummaries: database.prepare<[number], SummaryRow>(
      `${SELECT_SUMMARY} WHERE ${IS_NOT_TRASHED} ${NEWEST_FIRST}`,
    ),
    olderSummaries: database.prepare<[number, string, number], SummaryRow>(
      `${SELECT_SUMMARY} WHERE ${IS_NOT_TRASHED} AND (g.created_ms, g.id) < (?, ?) ${NEWEST_FIRST}`,
    ),
    count: database.prepare<[], { total: number }>(
      "SELECT (SELECT count(*) FROM images) - (SELECT count(*) FROM trash) AS total",
    ),
    durations: database.prepare<[string, number, number, number, number], { ms: number }>(`
      SELECT t.duration_ms - coalesce(l.duration_ms, 0) AS ms
      FROM (SELECT key FROM generations WHERE model = ? AND width = ? AND height = ? AND steps = ?
            ORDER BY created_ms DESC LIMIT ?) g
      JOIN timings t ON t.generation_key = g.key AND t.stage = 'total'
      LEFT JOIN timings l ON l.generation_key = g.key AND l.stage = 'load'`),
    timings: database.prepare<[number], TimingRow>(
      "SELECT stage, duration_ms, step_ms FROM timings WHERE generation_key = ?",
    ),
  };
}
