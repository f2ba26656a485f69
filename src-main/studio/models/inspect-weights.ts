/**
 * @file From a path to what the weights there are: opens the header, recognises it, and names files that are no weights at
 * all (a git-lfs pointer, a web page, GGUF, a pickle). A checkpoint in parts is taken as one, by its index.
 */

import { lstatSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { openCheckpoint } from "../../graph/checkpoint.ts";
import { SafetensorsError, openSafetensors } from "../../graph/safetensors.ts";
import type { SafetensorsFile, SafetensorsReason } from "../../graph/safetensors.ts";
import { finding } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { recognise } from "./recognise.ts";
import type { Recognition } from "./recognise.ts";

/** A file of weights, or the files of one checkpoint in parts. */
export interface Weights {
  /** The `.safetensors` file or the index, as it was found. */
  readonly path: string;
  /** The files that hold the bytes, absolute and without links. */
  readonly files: readonly SafetensorsFile[];
  readonly sizeBytes: number;
  readonly recognition: Recognition;
}

export interface WeightsInspection {
  /** Undefined where the file cannot be opened as weights. */
  readonly weights?: Weights;
  readonly findings: readonly Finding[];
}

export function isIndexFile(file: string): boolean {
  return file.endsWith(".safetensors.index.json");
}

/** @param file a `.safetensors` file, a `.safetensors.index.json`, or a folder that holds one of these */
export function inspectWeights(file: string): WeightsInspection {
  try {
    // An index, or a folder with one, is opened with its parts; all forms follow links.
    const isCheckpoint = isIndexFile(file) || statSync(file).isDirectory();
    const files = isCheckpoint ? openCheckpoint(file).files : [openSafetensors(realpathSync(file))];
    const tensors = new Map(files.flatMap((part) => [...part.tensors]));
    const recognition = recognise(tensors, file);
    const sizeBytes = files.reduce((sum, part) => sum + part.sizeBytes, 0);
    return { weights: { path: file, files, sizeBytes, recognition }, findings: [] };
  } catch (error) {
    return { findings: [refusal(error, file)] };
  }
}

/** Reasons that mean "not a safetensors file at all", as opposed to a damaged one. */
const FOREIGN_REASONS: readonly SafetensorsReason[] = [
  "git-lfs-pointer",
  "html-page",
  "zip-archive",
  "pickle",
  "gguf",
  "compressed",
  "text-file",
];

function refusal(error: unknown, file: string): Finding {
  if (error instanceof SafetensorsError) {
    if (error.reason === "gguf") return finding("type.quantised", `${file} is a GGUF file`, { where: file });
    const code = FOREIGN_REASONS.includes(error.reason) ? "file.not-weights" : "file.damaged";
    return finding(code, error.message, { where: file, remedy: error.remedy });
  }
  if (isTachieError(error, "model.incomplete") || isTachieError(error, "model.unsupported"))
    return finding("network.incomplete", error.message, { where: file, remedy: error.remedy });
  if (error instanceof TachieError)
    return finding("file.unreadable", error.message, { where: file, remedy: error.remedy });
  const errno = (error as { code?: unknown }).code;
  if (errno === "ENOENT" && lstatSync(file, { throwIfNoEntry: false }) === undefined)
    return finding("parts.missing", `${file} is missing`, {
      where: file,
      remedy: "Put the file back, or fetch it again.",
    });
  if (typeof errno === "string") {
    // A link that leads nowhere, as when a cache was cleaned by hand.
    const message = errno === "ENOENT" ? "is a link to a file that is not there" : `cannot be read (${errno})`;
    return finding("file.unreadable", `${file} ${message}`, { where: path.resolve(file) });
  }
  throw error;
}
