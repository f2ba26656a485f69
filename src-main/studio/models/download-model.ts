/**
 * @file Downloads a model: pins every file, makes sure that there is room, fetches a few files at a time, and makes it a model
 * only when all of them are whole and right. Whatever ends it, running it again goes on from there; run on a finished model it
 * fetches what is damaged or missing.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../../contract/model-folder.ts";
import type { ModelManifest } from "../../contract/model-folder.ts";
import { writeFileAtomically } from "../../graph/atomic-file.ts";
import { hashFile } from "../../graph/checksums.ts";
import { writingError } from "../../graph/file-errors.ts";
import { recordText } from "./add-model.ts";
import { assemble } from "./assemble.ts";
import { buildManifest } from "./build-manifest.ts";
import { DownloadMeter } from "./download-meter.ts";
import type { DownloadProgress } from "./download-meter.ts";
import type { DownloadManifest } from "./download-manifest.ts";
import {
  DOWNLOAD_LOCK_FILE,
  hasDownloadState,
  readDownloadState,
  removeDownloadState,
  writeDownloadState,
} from "./download-state.ts";
import type { PinnedFile } from "./download-state.ts";
import { TRANSFER_LIMITS, fetchFile } from "./fetch-file.ts";
import type { TransferLimits } from "./fetch-file.ts";
import { finding, toError } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { lockFolder } from "./folder-lock.ts";
import { checkSpace, freeBytesOf } from "./free-space.ts";
import { checkModelName } from "./model-name.ts";
import { PARTIAL_SUFFIX } from "./partial-file.ts";
import { pinFiles, pinsFromRecord } from "./pin-files.ts";
import { readRecord, writeRecord } from "./record.ts";
import type { ModelRecord, RecordedFile } from "./record.ts";
import { addressOf } from "./remote-file.ts";
import type { ServerAccess } from "./remote-file.ts";
import { scanFolders } from "./scan.ts";

export interface DownloadRequest {
  readonly manifest: DownloadManifest;
  /** Where installed models are listed. */
  readonly modelsFolder: string;
  /** The manifest's name where absent. */
  readonly name?: string | undefined;
  readonly access: ServerAccess;
  /** Files fetched at a time, 1 to 4. */
  readonly parallel?: number;
  readonly isUnverifiedAccepted?: boolean;
  readonly limits?: TransferLimits;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Told in words what is not a progress of bytes: a pause after a fault. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** For tests: what the disk has room for. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface DownloadedModel {
  readonly name: string;
  readonly folder: string;
  readonly manifest: ModelManifest;
  readonly record: ModelRecord;
  readonly findings: readonly Finding[];
  /** Bytes fetched by this run. */
  readonly fetchedBytes: number;
}

/**
 * @throws models.busy, model.exists, disk.full (before anything is fetched where that can be told), download.*, file.unwritable,
 *   model.incomplete and model.mismatch where the right files do not make a model, or the signal's reason
 */
