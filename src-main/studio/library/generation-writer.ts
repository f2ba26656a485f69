/**
 * @file Writes the rows of a picture, all in one transaction: the prompt and its texts (once each) with what searches look
 * at, the generation, the image, the timings.
 */

import type Database from "better-sqlite3";
import { createHash } from "node:crypto";
import type { GenerationRecord } from "../../contract/generation.ts";
import { SearchIndexWriter } from "./search/index-writer.ts";
import { sqliteCodeOf } from "./sqlite-errors.ts";

/** Runs one step of a save; fault tests put themselves between. `name` tells the steps apart. */
export type StepRunner = <T>(name: string, run: () => T) => T;

export interface StoredFile {
  /** Relative to the library, with `/`. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

interface Keyed {
  readonly key: number;
}

export class GenerationWriter {
  readonly #database: Database.Database;
  readonly #step: StepRunner;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #index: SearchIndexWriter;

  constructor(database: Database.Database, step: StepRunner = (_name, run) => run()) {
    this.#database = database;
    this.#step = step;
    this.#statements = prepareStatements(database);
    this.#index = new SearchIndexWriter(database);
  }

  /**
   * Commits one picture's rows. Its file must be durable before.
   * @throws SQLite's own error; nothing is written then, unless it is one of input and output (see `isOutcomeUnknown`)
   */
  insert(record: GenerationRecord, stored: StoredFile): void {
    this.transaction(() => this.insertRows(record, stored));
  }

  /** Runs `write` in a transaction of the one writer. */
  transaction(write: () => void): void {
    const database = this.#database;
    try {
      this.#step("begin", () => database.exec("BEGIN IMMEDIATE"));
      write();
      this.#step("commit", () => database.exec("COMMIT"));
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** A full disk can end the transaction by itself; and where rolling back fails too, the first error is the one to report. */
  #rollBack(): void {
    this.#index.forget();
    try {
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
    } catch (error) {
      if (sqliteCodeOf(error) === undefined) throw error;
    }
  }

  /** The part of `insert` inside its transaction, for callers that write several pictures in one. */
  insertRows(record: GenerationRecord, stored: StoredFile): void {
    const { texts, sampling, timings } = record;
    const { insertGeneration, insertImage, insertSkips, insertTiming, insertOrigin } = this.#statements;
    const promptKey = this.#step("prompt", () => this.#keyOfPrompt(record));
    const negativeKey = this.#step("negative", () => this.#keyOfText(texts.negative));
    const systemKey = this.#step("system", () => this.#keyOfText(texts.system));
    const choices = {
      toggles: JSON.stringify(record.toggles),
      loras: JSON.stringify(record.loras),
      model: record.model,
    };
    const choiceKeys = this.#step("choices", () => this.#index.choiceKeys(choices));
    const key = this.#step(
      "generation",
      () =>
        insertGeneration.run({
          id: record.id,
          createdMs: Date.parse(record.createdAt),
          promptKey,
          negativeKey,
          systemKey,
          seed: record.seed,
          width: record.width,
          height: record.height,
          steps: record.steps,
          guidance: sampling.guidance,
          truncate: sampling.truncate,
          renorm: sampling.renorm,
          solver: sampling.solver,
          schedule: sampling.schedule,
          shift: sampling.shift,
          model: record.model,
          modelFolder: record.modelFolder,
          modelHash: record.modelHash,
          loras: choices.loras,
          toggles: choices.toggles,
          provider: record.provider,
          parentId: record.parentId ?? null,
          ...choiceKeys,
        }).lastInsertRowid,
    );
    this.#step("image", () =>
      insertImage.run(key, stored.file, stored.bytes, stored.sha256, record.width, record.height),
    );
    const { origin } = record;
    if (origin !== undefined)
      this.#step("origin", () =>
        insertOrigin.run(
          key,
          origin.tool,
          origin.fileName,
          Buffer.from(origin.sha256, "hex"),
          JSON.stringify(origin.known),
        ),
      );
    const { stepCache } = record;
    if (stepCache !== undefined)
      this.#step("skips", () =>
        insertSkips.run(key, stepCache.calibration, stepCache.evaluations, JSON.stringify(stepCache.skipped)),
      );
    const stages = { load: timings.loadMs, encode: timings.encodeMs, denoise: timings.denoiseMs } as const;
    const rest = { decode: timings.decodeMs, save: timings.saveMs, total: timings.totalMs } as const;
    this.#step("timings", () => {
      for (const [stage, durationMs] of Object.entries({ ...stages, ...rest }))
        insertTiming.run(key, stage, durationMs, stage === "denoise" ? JSON.stringify(timings.stepMs) : null);
    });
  }

  #keyOfPrompt({ prompt, dialect, tree, texts }: GenerationRecord): number {
    const { findPrompt, insertPrompt } = this.#statements;
    const treeText = JSON.stringify(tree);
    const hash = hashOf([prompt, dialect, treeText, texts.positive]);
    const found = findPrompt.get(hash);
    if (found !== undefined) return found.key;
    const key = Number(insertPrompt.run(hash, prompt, dialect, treeText, texts.positive).lastInsertRowid);
    this.#index.addPrompt(key, { source: prompt, positive: texts.positive });
    return key;
  }

  #keyOfText(text: string): number {
    const { findText, insertText } = this.#statements;
    const hash = hashOf([text]);
    return findText.get(hash)?.key ?? Number(insertText.run(hash, text).lastInsertRowid);
  }
}

