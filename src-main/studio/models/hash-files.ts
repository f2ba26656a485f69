/** @file Reads the files of a model from end to end once: SHA-256 of each, and non-finite weights, with progress. */

import { stat } from "node:fs/promises";
import { hashFile } from "../../graph/checksums.ts";
import type { FileSum } from "../../graph/checksums.ts";
import { readingError } from "../../graph/file-errors.ts";
import type { SafetensorsFile } from "../../graph/safetensors.ts";
import type { Finding } from "./findings.ts";
import { NonFiniteScan } from "./non-finite-scan.ts";
import { RateMeter } from "./progress.ts";
import type { ByteProgress } from "./progress.ts";

export interface HashWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ByteProgress) => void) | undefined;
}

export interface HashedFiles {
  /** By path as given. */
  readonly sums: ReadonlyMap<string, FileSum>;
  readonly findings: readonly Finding[];
}

/**
 * @param files absolute paths
 * @param weights those of them that are weights, by real path as `SafetensorsFile.path` has it, for the look at values
 * @throws file.not-found, file.unreadable, or the signal's reason
 */
export async function hashFiles(
  files: readonly string[],
  weights: ReadonlyMap<string, SafetensorsFile>,
  watch: HashWatch = {},
): Promise<HashedFiles> {
  const sizes = await Promise.all(files.map(sizeOf));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const meter = new RateMeter();
  const sums = new Map<string, FileSum>();
  const findings: Finding[] = [];
  let doneBytes = 0;
  for (const file of files) {
    const opened = weights.get(file);
    const scan = opened && new NonFiniteScan(opened, file);
    const onChunk = (bytes: Uint8Array, position: number): void => {
      scan?.feed(bytes, position);
      doneBytes += bytes.length;
      meter.add(bytes.length);
      watch.onProgress?.(meter.report(file, doneBytes, totalBytes));
    };
    sums.set(file, await hashFile(file, { signal: watch.signal, onChunk }));
    findings.push(...(scan?.findings ?? []));
  }
  return { sums, findings };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw readingError(error, file);
  }
}
