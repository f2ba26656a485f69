/**
 * @file The SHA-256 that a file's place states: in the Hugging Face cache the bytes of large files lie in `blobs` under their
 * sum as the name.
 */

import path from "node:path";

/** @param file real path, links followed */
export function publishedSumOf(file: string): string | undefined {
  const name = path.basename(file);
  return path.basename(path.dirname(file)) === "blobs" && /^[0-9a-f]{64}$/.test(name) ? name : undefined;
}