/**
 * After an error of input and output it is not known whether the commit reached the disk: the log may hold it although
 * this process will not see it, and a later start would. Other errors come before anything of the commit is written.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  return /^SQLITE_(IOERR|CORRUPT|NOTADB|NOMEM|INTERNAL)/.test(sqliteCodeOf(error) ?? "");
}

/** SHA-256 over texts, each with its length before it, so that no two lists of texts run together. */
function hashOf(texts: readonly string[]): Buffer {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest();
}

function prepareStatements(database: Database.Database) {
  return {
    findPrompt: database.prepare<[Buffer], Keyed>("SELECT key FROM prompts WHERE hash = ?"),
    insertPrompt: database.prepare<[Buffer, string, string, string, string]>(
      "INSERT INTO prompts (hash, source, dialect, tree, positive) VALUES (?, ?, ?, ?, ?)",
    ),
    findText: database.prepare<[Buffer], Keyed>("SELECT key FROM texts WHERE hash = ?"),
    insertText: database.prepare<[Buffer, string]>("INSERT INTO texts (hash, text) VALUES (?, ?)"),
    insertGeneration: database.prepare<[Record<string, string | number | null>]>(`
      INSERT INTO generations (id, created_ms, prompt_key, negative_key, system_key, seed, width, height, steps, guidance,
        truncate, renorm, solver, schedule, shift, model, model_folder, model_hash, loras, toggles, provider, parent_id,
        toggles_key, loras_key)
      VALUES (:id, :createdMs, :promptKey, :negativeKey, :systemKey, :seed, :width, :height, :steps, :guidance,
        :truncate, :renorm, :solver, :schedule, :shift, :model, :modelFolder, :modelHash, :loras, :toggles, :provider,
        :parentId, :togglesKey, :lorasKey)`),
    insertImage: database.prepare<[number | bigint, string, number, Uint8Array, number, number]>(
      "INSERT INTO images (generation_key, file, bytes, sha256, width, height) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    insertOrigin: database.prepare<[number | bigint, string, string, Buffer, string]>(
      "INSERT INTO origins (generation_key, tool, file_name, sha256, known) VALUES (?, ?, ?, ?, ?)",
    ),
    insertSkips: database.prepare<[number | bigint, string, number, string]>(
      "INSERT INTO skips (generation_key, calibration, evaluations, skipped) VALUES (?, ?, ?, ?)",
    ),
    insertTiming: database.prepare<[number | bigint, string, number, string | null]>(
      "INSERT INTO timings (generation_key, stage, duration_ms, step_ms) VALUES (?, ?, ?, ?)",
    ),
  };
}
