/**
 * @file What a safetensors header must be, and nothing else: bytes in, checked tensor list out. Knows no files.
 *
 * The rules are the reference implementation's, a little stricter where that one is lenient by accident: names and fields
 * must not repeat, numbers must be exact in a double (below 2^53), an entry must be an object. Fields that the format
 * does not define are passed over, as the reference does.
 */

import { isUtf8 } from "node:buffer";
import { SafetensorsError } from "./safetensors-refusal.ts";
import type { SafetensorsReason } from "./safetensors-refusal.ts";
import { HeaderSyntaxError, JsonCursor } from "./safetensors-json.ts";
import { SAFETENSORS_TYPE_BITS, elementCount, isSafetensorsType } from "./safetensors-types.ts";
import type { SafetensorsType, TensorInfo } from "./safetensors-types.ts";

/** Bytes of the length field that precedes the header. */
export const LENGTH_FIELD_BYTES = 8;
/** The format's own cap, so that a hostile length cannot exhaust memory. */
export const MAX_HEADER_BYTES = 100_000_000;

export interface SafetensorsHeader {
  /** By name, in the order of the data. A Map, because `__proto__` is a possible name. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the length field.
 * @param prefix the file's first 8 bytes, or fewer where it has fewer
 * @returns bytes of the header that follows
 * @throws safetensors.invalid
 */
export function parseHeaderLength(prefix: Uint8Array, fileSizeBytes: number, file: string): number {
  if (fileSizeBytes === 0) throw new SafetensorsError("empty", file, "the file is empty");
  if (prefix.length < LENGTH_FIELD_BYTES || fileSizeBytes < LENGTH_FIELD_BYTES)
    throw new SafetensorsError("header-truncated", file, `the file has only ${fileSizeBytes} bytes`);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new SafetensorsError(
      "header-too-large",
      file,
      `the header would have ${length} bytes, more than the ${MAX_HEADER_BYTES} that are allowed`,
    );
  const end = LENGTH_FIELD_BYTES + Number(length);
  if (end > fileSizeBytes)
    throw new SafetensorsError(
      "header-truncated",
      file,
      `the file ends inside the header: ${end} bytes are needed for it, ${fileSizeBytes} are there`,
    );
  return Number(length);
}

/**
 * Reads and checks a header.
 * @param header the bytes after the length field, as many as it says
 * @throws safetensors.invalid
 */
export function parseHeader(header: Uint8Array, fileSizeBytes: number, file: string): SafetensorsHeader {
  if (header[0] !== 0x7b) throw new SafetensorsError("header-start", file, "the header does not begin with `{`");
  if (!isUtf8(header)) throw new SafetensorsError("header-not-utf8", file, "the header is not UTF-8 text");
  try {
    const { entries, metadata } = readEntries(header, file);
    const dataStart = LENGTH_FIELD_BYTES + header.length;
    return { tensors: layOut(entries, dataStart, fileSizeBytes, file), metadata };
  } catch (error) {
    if (!(error instanceof HeaderSyntaxError)) throw error;
    throw new SafetensorsError(error.kind, file, `${error.message}, at byte ${error.at} of the header`);
  }
}

/** A tensor as the header states it: its offset counts from the beginning of the data. */
type Entry = TensorInfo;

function readEntries(header: Uint8Array, file: string): { entries: Map<string, Entry>; metadata: Map<string, string> } {
  const cursor = new JsonCursor(header);
  const entries = new Map<string, Entry>();
  const metadata = new Map<string, string>();
  let hasMetadata = false;
  cursor.readObject((name) => {
    if (name === "__metadata__") {
      if (hasMetadata) throw new SafetensorsError("duplicate-key", file, "`__metadata__` is there twice");
      hasMetadata = true;
      readMetadata(cursor, metadata, file);
    } else {
      if (entries.has(name))
        throw new SafetensorsError("duplicate-key", file, "two tensors have this name", { tensor: name });
      entries.set(name, readEntry(cursor, name, file));
    }
  });
  cursor.expectEnd();
  return { entries, metadata };
}

function readMetadata(cursor: JsonCursor, metadata: Map<string, string>, file: string): void {
  const kind = cursor.peek();
  // The reference takes `null` for "none", so files with it exist.
  if (kind === "null") {
    cursor.skipValue(1);
    return;
  }
  if (kind !== "object") throw new SafetensorsError("metadata", file, "`__metadata__` is not an object");
  cursor.readObject((key) => {
    if (metadata.has(key))
      throw new SafetensorsError("duplicate-key", file, "a key of `__metadata__` is there twice", { tensor: key });
    if (cursor.peek() !== "text")
      throw new SafetensorsError("metadata", file, "a value of `__metadata__` is not a text", { tensor: key });
    metadata.set(key, cursor.readString());
  });
}

function readEntry(cursor: JsonCursor, tensor: string, file: string): Entry {
  requireKind(cursor, "object", "the entry", tensor, file);
  let type: SafetensorsType | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  // Only made when needed: there may be a hundred thousand tensors.
  let otherFields: Set<string> | undefined;
  cursor.readObject((field) => {
    if (field === "dtype") {
      if (type !== undefined) refuseField(field, tensor, file);
      type = readType(cursor, tensor, file);
    } else if (field === "shape") {
      if (shape !== undefined) refuseField(field, tensor, file);
      shape = readNumbers(cursor, field, tensor, file);
    } else if (field === "data_offsets") {
      if (offsets !== undefined) refuseField(field, tensor, file);
      offsets = readNumbers(cursor, field, tensor, file);
    } else {
      otherFields ??= new Set();
      if (otherFields.has(field)) refuseField(field, tensor, file);
      otherFields.add(field);
      cursor.skipValue(3);
    }
  });
  if (type === undefined || shape === undefined || offsets === undefined) {
    const fields = Object.entries({ dtype: type, shape, data_offsets: offsets });
    const missing = fields.filter(([, value]) => value === undefined).map(([field]) => field);
    return refuse("tensor-entry", `the entry lacks ${missing.join(" and ")}`, tensor, file);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2)
    return refuse("tensor-entry", `data_offsets has ${offsets.length} numbers instead of 2`, tensor, file);
  if (end < begin) refuse("offsets-reversed", `ends at ${end}, before it begins at ${begin}`, tensor, file);
  return { name: tensor, type, shape, offset: begin, length: end - begin };
}

function readType(cursor: JsonCursor, tensor: string, file: string): SafetensorsType {
  requireKind(cursor, "text", "dtype", tensor, file);
  const word = cursor.readString();
  if (isSafetensorsType(word)) return word;
  return refuse("unknown-type", `dtype ${JSON.stringify(word.slice(0, 40))} is unknown`, tensor, file);
}

function readNumbers(cursor: JsonCursor, field: string, tensor: string, file: string): number[] {
  requireKind(cursor, "array", field, tensor, file);
  const numbers: number[] = [];
  cursor.readArray(() => numbers.push(cursor.readWholeNumber()));
  return numbers;
}

function requireKind(
  cursor: JsonCursor,
  wanted: "object" | "array" | "text",
  what: string,
  tensor: string,
  file: string,
): void {
  if (cursor.peek() === wanted) return;
  refuse("tensor-entry", `${what} is not ${wanted === "text" ? "a" : "an"} ${wanted}`, tensor, file);
}

function refuseField(field: string, tensor: string, file: string): never {
  return refuse("duplicate-key", `the field ${JSON.stringify(field.slice(0, 40))} is there twice`, tensor, file);
}

function refuse(reason: SafetensorsReason, message: string, tensor: string, file: string): never {
  throw new SafetensorsError(reason, file, message, { tensor });
}

/** Checks that the tensors cover the data exactly, once and in full, and turns their offsets into positions in the file. */
function layOut(
  entries: ReadonlyMap<string, Entry>,
  dataStart: number,
  fileSizeBytes: number,
  file: string,
): Map<string, TensorInfo> {
  const sorted = [...entries.values()].sort((a, b) => a.offset - b.offset || a.length - b.length);
  const tensors = new Map<string, TensorInfo>();
  let position = 0;
  for (const entry of sorted) {
    const { name, type, shape, offset, length } = entry;
    if (offset > position)
      refuse("hole", `begins at ${offset}, but the data before it ends at ${position}`, name, file);
    if (offset < position)
      refuse("overlap", `begins at ${offset}, inside another tensor that ends at ${position}`, name, file);
    checkLength(entry, file);
    position += length;
    tensors.set(name, { name, type, shape, offset: dataStart + offset, length });
  }
  checkFileSize(dataStart + position, fileSizeBytes, file);
  return tensors;
}

function checkLength({ name, type, shape, length }: Entry, file: string): void {
  const elements = elementCount(shape);
  const bits = elements === undefined ? undefined : elements * SAFETENSORS_TYPE_BITS[type];
  if (bits === undefined || !Number.isSafeInteger(bits))
    return refuse("overflow", "the shape gives more than 2^53 elements or bits", name, file);
  if (bits % 8 !== 0) refuse("misaligned", `${bits} bits do not end on a whole byte`, name, file);
  if (length === bits / 8) return;
  const shapeText = `[${shape.slice(0, 16).join(", ")}${shape.length > 16 ? ", …" : ""}]`;
  refuse("size-mismatch", `${type} ${shapeText} takes ${bits / 8} bytes, not ${length}`, name, file);
}

function checkFileSize(wantedBytes: number, fileSizeBytes: number, file: string): void {
  if (fileSizeBytes < wantedBytes)
    throw new SafetensorsError(
      "truncated",
      file,
      `the file is cut off: it should have ${wantedBytes} bytes and has ${fileSizeBytes}, ${wantedBytes - fileSizeBytes} too few`,
      { remedy: "The download or copy broke off: continue it, or fetch the file again." },
    );
  if (fileSizeBytes > wantedBytes)
    throw new SafetensorsError(
      "trailing-bytes",
      file,
      `the file should have ${wantedBytes} bytes and has ${fileSizeBytes}: ${fileSizeBytes - wantedBytes} bytes follow the data`,
    );
}
