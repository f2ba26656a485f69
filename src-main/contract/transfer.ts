/** @file Pictures that come from elsewhere and go elsewhere: what import and export are asked and answer. */

import type { ErrorData } from "./errors.ts";

export interface TransferProgress {
  /** Files looked at, or pictures written, so far. */
  readonly done: number;
  readonly total: number;
  /** Pictures that are in the library by now, where they come. */
  readonly imported?: number;
}

export interface ImportedFile {
  /** Absolute. */
  readonly file: string;
  readonly id: string;
}

export interface ImportReport {
  /** PNG files that were looked at. */
  readonly found: number;
  readonly imported: readonly ImportedFile[];
  /** Files whose picture the library holds already, with its id. */
  readonly duplicates: readonly ImportedFile[];
  /** Whole pictures that say nothing of how they were made. */
  readonly silent: readonly string[];
  /** Files that could not be imported, and why. */
  readonly refused: readonly { readonly file: string; readonly error: ErrorData }[];
  readonly durationMs: number;
}

export const EXPORT_FORMS = ["png", "bare-png", "webp", "zip", "sheet"] as const;
/**
 * `png` is the file as it is; `bare-png` the same pixels without a word of how they were made; `webp` smaller, with the
 * prompt in it; `zip` one file with PNGs and prompts; `sheet` one PNG of all pictures, small, with their ids.
 */
export type ExportForm = (typeof EXPORT_FORMS)[number];

export interface ExportRequest {
  readonly ids: readonly string[];
  readonly as: ExportForm;
  /** Absolute: an existing folder. Nothing in it is overwritten: a name that is taken gets a number. */
  readonly folder: string;
  /** Of the one file of `zip` and `sheet`, without ending; `tachie` and the date where absent. */
  readonly name?: string;
}

export interface ExportReport {
  /** Absolute, in the order of the ids. */
  readonly files: readonly string[];
  readonly sizeBytes: number;
  /** Pictures that could not be exported, and why; the others were. */
  readonly refused: readonly { readonly id: string; readonly error: ErrorData }[];
}
