/** @file The installed models and their condition, as far as sizes tell; `verifyModel` looks at every byte. */

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { InstalledModel } from "../../contract/models.ts";
import { MODEL_MANIFEST_FILE, parseModelManifest } from "../../contract/model-folder.ts";
import type { ModelManifest } from "../../contract/model-folder.ts";
import { downloadableModels, readDownloadManifest } from "./download-manifest.ts";
import { hasDownloadState, readDownloadState } from "./download-state.ts";
import { PARTIAL_SUFFIX } from "./partial-file.ts";
import { readRecord } from "./record.ts";
import type { ModelRecord } from "./record.ts";

/** @param folders those that hold a folder for each model; the first is Tachie's own, the others are shipped */
export function listModels(folders: readonly string[]): InstalledModel[] {
  const models = new Map<string, InstalledModel>();
  for (const [index, place] of folders.entries())
    for (const name of existsSync(place) ? readdirSync(place).sort() : []) {
      const folder = path.join(place, name);
      if (name.startsWith(".") || models.has(name)) continue;
      const isModel = existsSync(path.join(folder, MODEL_MANIFEST_FILE));
      if (isModel || hasDownloadState(folder)) models.set(name, describe(name, folder, index > 0));
    }
  return [...models.values()];
}

function describe(name: string, folder: string, isShipped: boolean): InstalledModel {
  try {
    const record = readRecord(folder);
    const origin = record?.origin ?? (isShipped ? "shipped" : hasDownloadState(folder) ? "downloaded" : "unrecorded");
    const known = record && {
      sizeBytes: record.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      addedAt: record.addedAt,
    };
    if (!existsSync(path.join(folder, MODEL_MANIFEST_FILE)))
      return { name, folder, origin, condition: "unfinished", ...known, ...describeDownload(folder) };
    const manifest = readManifest(folder);
    const { title, licence, isPlaceholder, defaults, limits } = manifest;
    const problem = findProblem(folder, manifest, record);
    const condition =
      problem === undefined
        ? ({ condition: "ready", defaults, limits } as const)
        : ({ condition: "broken", problem } as const);
    return { name, folder, origin, ...condition, title, licence, isPlaceholder, ...known };
  } catch (error) {
    if (!(error instanceof TachieError)) throw error;
    return { name, folder, origin: isShipped ? "shipped" : "unrecorded", condition: "broken", problem: error.message };
  }
}

/** How far an unfinished download has come, and what it will be. */
function describeDownload(folder: string): Partial<Pick<InstalledModel, "download" | "title" | "licence">> {
  const state = readDownloadState(folder);
  if (state === undefined) return {};
  const sizeOf = (file: string): number => statSync(path.join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
  const doneBytes = state.files.reduce(
    (sum, { path: file, sizeBytes }) => sum + Math.min(sizeBytes, sizeOf(file) || sizeOf(file + PARTIAL_SUFFIX)),
    0,
  );
  const totalBytes = state.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const download = { of: state.manifest, doneBytes, totalBytes };
  // Another version's list of models may have had this one.
  if (!downloadableModels().includes(state.manifest)) return { download };
  const { title, licence } = readDownloadManifest(state.manifest);
  return { download, title, licence };
}

function readManifest(folder: string): ModelManifest {
  const file = path.join(folder, MODEL_MANIFEST_FILE);
  return parseModelManifest(readFileSync(file, "utf8"), file);
}

/** The first file that is gone or of another size. */
function findProblem(
  folder: string,
  { components }: ModelManifest,
  record: ModelRecord | undefined,
): string | undefined {
  for (const { path: file, sizeBytes } of record?.files ?? []) {
    const full = path.resolve(folder, file);
    const size = statSync(full, { throwIfNoEntry: false })?.size;
    if (size === undefined) return `${full} is missing`;
    if (size !== sizeBytes) return `${full} has ${size} bytes instead of ${sizeBytes}`;
  }
  for (const { weights, tokenizer } of [
    components.transformer,
    components.vae,
    components.textEncoder,
    components.pooledEncoder,
  ].filter((component) => component !== undefined))
    for (const file of [weights, ...(tokenizer === undefined ? [] : [tokenizer])])
      if (!existsSync(path.resolve(folder, file))) return `${path.resolve(folder, file)} is missing`;
  return undefined;
}
