/**
 * @file Installs a model whose files are on this machine already: nothing is copied or moved. A folder with `model.json`,
 * whose paths lead to the files where they lie, and `record.json` with their SHA-256 is made in Tachie's own folder; both
 * appear in one step.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../../contract/model-folder.ts";
import type { ModelManifest } from "../../contract/model-folder.ts";
import { syncFolder, temporaryNameFor, writeFileAtomically } from "../../graph/atomic-file.ts";
import { writingError } from "../../graph/file-errors.ts";
import { buildManifest } from "./build-manifest.ts";
import { NEWBIE_MANIFEST, readDownloadManifest } from "./download-manifest.ts";
import { isError, toError } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { hashFiles } from "./hash-files.ts";
import type { HashWatch } from "./hash-files.ts";
import { inspectFolders } from "./inspect-folder.ts";
import type { FolderInspection } from "./inspect-folder.ts";
import { filesOfFolder, filesOfParts, isModelFolder, weightsByPath } from "./model-files.ts";
import { checkModelName, freeModelName, modelNameFrom } from "./model-name.ts";
import { publishedSumOf } from "./published-sum.ts";
import { RECORD_FILE, readSoundRecord, writeRecord } from "./record.ts";
import type { ModelRecord, RecordedFile } from "./record.ts";

export interface AddRequest extends HashWatch {
  /** One model folder, or the folders that hold the parts of one. */
  readonly folders: readonly string[];
  /** Where installed models are listed. */
  readonly modelsFolder: string;
  /** Chosen from the model where absent. */
  readonly name?: string | undefined;
}

export interface AddedModel {
  readonly name: string;
  /** The folder that `generate --model` takes; absolute. */
  readonly folder: string;
  readonly manifest: ModelManifest;
  readonly record: ModelRecord;
  /** Warnings and notes; no errors. */
  readonly findings: readonly Finding[];
}

/**
 * Adding the same folders again renews what is remembered of them.
 * @throws model.incomplete, model.mismatch, model.unsupported, model.non-finite, safetensors.invalid: the message says all that
 *   is missing or wrong; model.exists, model.damaged, file.not-found, disk.full, or the signal's reason
 */
export async function addModel(request: AddRequest): Promise<AddedModel> {
  const sources = request.folders.map(realFolder);
  const inspection = await inspectFolders(sources, request.signal);
  const listed = sources.join(", ");
  if (!inspection.isComplete) throw toError(inspection.findings, `${listed} ${summaryOf(inspection)}`);
  if (request.name !== undefined) checkModelName(request.name);

  const { files, findings } = await recordFiles(inspection, sources, request);
  if (findings.some(isError)) throw toError(findings, `${listed} holds damaged weights`);
  const record: ModelRecord = { origin: "added", addedAt: new Date().toISOString(), sources, files };
  const all = [...inspection.findings, ...findings];

  const [only] = sources;
  if (only !== undefined && path.dirname(only) === realOrSame(request.modelsFolder) && inspection.manifest)
    return recordInPlace(only, inspection.manifest, record, all, request.name);
  const name = request.name ?? freeNameFor(request.modelsFolder, sources, inspection);
  const folder = path.join(path.resolve(request.modelsFolder), name);
  const use = inspection.manifest ?? readDownloadManifest(NEWBIE_MANIFEST);
  const manifest = buildManifest(inspection, use, name, folder);
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const complete = { ...record, files: [...files, recordText(MODEL_MANIFEST_FILE, text)] };
  writeModelFolder(folder, text, complete);
  return { name, folder, manifest, record: complete, findings: all };
}

function summaryOf({ parts }: FolderInspection): string {
  const count = Object.keys(parts).length;
  return count === 0 ? "holds no model that Tachie can use:" : "does not hold a whole model:";
}

