/**
 * @file A stored picture's record out of the picture itself, for files that lie anywhere: `tachie show FILE.png`.
 */

import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";
import type { OwnRecord } from "./own-record.ts";
import { readPngMetadata } from "./png-metadata.ts";

/**
 * @throws image.foreign where Tachie did not make the picture, naming the tool that did where it is known;
 * image.invalid, file.not-found, file.unreadable
 */
export function recordFromPng(file: string): GenerationRecord {
  const metadata = readPngMetadata(file);
  if (metadata.kind === "own") return completeRecord(metadata.record, path.resolve(file));
  const maker =
    metadata.kind === "foreign" ? `was made by another tool (${metadata.tool})` : "says nothing of its making";
  throw new TachieError("image.foreign", `${file} ${maker}`, { where: file });
}

/** The picture cannot know how long its own saving took: `saveMs` is 0, and `totalMs` is the time of the engine's stages. */
export function completeRecord(record: OwnRecord, file: string): GenerationRecord {
  const { loadMs, encodeMs, denoiseMs, decodeMs } = record.timings;
  return {
    ...record,
    file,
    isFileMissing: false,
    steps: record.sampling.steps,
    timings: { ...record.timings, saveMs: 0, totalMs: roundMs(loadMs + encodeMs + denoiseMs + decodeMs) },
  };
}

/** Microseconds are as fine as timings are kept. */
export function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
