/**
 * @file What Tachie remembers of an installed model: where it came from, and size and SHA-256 of every file. Kept as
 * `record.json` beside the model's `model.json`; the folder of installed models is the list of them.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { writeFileAtomically } from "../../graph/atomic-file.ts";
import { readingError } from "../../graph/file-errors.ts";

export const RECORD_FILE = "record.json";
const RECORD_FORMAT = 1;

export interface RecordedFile {
  /** Relative to the model's folder with `/`, or absolute for files that lie elsewhere. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /**
   * Where the sum comes from. `published`: stated by whoever published the file, and checked. `recorded`: taken from the file
   * as it was when it was added.
   */
  readonly origin: "published" | "recorded";
}

export interface ModelRecord {
  /** `downloaded`: the files are Tachie's own. `added`: they are the user's, wherever they lie. */
  readonly origin: "downloaded" | "added";
  /** ISO 8601, UTC. */
  readonly addedAt: string;
  /** The folders that were given to `add`, absolute; or the addresses of the repositories with their commits. */
  readonly sources: readonly string[];
  readonly files: readonly RecordedFile[];
}

export function writeRecord(folder: string, record: ModelRecord): void {
  writeRecordFile(path.join(folder, RECORD_FILE), record);
}

/** @throws models.corrupt, file.unreadable; undefined where there is none */
export function readRecord(folder: string): ModelRecord | undefined {
  return readRecordFile(path.join(folder, RECORD_FILE));
}

/** As `readRecord`, but a damaged record counts as none: for looking through the records of other models. */
export function readSoundRecord(folder: string): ModelRecord | undefined {
  try {
    return readRecord(folder);
  } catch (error) {
    if (isTachieError(error, "models.corrupt")) return undefined;
    throw error;
  }
}

export function writeRecordFile(file: string, record: ModelRecord): void {
  const text = formatRecord(record);
  writeFileAtomically(file, (append) => append(Buffer.from(text)), { canReplace: true });
}

export function readRecordFile(file: string): ModelRecord | undefined {
  if (!existsSync(file)) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw readingError(error, file);
  }
  return parseRecord(text, file);
}

/** The text ends with a sum over itself, so that a bit that flips in the record is not taken for one in a file. */
function formatRecord(record: ModelRecord): string {
  const { origin, addedAt, sources, files } = record;
  const body = { format: RECORD_FORMAT, origin, addedAt, sources, files };
  return `${JSON.stringify({ ...body, sum: sumOf(body) }, undefined, 2)}\n`;
}

function parseRecord(text: string, file: string): ModelRecord {
  try {
    const { sum, ...body } = JSON.parse(text) as Record<string, unknown>;
    const record = body as unknown as ModelRecord;
    if (sum === sumOf(body) && formatRecord(record) === text) return record;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new TachieError("models.corrupt", `${file} is damaged, or was written by another version`, {
    where: file,
    remedy: "Delete this file and add or download the model again; the model's own files are not concerned.",
  });
}

function sumOf(body: object): string {
  return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}
