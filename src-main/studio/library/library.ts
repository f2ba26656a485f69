/**
 * @file The library: every picture ever made, with everything that made it. The door to this folder.
 *
 * `library.db` knows the pictures, `images/yyyy/mm` holds them, and each PNG carries what its row says. A picture counts as
 * saved when its file and then its row are on the device; whatever interrupts that leaves either both or nothing, at the
 * latest once the library has been opened for writing again.
 */

import type Database from "better-sqlite3";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";
import type { PicturePage } from "../../contract/studio.ts";
import { nodeFiles } from "../files/file-layer.ts";
import type { FileLayer } from "../files/file-layer.ts";
import { makeWritableFolder } from "../files/sync-folder.ts";
import { GenerationReader } from "./generation-reader.ts";
import type { HistoryQuery, PictureShape } from "./generation-reader.ts";
import { GenerationWriter } from "./generation-writer.ts";
import type { StepRunner } from "./generation-writer.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { openReadableDatabase } from "./readable-database.ts";
import type { AddedPicture, ReadyPicture } from "./picture-adder.ts";
import { PictureSaver } from "./picture-saver.ts";
import type { NewGeneration } from "./picture-saver.ts";
import { finishRestoring } from "./quarantine.ts";
import { fillSearchIndex } from "./search/fill-index.ts";
import { sqliteCodeOf, withLibraryErrors } from "./sqlite-errors.ts";
import { sweep } from "./sweep.ts";
import type { SweepReport } from "./sweep.ts";
import { DATABASE_FILE, openWritableDatabase } from "./writable-database.ts";
import { acquireWriterLock } from "./writer-lock.ts";

export type { HistoryQuery, NewGeneration, PictureShape };

export interface Library {
  /** Absolute. */
  readonly folder: string;
  /** What was put right when the library was opened; undefined for readers. */
  readonly sweep: SweepReport | undefined;
  /**
   * Stores picture and row durably: once this resolves, neither a crash nor a power cut loses them. The record it gives is
   * the one that `find` gives: `saveMs` and `totalMs` end where the row, which holds them, is committed. A lone surrogate
   * in a text becomes U+FFFD.
   * @throws library.read-only for a reader; disk.full, file.unwritable, library.* when it cannot be saved: then nothing
   * of the picture stays, unless the message says that it does
   * @param claim called with the picture's id before anything of it is stored, so that its maker can write down what the
   * id stands for and still know after a crash; what it throws fails the save
   */
  save(entry: NewGeneration, claim?: (id: string) => void): Promise<GenerationRecord>;
  /**
   * Stores pictures that exist already, each with its record in it, as durably.
   * @returns one outcome for each
   * @throws as `save`: then none of them is in the library
   */
  add(ready: readonly ReadyPicture[]): Promise<AddedPicture[]>;
  /**
   * @param idOrPrefix an id, or at least its first four characters
   * @throws library.not-found naming the candidates where several ids begin so
   */
  find(idOrPrefix: string): GenerationRecord;
  /**
   * Newest first.
   * @throws settings.invalid, library.not-found where `before` is no picture's id
   */
  history(query: HistoryQuery): GenerationRecord[];
  /** The same as a gallery shows it. @throws library.not-found where `before` is no picture's id */
  page(query: HistoryQuery): PicturePage;
  /** Milliseconds that a picture of that shape usually takes here; undefined where none was made yet. */
  usualMs(shape: PictureShape): number | undefined;
  /**
   * Hands the tables to the studio's other stores, which live in the same database: the queue, drafts, settings.
   * @param doing what failed, should it fail, such as "the draft could not be saved"
   * @throws library.read-only for a reader; disk.full, library.* for what SQLite refuses
   */
  withDatabase<T>(doing: string, use: (database: Database.Database) => T): T;
  /**
   * The same for whoever only asks: readers can too.
   * @returns undefined where there is no library yet
   * @throws library.*, file.unreadable
   */
  reading<T>(doing: string, use: (database: Database.Database) => T): T | undefined;
  /** Frees the library for other writers, once saves still under way have ended. */
  close(): void;
}

export interface LibraryOptions {
  /** One writer at a time; any number of readers beside it. */
  readonly mode: "write" | "read";
  /** Where tests put themselves between the steps of a save, or bring other migrations. */
  readonly seams?: LibrarySeams;
}

