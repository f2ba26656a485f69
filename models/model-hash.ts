/**
 * @file What identifies a model: one hash over its weights, tokenizers and configurations, the same on every machine.
 *
 * It tells models apart and notices every change that training or merging makes. It does not notice a single flipped bit
 * in a large file: that is what checksums of downloads are for.
 */

import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readingError } from "../src-main/graph/file-errors.ts";
import { readFileRange } from "../src-main/graph/safetensors.ts";
import type { SafetensorsFile } from "../src-main/graph/safetensors.ts";
import { sampleBlocks } from "./tensor-sample.ts";

export interface HashedComponent {
  readonly checkpoint: { readonly files: readonly SafetensorsFile[] };
  readonly tokenizer: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Part of the hash, so that a change of the method changes every hash. */
const METHOD = "tachie-model-1";
/** Files up to this size are hashed whole. */
const WHOLE_FILE_BYTES = 64 << 20;
/** In larger files, bytes of one block; each tensor gives up to four blocks. At most 8.8 MB for the published transformer. */
const BLOCK_BYTES = 4096;

/**
 * SHA-256 over, for each component in the order of names: its name, its configuration, its tokenizer, and of each weight
 * file the header and the data: all of it up to 64 MiB, else the first, last and two middle blocks of every tensor.
 * Names and places of files do not count.
 * @returns 64 hexadecimal digits
 */
export function hashModel(components: Readonly<Record<string, HashedComponent | undefined>>): string {
  const hash = createHash("sha256");
  addText(hash, METHOD);
  for (const name of Object.keys(components).sort()) {
    const component = components[name];
    if (component === undefined) continue;
    addText(hash, name);
    addText(hash, canonicalJson(component.config));
    addBytes(hash, component.tokenizer === undefined ? new Uint8Array(0) : readWhole(component.tokenizer));
    for (const file of component.checkpoint.files) addWeights(hash, file);
  }
  return hash.digest("hex");
}

function addWeights(hash: Hash, file: SafetensorsFile): void {
  addBytes(hash, readFileRange(file, 0, file.dataOffset));
  if (file.sizeBytes <= WHOLE_FILE_BYTES) {
    addBytes(hash, readFileRange(file, file.dataOffset, file.sizeBytes - file.dataOffset));
    return;
  }
  for (const { offset, length } of file.tensors.values())
    for (const block of sampleBlocks(length, BLOCK_BYTES))
      hash.update(readFileRange(file, offset + block.offset, block.length));
}

/** Lengths go in first, so that no two different sequences of parts give the same bytes. */
function addBytes(hash: Hash, bytes: Uint8Array): void {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  hash.update(length).update(bytes);
}

function addText(hash: Hash, text: string): void {
  addBytes(hash, Buffer.from(text));
}

/** JSON with sorted keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw readingError(error, path);
  }
}
