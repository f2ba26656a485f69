/**
 * @file Takes pictures from folders into the library, a batch at a time: each batch is stored durably before the next is
 * read, so whatever ends an import keeps what came before, and importing the same folder again goes on from there.
 */

import type Database from "better-sqlite3";
import { isTachieError, toErrorData } from "../../contract/errors.ts";
import type { PictureSummary } from "../../contract/studio.ts";
import type { ImportReport, ImportedFile, TransferProgress } from "../../contract/transfer.ts";
import { cancelledError } from "../../contract/wire.ts";
import { summaryOf } from "../library/generation-row.ts";
import { IdSource } from "../library/identifiers.ts";
import type { Library } from "../library/library.ts";
import type { ReadyPicture } from "../library/picture-adder.ts";
import { findPngs } from "./find-pngs.ts";
import { adoptForeign, readFoundPicture } from "./imported-record.ts";
import { readAhead, requireRead } from "./read-ahead.ts";
import type { ReadPng } from "./read-ahead.ts";

export interface ImportOptions {
  /** Absolute: folders, or PNG files. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress) => void;
  /** Called with each batch once it is stored. */
  readonly onAdded: (pictures: readonly PictureSummary[]) => void;
}

/** Files stored in one commit. */
const BATCH = 64;
/** Bytes of pictures held in memory at once, whatever their number. */
const BATCH_BYTES = 64 << 20;

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/**
 * @throws file.not-found, file.unreadable, image.invalid for what was named; job.cancelled; disk.full, library.*: what was
 * imported by then stays
 */
export async function importPictures(library: Library, options: ImportOptions): Promise<ImportReport> {
  const { paths, signal, onProgress, onAdded } = options;
  const startedAt = performance.now();
  const found = await findPngs(paths, library.folder, signal);
  const report: Mutable<ImportReport> = {
    found: found.length,
    imported: [],
    duplicates: [],
    silent: [],
    refused: [],
    durationMs: 0,
  };
  const batch = new ImportBatch(library);
  let done = 0;
  const store = async (): Promise<void> => {
    const readSoFar = done;
    const pictures = await batch.store(report);
    if (pictures.length > 0) onAdded(pictures);
    onProgress({ done: readSoFar, total: found.length, imported: report.imported.length });
  };
  // The next batch is read while this one is written: one is a matter of the processor, the other of the disk.
  let storing = Promise.resolve();
  try {
    for await (const read of readAhead(found)) {
      if (isAborted(signal)) throw cancelledError();
      batch.take(read, report);
      done++;
      if (!batch.isFull) continue;
      await storing;
      storing = store();
      storing.catch(() => undefined); // whoever waits for it is told
    }
  } finally {
    await storing;
  }
  await store();
  return { ...report, durationMs: Math.round(performance.now() - startedAt) };
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Taken {
  readonly file: string;
  /** Of the file as it was found, as hex. */
  readonly sum: string;
  readonly ready: ReadyPicture;
}

class ImportBatch {
  readonly #library: Library;
  readonly #ids: IdSource;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Ids of what was taken and has no row yet: by checksum as hex, and by themselves. */
  readonly #bySum = new Map<string, string>();
  readonly #byId = new Set<string>();
  #taken: Taken[] = [];
  #bytes = 0;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase(READING, prepareStatements);
    this.#ids = new IdSource((id) => this.#isTaken(id));
  }

  get isFull(): boolean {
    return this.#taken.length >= BATCH || this.#bytes >= BATCH_BYTES;
  }

  /** Judges a file. */
  take({ png, content }: ReadPng, report: Mutable<ImportReport>): void {
    const { file } = png;
    try {
      const { bytes, sum } = requireRead(content);
      const known = this.#idOfSum(sum);
      if (known !== undefined) {
        report.duplicates.push({ file, id: known });
        return;
      }
      const found = readFoundPicture(bytes, sum, file);
      if (found.kind === "silent") report.silent.push(file);
      else if (found.kind === "own" && this.#isTaken(found.record.id))
        report.duplicates.push({ file, id: found.record.id });
      else {
        const ready =
          found.kind === "own"
            ? found
            : adoptForeign(found.picture, { ...png, id: this.#ids.next(new Date(png.modifiedMs)) });
        this.#keep(file, ready, sum.toString("hex"));
      }
    } catch (error) {
      if (!isTachieError(error)) throw error;
      report.refused.push({ file, error: toErrorData(error) });
    }
  }

  /** Stores what was taken. @returns what is in the library now and was not before */
  async store(report: Mutable<ImportReport>): Promise<PictureSummary[]> {
    const taken = this.#taken;
    this.#taken = [];
    this.#bytes = 0;
    if (taken.length === 0) return [];
    const outcomes = await this.#library.add(taken.map(({ ready }) => ready));
    for (const { sum, ready } of taken) {
      this.#bySum.delete(sum);
      this.#byId.delete(ready.record.id);
    }
    const added: PictureSummary[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const file = taken[index]?.file ?? "";
      if (outcome.ok) {
        report.imported.push({ file, id: outcome.record.id } satisfies ImportedFile);
        added.push(summaryOf(outcome.record));
      } else report.refused.push({ file, error: toErrorData(outcome.error) });
    }
    return added;
  }

  #keep(file: string, ready: ReadyPicture, sum: string): void {
    this.#taken.push({ file, sum, ready });
    this.#bytes += ready.bytes.length;
    this.#bySum.set(sum, ready.record.id);
    this.#byId.add(ready.record.id);
  }

  #isTaken(id: string): boolean {
    return this.#byId.has(id) || this.#library.withDatabase(READING, () => this.#statements.byId.get(id) !== undefined);
  }

  #idOfSum(sum: Buffer): string | undefined {
    const here = this.#bySum.get(sum.toString("hex"));
    if (here !== undefined) return here;
    return this.#library.withDatabase(READING, () => this.#statements.bySum.get({ sum })?.id);
  }
}

const READING = "the library could not be read";

function prepareStatements(database: Database.Database) {
  return {
    byId: database.prepare<[string]>("SELECT 1 FROM generations WHERE id = ?"),
    bySum: database.prepare<[{ sum: Buffer }], { id: string }>(
      `SELECT id FROM generations WHERE key =
         coalesce((SELECT generation_key FROM images WHERE sha256 = :sum),
                  (SELECT generation_key FROM origins WHERE sha256 = :sum))`,
    ),
  };
}