export interface LibrarySeams {
  readonly files?: FileLayer;
  readonly step?: StepRunner;
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the library in `folder`. A writer makes it where there is none, takes the lock, migrates and sweeps. A reader
 * changes nothing, works beside a writer and on a read-only or full disk, and finds no pictures where there is no library.
 * @throws library.locked (a second writer), library.corrupt, library.newer, library.read-only, disk.full, file.*
 */
export function openLibrary(folder: string, { mode, seams = {} }: LibraryOptions): Library {
  const absolute = path.resolve(folder);
  return mode === "write" ? openForWriting(absolute, seams) : openForReading(absolute, seams);
}

function openForReading(folder: string, { migrations = MIGRATIONS }: LibrarySeams): Library {
  const file = path.join(folder, DATABASE_FILE);
  let database = openReadableDatabase(folder, migrations);
  let reader: GenerationReader | undefined;
  const reading = <T>(doing: string, use: (database: Database.Database) => T): T | undefined =>
    withLibraryErrors(file, doing, () => {
      database ??= openReadableDatabase(folder, migrations); // a writer may have made it meanwhile
      return database === undefined ? undefined : use(database);
    });
  const query = <T>(run: (reader: GenerationReader) => T): T | undefined =>
    reading("the library could not be read", (opened) => run((reader ??= new GenerationReader(opened, folder, file))));
  return {
    folder,
    sweep: undefined,
    save: () => Promise.reject(openForReadingOnly(folder)),
    add: () => Promise.reject(openForReadingOnly(folder)),
    find(id) {
      const found = query((rows) => rows.find(id));
      if (found !== undefined) return found;
      throw new TachieError("library.not-found", `there are no pictures in ${folder}`, { where: folder });
    },
    history: (wanted) => query((rows) => rows.history(wanted)) ?? [],
    page: (wanted) => query((rows) => rows.page(wanted)) ?? { pictures: [], total: 0 },
    usualMs: (shape) => query((rows) => rows.usualMs(shape)),
    withDatabase() {
      throw openForReadingOnly(folder);
    },
    reading,
    close: () => void database?.close(),
  };
}

function openForReadingOnly(folder: string): TachieError {
  return new TachieError("library.read-only", `the library ${folder} is open for reading`, { where: folder });
}

function openForWriting(folder: string, { files = nodeFiles, step, migrations = MIGRATIONS }: LibrarySeams): Library {
  makeWritableFolder(folder);
  const file = path.join(folder, DATABASE_FILE);
  const lock = acquireWriterLock(folder);
  let database: Database.Database | undefined;
  try {
    finishRestoring(folder);
    const opened = openWritableDatabase(folder, migrations);
    database = opened;
    return withLibraryErrors(file, "the library could not be opened", () => {
      fillSearchIndex(opened);
      const reader = new GenerationReader(opened, folder, file);
      const writer = new GenerationWriter(opened, step);
      const swept = sweep(folder, { database: opened, reader, writer });
      const saver = new PictureSaver({ folder, file, files, reader, writer });
      const free = (): void => {
        checkpoint(opened);
        opened.close();
        lock.release();
      };
      const guarded = <T>(run: () => T): T => withLibraryErrors(file, "the library could not be read", run);
      return {
        folder,
        sweep: swept,
        save: (entry, claim) => saver.save(entry, claim),
        add: (ready) => saver.add(ready),
        find: (id) => guarded(() => reader.find(id)),
        history: (query) => guarded(() => reader.history(query)),
        page: (query) => guarded(() => reader.page(query)),
        usualMs: (shape) => guarded(() => reader.usualMs(shape)),
        withDatabase: (doing, use) => withLibraryErrors(file, doing, () => use(opened)),
        reading: (doing, use) => withLibraryErrors(file, doing, () => use(opened)),
        close: () => saver.whenIdle(free),
      };
    });
  } catch (error) {
    database?.close();
    lock.release();
    throw error;
  }
}

/** Leaves one file instead of three. Where that cannot be, the log stays, and loses nothing: the next opening reads it. */
function checkpoint(database: Database.Database): void {
  try {
    database.pragma("wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (sqliteCodeOf(error) === undefined) throw error;
  }
}
