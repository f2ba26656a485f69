/** @file A picture that has no row, as the row that it must have had: read from the picture itself, and checked. */

import { createHash } from "node:crypto";
import path from "node:path";
import type { GenerationRecord } from "../../contract/generation.ts";
import { withFileSource } from "../files/byte-source.ts";
import { readPngMetadata } from "../png/png-metadata.ts";
import { completeRecord } from "../png/record-from-png.ts";
import type { StoredFile } from "./generation-writer.ts";

export interface Orphan {
  readonly record: GenerationRecord;
  readonly stored: StoredFile;
}

const PIECE_BYTES = 1 << 16;

/**
 * @param relative a PNG's path below the library, with `/`
 * @returns undefined for a picture that we did not make, or that was changed since
 * @throws image.invalid, file.unreadable, file.not-found
 */
export function readOrphan(folder: string, relative: string): Orphan | undefined {
  const file = path.join(folder, ...relative.split("/"));
  const metadata = readPngMetadata(file);
  if (metadata.kind !== "own") return undefined;
  const { record, header } = metadata;
  if (header.width !== record.width || header.height !== record.height) return undefined;
  return { record: completeRecord(record, file), stored: { file: relative, ...measureFile(file) } };
}

function measureFile(file: string): { bytes: number; sha256: Buffer } {
  return withFileSource(file, (source) => {
    const hash = createHash("sha256");
    for (let position = 0; position < source.sizeBytes; position += PIECE_BYTES)
      hash.update(source.read(position, Math.min(PIECE_BYTES, source.sizeBytes - position)));
    return { bytes: source.sizeBytes, sha256: hash.digest() };
  });
}
