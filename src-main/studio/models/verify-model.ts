/**
 * @file Compares every byte of a model with what is known of it: the sums recorded when it was added or downloaded, those in
 * its own SHA256SUMS, those that a cache's file names state. Also looks at structure and values. A folder of which nothing is
 * known yet is recorded, and that is said.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { CHECKSUMS_FILE, readChecksums } from "../../graph/checksums.ts";
import { finding, isError } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { hashFiles } from "./hash-files.ts";
import type { HashWatch } from "./hash-files.ts";
import { inspectFolders } from "./inspect-folder.ts";
import type { FolderInspection } from "./inspect-folder.ts";
import { filesOfFolder, filesOfParts, isModelFolder, weightsByPath } from "./model-files.ts";
import { publishedSumOf } from "./published-sum.ts";
import { RECORD_FILE, readRecord, readRecordFile, readSoundRecord, writeRecordFile } from "./record.ts";
import type { RecordedFile } from "./record.ts";

export interface VerifyRequest extends HashWatch {
  /** A model's folder, or any folder with the parts of one. */
  readonly folder: string;
  readonly modelsFolder: string;
}

export interface VerifiedFile {
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** As it is now; absent for a missing file. */
  readonly sha256?: string;
  /** `new`: nothing is known of it. */
  readonly status: "ok" | "differs" | "missing" | "new";
}

export interface VerifyReport {
  readonly folder: string;
  /** `recorded`: sound as far as can be seen, but nothing was there to compare with; now there is. */
  readonly status: "ok" | "damaged" | "recorded";
  readonly files: readonly VerifiedFile[];
  readonly findings: readonly Finding[];
}

/** What a file should be. */
interface Expected {
  readonly sha256: string;
  /** Who says so, for messages. */
  readonly source: string;
}

/** @throws file.not-found for the folder itself, or the signal's reason; damage is reported, not thrown */
export async function verifyModel(request: VerifyRequest): Promise<VerifyReport> {
  const folder = realFolder(request.folder);
  const findings: Finding[] = [];
  const expected = await collectExpected(folder, request.modelsFolder, findings);
  const inspection = await inspectFolders([folder], request.signal);
  findings.push(...inspection.findings);
  const paths = await filesToRead(folder, inspection, expected);
  const present = paths.filter((file) => existsSync(file));
  const { sums, findings: values } = await hashFiles(present, weightsByPath(inspection), request);
  findings.push(...values);

  const files = paths.map((file): VerifiedFile => {
    const sum = sums.get(file);
    const wanted = expected.get(file);
    if (sum === undefined) return { path: file, sizeBytes: 0, status: "missing" };
    if (wanted === undefined) return { path: file, ...sum, status: "new" };
    return { path: file, ...sum, status: wanted.sha256 === sum.sha256 ? "ok" : "differs" };
  });
  for (const { path: file, status, sha256 } of files) {
    const { sha256: wanted = "", source = "" } = expected.get(file) ?? {};
    if (status === "missing") findings.push(finding("sum.missing-file", `${file} is missing`, { where: file }));
    if (status === "differs")
      findings.push(
        finding("sum.differs", `${file} has changed: its SHA-256 is ${sha256 ?? ""}, but ${source} says ${wanted}`, {
          where: file,
        }),
      );
  }
  const isDamaged = findings.some(isError);
  const isUnknown = expected.size === 0 && files.length > 0;
  if (isUnknown && !isDamaged) {
    remember(folder, request.modelsFolder, files);
    const message = `nothing was recorded for ${folder}, so there was nothing to compare with; its sums are recorded now`;
    findings.push(finding("sum.first-time", message, { where: folder }));
  }
  return { folder, status: isDamaged ? "damaged" : isUnknown ? "recorded" : "ok", files, findings };
}

/** Sums by absolute path. Damage to the lists themselves becomes a finding. */
async function collectExpected(
  folder: string,
  modelsFolder: string,
  findings: Finding[],
): Promise<Map<string, Expected>> {
  const expected = new Map<string, Expected>();
  const take = (files: readonly RecordedFile[], base: string, source: string): void => {
    for (const { path: file, sha256 } of files) expected.set(realOrSame(path.resolve(base, file)), { sha256, source });
  };
  try {
    const record = readRecord(folder);
    if (record) take(record.files, folder, `the record of ${record.addedAt.slice(0, 10)}`);
    const sums = await readChecksums(folder);
    for (const [file, sha256] of sums ?? [])
      expected.set(realOrSame(path.join(folder, file)), { sha256, source: CHECKSUMS_FILE });
    // What a folder says of itself is newer than what was remembered of it elsewhere.
    if (expected.size > 0) return expected;
    for (const file of recordsOf(folder, modelsFolder)) {
      const other = readRecordFile(file);
      if (other) take(other.files, path.dirname(file), `the record of ${other.addedAt.slice(0, 10)}`);
    }
  } catch (error) {
    if (!isTachieError(error, "models.corrupt") && !isTachieError(error, "model.damaged")) throw error;
    findings.push(finding("sum.list-damaged", error.message, { where: error.where, remedy: error.remedy }));
  }
  return expected;
}

/** Records that other places keep of a folder: installed models made from it alone, and what an earlier `verify` has noted. */
function recordsOf(folder: string, modelsFolder: string): string[] {
  const names = existsSync(modelsFolder) ? readdirSync(modelsFolder).filter((name) => !name.startsWith(".")) : [];
  const own = names.filter((name) => {
    const record = readSoundRecord(path.join(modelsFolder, name));
    return record?.origin === "added" && record.sources.length === 1 && record.sources[0] === folder;
  });
  if (own.length > 0) return own.map((name) => path.join(modelsFolder, name, RECORD_FILE));
  return [notePathOf(folder, modelsFolder)];
}

async function filesToRead(
  folder: string,
  inspection: FolderInspection,
  expected: Map<string, Expected>,
): Promise<string[]> {
  const files = new Set([...expected.keys(), ...filesOfParts(inspection)]);
  if (isModelFolder(folder))
    for (const file of (await filesOfFolder(folder)) ?? [])
      // These two are lists of sums and carry their own check.
      if (file !== CHECKSUMS_FILE && file !== RECORD_FILE) files.add(realOrSame(path.join(folder, file)));
  for (const file of files) {
    const sha256 = publishedSumOf(file);
    if (sha256 !== undefined && !expected.has(file))
      expected.set(file, { sha256, source: "the name of the file in the cache" });
  }
  return [...files].sort();
}

function notePathOf(folder: string, modelsFolder: string): string {
  return path.join(modelsFolder, ".noted", `${createHash("sha256").update(folder).digest("hex").slice(0, 32)}.json`);
}

function remember(folder: string, modelsFolder: string, files: readonly VerifiedFile[]): void {
  const note = notePathOf(folder, modelsFolder);
  mkdirSync(path.dirname(note), { recursive: true });
  writeRecordFile(note, {
    origin: "added",
    addedAt: new Date().toISOString(),
    sources: [folder],
    files: files.map(({ path: file, sizeBytes, sha256 = "" }) => ({
      path: file,
      sizeBytes,
      sha256,
      origin: "recorded",
    })),
  });
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new TachieError("file.not-found", `${folder} does not exist`, { where: folder, cause });
  }
}

function realOrSame(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}
