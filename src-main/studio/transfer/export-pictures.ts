/** @file Writes pictures of the library into a folder of the author's, in the form that is asked for. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { TachieError, isTachieError, toErrorData } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";
import type { ExportForm, ExportReport, ExportRequest, TransferProgress } from "../../contract/transfer.ts";
import { cancelledError } from "../../contract/wire.ts";
import { readingError } from "../files/file-errors.ts";
import type { Library } from "../library/library.ts";
import { writeParameters } from "../png/parameters.ts";
import { productVersion } from "../png/product-version.ts";
import { barePng } from "./bare-png.ts";
import { drawSheet, MAX_SHEET_PICTURES } from "./contact-sheet.ts";
import { ExportFolder, isFileName } from "./export-folder.ts";
import type { Exported } from "./export-folder.ts";
import { zipPictures } from "./export-zip.ts";
import { encodeWebp } from "./webp.ts";

export interface ExportOptions extends ExportRequest {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress) => void;
}

type Refusals = { id: string; error: ReturnType<typeof toErrorData> }[];
type Single = Exclude<ExportForm, "zip" | "sheet">;

/**
 * @param library open for reading or writing
 * @throws file.not-found, file.unwritable for the folder; disk.full; library.not-found, and whatever the only picture
 * fails with; job.cancelled
 */
export async function exportPictures(library: Pick<Library, "find">, options: ExportOptions): Promise<ExportReport> {
  const { ids, as, signal, onProgress } = options;
  if (options.name !== undefined && !isFileName(options.name))
    throw new TachieError("settings.invalid", `${JSON.stringify(options.name)} is no name of a file`, {
      where: "name",
    });
  const folder = new ExportFolder(options.folder);
  if (as === "sheet" && ids.length > MAX_SHEET_PICTURES)
    throw new TachieError("settings.invalid", `${ids.length} pictures are more than a sheet holds`, {
      where: "sheet",
      remedy: `Choose at most ${MAX_SHEET_PICTURES}.`,
    });
  const refused: Refusals = [];
  const records = ids.map((id) => library.find(id)).filter((record) => isThere(record, refused));
  const exported: Exported[] = [];
  if (as === "zip" || as === "sheet") {
    requireSome(records, refused);
    const name = options.name ?? `tachie-${new Date().toISOString().slice(0, 10)}`;
    const content = as === "zip" ? zipPictures(records) : await drawSheet(records);
    exported.push(await folder.write(name, as === "zip" ? ".zip" : ".png", content));
    onProgress({ done: records.length, total: records.length });
  } else
    for (const [index, record] of records.entries()) {
      if (signal.aborted) throw cancelledError();
      try {
        exported.push(await folder.write(record.id, as === "webp" ? ".webp" : ".png", await contentOf(record, as)));
      } catch (error) {
        if (!isTachieError(error, "image.invalid") && !isTachieError(error, "file.unreadable")) throw error;
        refused.push({ id: record.id, error: toErrorData(error) });
      }
      onProgress({ done: index + 1, total: records.length });
    }
  return {
    files: exported.map(({ file }) => file),
    sizeBytes: exported.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    refused,
  };
}

async function contentOf(record: GenerationRecord, as: Single): Promise<Buffer> {
  if (as === "webp") return encodeWebp(record.file, writeParameters(record, productVersion()));
  const bytes = await readPicture(record.file);
  return as === "png" ? bytes : barePng(bytes, record.file);
}

async function readPicture(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw readingError(error, file);
  }
}

function isThere({ id, file }: GenerationRecord, refused: Refusals): boolean {
  if (existsSync(file)) return true;
  const error = new TachieError("file.not-found", `the file of the picture ${id} is gone: ${file}`, { where: file });
  refused.push({ id, error: toErrorData(error) });
  return false;
}

function requireSome(records: readonly GenerationRecord[], [first]: Refusals): void {
  if (records.length > 0) return;
  throw new TachieError("file.not-found", first?.error.message ?? "there is no picture to be exported");
}
