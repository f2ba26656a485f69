/**
 * @file The list of a model's files for downloading, as it is kept in assets/manifests: where each file comes from and, where
 * it is known, its size and SHA-256. What is not stated is taken from the server's own metadata when the download begins, and
 * pinned from then on (assets/manifests/README.md). Also how the model wants to be used.
 */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { ModelManifest } from "../../contract/model-folder.ts";
import { checkSampling } from "../../contract/sampling.ts";
import { packageRoot } from "../../process/package-root.ts";

export interface FileSource {
  /** `owner/name` on the server. */
  readonly repository: string;
  /** A commit, or a branch such as `main`, which is resolved to a commit when the download begins. */
  readonly revision: string;
  readonly path: string;
}

export interface ManifestFile {
  /** Inside the model folder, with `/`. */
  readonly path: string;
  /** Tried in order: a later one serves where the earlier ones do not have the file. */
  readonly sources: readonly FileSource[];
  readonly sizeBytes?: number;
  /** Hex, lower case. */
  readonly sha256?: string;
}

/** How a model wants to be used: what `model.json` needs beside the files. */
export type ModelUse = Pick<ModelManifest, "title" | "licence" | "systemPrompt" | "defaults" | "limits">;

export interface DownloadManifest extends ModelUse {
  readonly name: string;
  readonly licenceUrl: string;
  /** The file that holds the licence's text. */
  readonly licenceSource: FileSource;
  /** Told to people before the sizes are known; decides nothing. */
  readonly approximateBytes: number;
  readonly files: readonly ManifestFile[];
}

export const DOWNLOAD_MANIFEST_FORMAT = 1;
/** The manifest whose way of use also goes for files that were found on this machine. */
export const NEWBIE_MANIFEST = "newbie-exp0.1";

/** Where manifests lie in this package. */
export function manifestsFolder(): string {
  return path.join(packageRoot(), "assets", "manifests");
}

/** Names of the models that can be downloaded, sorted. */
export function downloadableModels(folder: string = manifestsFolder()): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

/** @throws model.not-found, naming those there are; model.unsupported for a file that is not such a manifest */
export function readDownloadManifest(name: string, folder: string = manifestsFolder()): DownloadManifest {
  const known = downloadableModels(folder);
  if (!known.includes(name))
    throw new TachieError(
      "model.not-found",
      `there is no model ${JSON.stringify(name)} to download; there are ${known.join(", ")}`,
      {
        where: name,
        remedy: "Choose one of the names in the message.",
      },
    );
  const file = path.join(folder, `${name}.json`);
  return parseDownloadManifest(readFileSync(file, "utf8"), file);
}

/** @throws model.unsupported naming the field that is missing or wrong */
export function parseDownloadManifest(text: string, where: string): DownloadManifest {
  const fail = (field: string, wanted: string): never => {
    throw new TachieError("model.unsupported", `${where}: ${field} must be ${wanted}`, { where: `${where}: ${field}` });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TachieError("model.unsupported", `${where} is not JSON: ${(cause as Error).message}`, { where, cause });
  }
  if (!isRecord(json) || json["format"] !== DOWNLOAD_MANIFEST_FORMAT)
    return fail("format", String(DOWNLOAD_MANIFEST_FORMAT));
  for (const field of ["name", "title", "licence", "licenceUrl", "systemPrompt"])
    if (typeof json[field] !== "string") fail(field, "a text");
  if (!isRecord(json["defaults"]) || !isRecord(json["limits"])) fail("defaults and limits", "objects");
  checkSource(json["licenceSource"], "licenceSource", fail);
  if (!Number.isSafeInteger(json["approximateBytes"]) || (json["approximateBytes"] as number) < 0)
    fail("approximateBytes", "a whole number");
  const files = json["files"];
  if (!Array.isArray(files) || files.length === 0) return fail("files", "a list");
  const paths = new Set<string>();
  for (const [index, file] of (files as unknown[]).entries()) {
    checkFile(file, `files[${index}]`, fail);
    const { path: place } = file as ManifestFile;
    if (paths.has(place.toLowerCase())) fail(`files[${index}].path`, "a path that is there once");
    paths.add(place.toLowerCase());
  }
  const manifest = json as unknown as DownloadManifest;
  checkSampling(manifest.defaults.sampling);
  return manifest;
}

function checkFile(file: unknown, where: string, fail: (field: string, wanted: string) => never): void {
  if (!isRecord(file)) return fail(where, "an object");
  if (!isPlainPath(file["path"])) fail(`${where}.path`, "a path inside the model folder");
  const sources = file["sources"];
  if (!Array.isArray(sources) || sources.length === 0) return fail(`${where}.sources`, "a list");
  for (const [index, source] of (sources as unknown[]).entries())
    checkSource(source, `${where}.sources[${index}]`, fail);
  const { sizeBytes, sha256 } = file;
  if (sizeBytes !== undefined && (!Number.isSafeInteger(sizeBytes) || (sizeBytes as number) < 0))
    fail(`${where}.sizeBytes`, "a whole number");
  if (sha256 !== undefined && (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)))
    fail(`${where}.sha256`, "64 hex digits");
}

function checkSource(source: unknown, where: string, fail: (field: string, wanted: string) => never): void {
  if (!isRecord(source)) return fail(where, "an object");
  if (typeof source["repository"] !== "string" || !/^[\w.-]+\/[\w.-]+$/.test(source["repository"]))
    fail(`${where}.repository`, "owner/name");
  if (typeof source["revision"] !== "string" || !/^[\w./-]+$/.test(source["revision"]))
    fail(`${where}.revision`, "a branch or a commit");
  if (!isPlainPath(source["path"])) fail(`${where}.path`, "a plain path");
}

/** No way out, nothing that another system reads otherwise (backslash, drive, stream, trailing dot). */
export function isPlainPath(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.split("/").every((name) => /^[\w][\w .+@()-]*$/.test(name) && !/[. ]$/.test(name)) &&
    value.length <= 300
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
