/**
 * @file Takes a model out of the installed ones. Only what Tachie has downloaded or written itself is deleted; files that were
 * somebody else's stay where they are. Downloaded files go to a trash folder on the same disk, unless their space is wanted.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../../contract/model-folder.ts";
import { writingError } from "../../graph/file-errors.ts";
import { downloadFilesOf, hasDownloadState } from "./download-state.ts";
import { checkModelName } from "./model-name.ts";
import { RECORD_FILE, readRecord } from "./record.ts";

export interface RemoveRequest {
  readonly name: string;
  readonly modelsFolder: string;
  /** Delete at once instead of moving to the trash. */
  readonly isForGood?: boolean;
}

export interface RemovedModel {
  readonly name: string;
  readonly folder: string;
  readonly origin: "downloaded" | "added";
  /** Files that are gone from their place, relative to the folder. */
  readonly files: readonly string[];
  readonly sizeBytes: number;
  /** Where they are now; absent where they were deleted or nothing but Tachie's notes was removed. */
  readonly trash?: string;
  /** What lies in the folder and is not Tachie's: left as it is. */
  readonly kept: readonly string[];
}

export const TRASH_FOLDER = ".trash";

/** What would be removed. @throws model.not-found, models.corrupt; model.unsupported for a folder that is not Tachie's to remove */
export function planRemoval(request: RemoveRequest): RemovedModel {
  const { name, modelsFolder } = request;
  checkModelName(name);
  const folder = path.join(path.resolve(modelsFolder), name);
  const record = existsSync(folder) ? readRecord(folder) : undefined;
  if (record === undefined && !hasDownloadState(folder)) {
    if (!existsSync(path.join(folder, MODEL_MANIFEST_FILE)))
      throw new TachieError("model.not-found", `there is no installed model named ${name}`, {
        where: name,
        remedy: "`tachie models list` shows the names.",
      });
    throw new TachieError(
      "model.unsupported",
      `${folder} was not put there by \`tachie models\`, so it is not removed`,
      {
        where: folder,
        remedy: "Delete the folder yourself.",
      },
    );
  }
  const origin = record?.origin ?? "downloaded";
  const own = new Set([MODEL_MANIFEST_FILE, RECORD_FILE, ...downloadFilesOf(folder)]);
  // Only what lies in the folder is looked at below, so a path that leads elsewhere is never deleted.
  if (origin === "downloaded") for (const { path: file } of record?.files ?? []) own.add(file);
  const present = listFiles(folder);
  const files = present.filter((file) => own.has(file));
  const sizeBytes = files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
  return { name, folder, origin, files, sizeBytes, kept: present.filter((file) => !own.has(file)) };
}

/** @throws as `planRemoval`; file.unwritable */
export function removeModel(request: RemoveRequest): RemovedModel {
  const plan = planRemoval(request);
  const isTrashed = plan.origin === "downloaded" && request.isForGood !== true;
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const trash = path.join(path.resolve(request.modelsFolder), TRASH_FOLDER, `${plan.name}-${stamp}`);
  try {
    // Without its manifest it is no longer a model, so a removal that breaks off leaves nothing that looks whole.
    const manifestFirst = plan.files.toSorted(
      (a, b) => Number(b === MODEL_MANIFEST_FILE) - Number(a === MODEL_MANIFEST_FILE),
    );
    for (const file of manifestFirst) {
      if (isTrashed) {
        mkdirSync(path.dirname(path.join(trash, file)), { recursive: true });
        renameSync(path.join(plan.folder, file), path.join(trash, file));
      } else rmSync(path.join(plan.folder, file));
    }
    removeEmptyFolders(plan.folder);
  } catch (error) {
    throw writingError(error, plan.folder);
  }
  return isTrashed ? { ...plan, trash } : plan;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .sort();
}

/** The folder and those in it, as far as nothing is left in them. */
function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyFolders(path.join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
