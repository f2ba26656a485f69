/**
 * @file Writes safetensors files that are either whole or not there.
 *
 * The data may come piece by piece, so that a checkpoint larger than memory can be written.
 */

import { TachieError } from "../contract/errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import type { WriteOptions } from "./atomic-file.ts";
import { LENGTH_FIELD_BYTES, MAX_HEADER_BYTES } from "./safetensors-header.ts";
import { quoteName } from "./safetensors-refusal.ts";
import { SAFETENSORS_TYPE_BITS, tensorByteLength } from "./safetensors-types.ts";
import type { SafetensorsType } from "./safetensors-types.ts";

export interface TensorToWrite {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Little-endian, row-major; a function is called once, when its turn comes, and its pieces are written in order. */
  readonly data: Uint8Array | (() => Iterable<Uint8Array>);
}

/**
 * Writes a file. Wide types come first, so that every tensor is aligned to its element; otherwise the given order is kept.
 * @throws file.exists, disk.full, file.unwritable; nothing is left behind then. internal.bug for a wrong length or name
 */
export function writeSafetensors(
  file: string,
  tensors: Iterable<TensorToWrite>,
  metadata?: Readonly<Record<string, string>>,
  options: WriteOptions = {},
): void {
  const sorted = [...tensors].sort((a, b) => SAFETENSORS_TYPE_BITS[b.type] - SAFETENSORS_TYPE_BITS[a.type]);
  const header = composeHeader(file, sorted, metadata);
  writeFileAtomically(
    file,
    (append) => {
      append(header);
      for (const tensor of sorted) appendTensor(tensor, append, file);
    },
    options,
  );
}

function composeHeader(
  file: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const fields: string[] = [];
  if (metadata !== undefined) {
    const pairs = Object.entries(metadata).map(([key, value]) => `${textOf(key)}:${textOf(value)}`);
    fields.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  const names = new Set<string>(["__metadata__"]);
  let position = 0;
  for (const { name, type, shape } of tensors) {
    const length = tensorByteLength(type, shape);
    if (names.has(name)) throw writingBug(file, name, "has a name that is taken");
    if (length === undefined) throw writingBug(file, name, `cannot be ${type} [${shape.join(", ")}]`);
    names.add(name);
    const offsets = `[${position},${position + length}]`;
    fields.push(`${textOf(name)}:{"dtype":"${type}","shape":[${shape.join(",")}],"data_offsets":${offsets}}`);
    position += length;
  }
  const json = Buffer.from(`{${fields.join(",")}}`);
  // Padded with spaces, so that the data begins at a multiple of 8.
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES)
    throw new TachieError("internal.bug", `${file}: the header would have ${padded} bytes`, { where: file });
  const header = Buffer.alloc(LENGTH_FIELD_BYTES + padded, " ");
  header.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(header, LENGTH_FIELD_BYTES);
  return header;
}

/** A lone surrogate would become an escape that strict readers refuse, so it is refused here. */
function textOf(text: string): string {
  if (!text.isWellFormed())
    throw new TachieError("internal.bug", `${quoteName(text)} is not well-formed text and cannot be written`);
  return JSON.stringify(text);
}

function appendTensor(tensor: TensorToWrite, append: (bytes: Uint8Array) => void, file: string): void {
  const { name, type, shape, data } = tensor;
  let length = 0;
  for (const piece of typeof data === "function" ? data() : [data]) {
    length += piece.length;
    append(piece);
  }
  if (length !== tensorByteLength(type, shape))
    throw writingBug(file, name, `is ${type} [${shape.join(", ")}] but was given ${length} bytes`);
}

function writingBug(file: string, tensor: string, complaint: string): TachieError {
  return new TachieError("internal.bug", `${file}: the tensor ${quoteName(tensor)} ${complaint}`, { where: file });
}
