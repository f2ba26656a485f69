/**
 * @file Saves pictures: encodes, stores the file durably, commits the rows, in this order, so that no row is ever without
 * its picture; and takes the file back where the rows are refused.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { EngineTimings, GenerationRecord, RgbImage } from "../../contract/generation.ts";
import { DurableFolder } from "../files/durable-folder.ts";
import type { FileLayer } from "../files/file-layer.ts";
import { encodePng } from "../png/encode-png.ts";
import { OWN_KEYWORD, parseOwnRecord, writeOwnRecord } from "../png/own-record.ts";
import type { OwnRecord } from "../png/own-record.ts";
import { PARAMETERS_KEYWORD, writeParameters } from "../png/parameters.ts";
import { encodeInternationalText, encodePngText } from "../png/png-texts.ts";
import { productVersion } from "../png/product-version.ts";
import { roundMs } from "../png/record-from-png.ts";
import type { GenerationReader } from "./generation-reader.ts";
import { isOutcomeUnknown } from "./generation-writer.ts";
import type { GenerationWriter } from "./generation-writer.ts";
import { IdSource } from "./identifiers.ts";
import { imagePath } from "./image-listing.ts";
import { addPictures } from "./picture-adder.ts";
import type { AddedPicture, ReadyPicture } from "./picture-adder.ts";
import { libraryError } from "./sqlite-errors.ts";

/** A finished picture to be saved: a record without what saving itself finds out. */
export type NewGeneration = Omit<
  GenerationRecord,
  "id" | "file" | "isFileMissing" | "createdAt" | "timings" | "origin" | "trashedAt"
> & {
  readonly timings: EngineTimings;
  readonly image: RgbImage;
  /** `performance.now()` of this process when the job was taken up. */
  readonly startedAt: number;
};

export interface PictureSaverParts {
  /** The library's, absolute. */
  readonly folder: string;
  /** The database's, for messages. */
  readonly file: string;
  readonly files: FileLayer;
  readonly reader: GenerationReader;
  readonly writer: GenerationWriter;
}

export class PictureSaver {
  readonly #parts: PictureSaverParts;
  readonly #pictures: DurableFolder;
  readonly #ids: IdSource;
  readonly #idleListeners: (() => void)[] = [];
  #running = 0;
  #isEnding = false;

  constructor(parts: PictureSaverParts) {
    const { folder, files, reader } = parts;
    this.#parts = parts;
    this.#pictures = new DurableFolder(files, folder);
    this.#ids = new IdSource((id) => reader.has(id) || existsSync(path.join(folder, imagePath(id, new Date()))));
  }

  /** Refuses further saves and calls `listener` once those under way have ended. */
  whenIdle(listener: () => void): void {
    this.#isEnding = true;
    if (this.#running === 0) listener();
    else this.#idleListeners.push(listener);
  }

  /** See `Library.save`. */
  save(entry: NewGeneration, claim?: (id: string) => void): Promise<GenerationRecord> {
    return this.#counted(() => this.#save(entry, claim));
  }

  /** See `Library.add`. */
  add(ready: readonly ReadyPicture[]): Promise<AddedPicture[]> {
    const { file, writer } = this.#parts;
    return this.#counted(() => addPictures(ready, { file, writer, pictures: this.#pictures }));
  }

  async #counted<T>(run: () => Promise<T>): Promise<T> {
    if (this.#isEnding) throw new TachieError("internal.bug", "a picture was to be saved in a library already closed");
    this.#running++;
    try {
      return await run();
    } finally {
      if (--this.#running === 0) for (const listener of this.#idleListeners.splice(0)) listener();
    }
  }

  async #save(entry: NewGeneration, claim?: (id: string) => void): Promise<GenerationRecord> {
    const savingSince = performance.now();
    const { image, startedAt, ...settings } = entry;
    const createdAt = new Date();
    const id = this.#ids.next(createdAt);
    const record = wellFormed(settings, id, createdAt);
    requireSizeOf(image, record);

    const bytes = await encodePng(image, encodeTexts(record));
    claim?.(id);
    const relative = imagePath(id, createdAt);
    const file = await this.#pictures.store(relative, bytes);

    const now = performance.now();
    const timings = { ...record.timings, saveMs: roundMs(now - savingSince), totalMs: roundMs(now - startedAt) };
    const complete = { ...record, file, isFileMissing: false, steps: record.sampling.steps, timings };
    try {
      const sha256 = createHash("sha256").update(bytes).digest();
      this.#parts.writer.insert(complete, { file: relative, bytes: bytes.length, sha256 });
    } catch (error) {
      throw await this.#refused(error, relative, file);
    }
    return complete;
  }

  /** Takes the picture back, unless its row may yet turn out to be stored. */
  async #refused(error: unknown, relative: string, file: string): Promise<unknown> {
    if (isOutcomeUnknown(error))
      return libraryError(
        error,
        this.#parts.file,
        `the picture is in ${file}, but its row could not be written (it gets one when the library is next opened)`,
      );
    await this.#pictures.discard(relative);
    return libraryError(error, this.#parts.file, "the picture could not be saved");
  }
}

/** As both SQLite and a PNG can hold it, so that what is returned now is what is found later. */
function wellFormed(settings: Omit<NewGeneration, "image" | "startedAt">, id: string, createdAt: Date): OwnRecord {
  const { texts, timings } = settings;
  return {
    ...settings,
    id,
    createdAt: createdAt.toISOString(),
    prompt: settings.prompt.toWellFormed(),
    tree: JSON.parse(JSON.stringify(settings.tree)) as unknown,
    texts: {
      system: texts.system.toWellFormed(),
      positive: texts.positive.toWellFormed(),
      negative: texts.negative.toWellFormed(),
    },
    timings: {
      loadMs: roundMs(timings.loadMs),
      encodeMs: roundMs(timings.encodeMs),
      denoiseMs: roundMs(timings.denoiseMs),
      decodeMs: roundMs(timings.decodeMs),
      stepMs: timings.stepMs.map(roundMs),
    },
  };
}

/**
 * The chunks that say how the picture was made. What is written is read back first: a picture from which its row could not
 * be rebuilt must not be stored.
 */
function encodeTexts(record: OwnRecord): Buffer[] {
  const own = writeOwnRecord(record, productVersion());
  try {
    parseOwnRecord(own, "the new picture");
  } catch (cause) {
    throw new TachieError("internal.bug", `a record that cannot be stored: ${(cause as Error).message}`, { cause });
  }
  return [
    encodePngText({ keyword: PARAMETERS_KEYWORD, text: writeParameters(record, productVersion()) }),
    encodeInternationalText({ keyword: OWN_KEYWORD, text: own }),
  ];
}

function requireSizeOf(image: RgbImage, { width, height }: OwnRecord): void {
  if (image.width === width && image.height === height) return;
  const message = `a picture of ${image.width}x${image.height} was to be saved as ${width}x${height}`;
  throw new TachieError("internal.bug", message);
}