async function recordFiles(
  inspection: FolderInspection,
  sources: readonly string[],
  watch: HashWatch,
): Promise<{ files: RecordedFile[]; findings: readonly Finding[] }> {
  const paths = new Set(filesOfParts(inspection));
  const [only] = sources;
  if (only !== undefined && sources.length === 1 && isModelFolder(only))
    for (const file of (await filesOfFolder(only)) ?? []) paths.add(realpathSync(path.join(only, file)));
  const { sums, findings } = await hashFiles([...paths], weightsByPath(inspection), watch);
  const files = [...sums].map(([file, { sizeBytes, sha256 }]): RecordedFile => {
    const published = publishedSumOf(file);
    if (published !== undefined && published !== sha256)
      throw new TachieError(
        "model.damaged",
        `${file} is damaged: its SHA-256 is ${sha256}, but its name says ${published}`,
        {
          where: file,
          remedy: "Delete this file from the cache and fetch it again.",
        },
      );
    return { path: file, sizeBytes, sha256, origin: published === undefined ? "recorded" : "published" };
  });
  return { files, findings };
}

/** The name of the entry that these folders have already, or a free one. */
function freeNameFor(modelsFolder: string, sources: readonly string[], inspection: FolderInspection): string {
  for (const name of existsSync(modelsFolder) ? readdirSync(modelsFolder) : []) {
    const record = name.startsWith(".") ? undefined : readSoundRecord(path.join(modelsFolder, name));
    if (record?.origin === "added" && record.sources.join("\n") === sources.join("\n")) return name;
  }
  const isPublished = inspection.parts.transformer?.network.isPublished === true;
  const wish = inspection.manifest?.name ?? (isPublished ? NEWBIE_MANIFEST : path.basename(sources[0] ?? "model"));
  return freeModelName(modelsFolder, modelNameFrom(wish));
}

/** The record of a file that Tachie is about to write. */
export function recordText(file: string, text: string): RecordedFile {
  const bytes = Buffer.from(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { path: file, sizeBytes: bytes.length, sha256, origin: "recorded" };
}

function writeModelFolder(folder: string, manifest: string, record: ModelRecord): void {
  const temporary = temporaryNameFor(folder);
  try {
    const existing = existsSync(folder) ? readSoundRecord(folder) : undefined;
    const isRenewal = existing?.origin === "added" && existing.sources.join("\n") === record.sources.join("\n");
    if (existsSync(folder) && !isRenewal) throw existsError(folder);
    const target = isRenewal ? folder : temporary;
    mkdirSync(target, { recursive: true });
    writeRecord(target, record);
    writeFileAtomically(path.join(target, MODEL_MANIFEST_FILE), (append) => append(Buffer.from(manifest)), {
      canReplace: true,
    });
    if (isRenewal) return;
    // Refuses a folder that has appeared meanwhile and holds something.
    renameSync(temporary, folder);
    syncFolder(path.dirname(folder));
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw code === "ENOTEMPTY" || code === "EEXIST" ? existsError(folder) : writingError(error, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A model folder that a person has put among the installed models by hand is taken as it is. */
function recordInPlace(
  folder: string,
  manifest: ModelManifest,
  record: ModelRecord,
  findings: readonly Finding[],
  wish: string | undefined,
): AddedModel {
  const name = path.basename(folder);
  if (wish !== undefined && wish !== name)
    throw new TachieError("usage.invalid", `${folder} is among the installed models already, under the name ${name}`, {
      where: folder,
      remedy: "Rename the folder.",
    });
  const files = record.files
    .filter((file) => path.basename(file.path) !== RECORD_FILE || path.dirname(file.path) !== folder)
    .map((file) => ({ ...file, path: relativeInside(folder, file.path) }));
  writeRecord(folder, { ...record, files });
  return { name, folder, manifest, record: { ...record, files }, findings };
}

function relativeInside(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative.replaceAll(path.sep, "/");
}

function existsError(folder: string): TachieError {
  return new TachieError("model.exists", `there is a model named ${path.basename(folder)} already`, { where: folder });
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new TachieError("file.not-found", `${folder} does not exist`, { where: folder, cause });
  }
}

function realOrSame(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : path.resolve(folder);
}