export async function downloadModel(request: DownloadRequest): Promise<DownloadedModel> {
  const name = request.name ?? request.manifest.name;
  checkModelName(name);
  const folder = path.join(path.resolve(request.modelsFolder), name);
  checkOwnership(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writingError(error, folder);
  }
  const lock = lockFolder(path.join(folder, DOWNLOAD_LOCK_FILE), `downloading ${name}`);
  try {
    const pins = await pinAll(folder, request);
    const meter = new DownloadMeter(pins, request.onProgress);
    const sums = await findPresent(folder, pins, meter, request.signal);
    await checkRoom(folder, pins, sums, request);
    await fetchMissing(folder, pins, sums, meter, request);
    return { ...(await finish(folder, name, pins, sums, request)), fetchedBytes: meter.fetchedBytes };
  } finally {
    lock[Symbol.dispose]();
    // Where not even the first answer came there is nothing to go on from.
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** A folder that is not a download of ours is left alone. @throws model.exists */
function checkOwnership(folder: string, name: string): void {
  if (!existsSync(folder) || hasDownloadState(folder)) return;
  const record = readRecord(folder);
  const isOther =
    record === undefined ? existsSync(path.join(folder, MODEL_MANIFEST_FILE)) : record.origin !== "downloaded";
  if (isOther) throw new TachieError("model.exists", `there is another model named ${name} already`, { where: folder });
}

async function pinAll(folder: string, request: DownloadRequest): Promise<PinnedFile[]> {
  const { manifest, access, signal } = request;
  const record = readRecord(folder);
  const known = readDownloadState(folder)?.files ?? (record ? pinsFromRecord(record, manifest) : []);
  const limits = request.limits ?? TRANSFER_LIMITS;
  const isUnverifiedAccepted = request.isUnverifiedAccepted === true;
  const pins = await pinFiles({ manifest, access, known, isUnverifiedAccepted, limits, signal });
  writeDownloadState(folder, { format: 1, manifest: manifest.name, files: pins });
  return pins;
}

/** SHA-256 by path of the files that are there and right. */
async function findPresent(
  folder: string,
  pins: readonly PinnedFile[],
  meter: DownloadMeter,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const pin of pins) {
    const file = path.join(folder, pin.path);
    // Where nobody states a sum, only this run's own bytes count as right.
    if (statSync(file, { throwIfNoEntry: false })?.size !== pin.sizeBytes || pin.digest === undefined) continue;
    const gitSha1 = createHash("sha1").update(`blob ${pin.sizeBytes}\0`);
    const onChunk = (bytes: Uint8Array, position: number): void => {
      if (pin.digest?.algorithm === "git-sha1") gitSha1.update(bytes);
      meter.checked(pin.path, position + bytes.length);
    };
    const { sha256 } = await hashFile(file, { signal, onChunk });
    if (pin.digest.value === (pin.digest.algorithm === "sha256" ? sha256 : gitSha1.digest("hex")))
      sums.set(pin.path, sha256);
    else meter.forget(pin.path);
  }
  return sums;
}

async function checkRoom(
  folder: string,
  pins: readonly PinnedFile[],
  sums: ReadonlyMap<string, string>,
  request: DownloadRequest,
): Promise<void> {
  const missing = pins.filter((pin) => !sums.has(pin.path));
  const needed = missing.reduce((sum, pin) => {
    const begun = statSync(path.join(folder, pin.path) + PARTIAL_SUFFIX, { throwIfNoEntry: false })?.size ?? 0;
    return sum + Math.max(0, pin.sizeBytes - begun);
  }, 0);
  checkSpace(needed, await (request.freeBytes ?? freeBytesOf)(folder), folder);
}

const MOST_PARALLEL = 4;

async function fetchMissing(
  folder: string,
  pins: readonly PinnedFile[],
  sums: Map<string, string>,
  meter: DownloadMeter,
  request: DownloadRequest,
): Promise<void> {
  const queue = pins.filter((pin) => !sums.has(pin.path));
  // Where one file cannot be had the others need not be fetched now; what they have is kept.
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const work = async (): Promise<void> => {
    for (let pin = queue.shift(); pin !== undefined; pin = queue.shift())
      sums.set(pin.path, await fetchPinned(folder, pin, meter, signal, request));
  };
  const parallel = Math.min(MOST_PARALLEL, Math.max(1, request.parallel ?? 2));
  const workers = Array.from({ length: parallel }, () =>
    work().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  request.signal.throwIfAborted();
  stop.signal.throwIfAborted();
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

async function fetchPinned(
  folder: string,
  pin: PinnedFile,
  meter: DownloadMeter,
  signal: AbortSignal,
  { access, limits = TRANSFER_LIMITS, onNotice }: DownloadRequest,
): Promise<string> {
  const target = path.join(folder, ...pin.path.split("/"));
  try {
    mkdirSync(path.dirname(target), { recursive: true });
  } catch (error) {
    throw writingError(error, target);
  }
  return fetchFile({
    address: addressOf(access.base, pin.source),
    authorization: access.authorization,
    target,
    sizeBytes: pin.sizeBytes,
    digest: pin.digest,
    limits,
    signal,
    onPosition: (bytes) => meter.fetched(pin.path, bytes),
    onFault: (fault, pauseMs) =>
      onNotice?.(`${pin.path}: ${fault.message}; trying again in ${(pauseMs / 1000).toFixed(1)} s`),
  });
}

async function finish(
  folder: string,
  name: string,
  pins: readonly PinnedFile[],
  sums: ReadonlyMap<string, string>,
  request: DownloadRequest,
): Promise<Omit<DownloadedModel, "fetchedBytes">> {
  const assembly = assemble(await scanFolders([folder]));
  if (!assembly.isComplete)
    throw toError(assembly.findings, `the files of ${name} are as published, but are no whole model:`);
  const manifest = buildManifest(assembly, request.manifest, name, folder);
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const files = pins.map(({ path: file, sizeBytes, pinnedBy }): RecordedFile => ({
    path: file,
    sizeBytes,
    sha256: sums.get(file) ?? "",
    origin: pinnedBy === "nobody" ? "recorded" : "published",
  }));
  const record: ModelRecord = {
    origin: "downloaded",
    addedAt: new Date().toISOString(),
    sources: [...new Set(pins.map(({ source }) => `${source.repository}@${source.revision}`))],
    files: [...files, recordText(MODEL_MANIFEST_FILE, text)],
  };
  writeRecord(folder, record);
  // From here on it is a model.
  writeFileAtomically(path.join(folder, MODEL_MANIFEST_FILE), (append) => append(Buffer.from(text)), {
    canReplace: true,
  });
  removeDownloadState(folder);
  const unpinned = pins
    .filter(({ pinnedBy }) => pinnedBy === "nobody")
    .map(({ path: file }) =>
      finding("sum.unpinned", `${file} was taken as it came (SHA-256 ${sums.get(file) ?? ""}): nobody states its sum`, {
        where: path.join(folder, file),
      }),
    );
  return { name, folder, manifest, record, findings: [...assembly.findings, ...unpinned] };
}
