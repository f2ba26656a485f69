/**
 * @file Opens safetensors files, strictly, and reads their tensors by range.
 *
 * Opening reads the header only, so that a 7 GB checkpoint is usable at once; weights for a session are never read here at
 * all, graphs point into the file by offset. Nothing is mapped: a mapped file that shrinks kills the process.
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { TachieError } from "../contract/errors.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float-formats.ts";
import { readingError } from "./file-errors.ts";
import { LENGTH_FIELD_BYTES, parseHeader, parseHeaderLength } from "./safetensors-header.ts";
import { FOREIGN_SAMPLE_BYTES, SafetensorsError, quoteName, recogniseForeignFile } from "./safetensors-refusal.ts";
import { elementCount } from "./safetensors-types.ts";
import type { SafetensorsType, TensorInfo } from "./safetensors-types.ts";

export { SafetensorsError, SAFETENSORS_REASONS } from "./safetensors-refusal.ts";
export type { SafetensorsReason } from "./safetensors-refusal.ts";
export { SAFETENSORS_TYPE_BITS, elementCount, isSafetensorsType, tensorByteLength } from "./safetensors-types.ts";
export type { SafetensorsType, TensorInfo } from "./safetensors-types.ts";
export { writeSafetensors } from "./safetensors-writer.ts";
export type { TensorToWrite } from "./safetensors-writer.ts";

export interface SafetensorsFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Bytes before the data: the length field and the header. */
  readonly dataOffset: number;
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A tensor's contents. `bytes` is a copy that begins at an aligned address. */
export interface TensorData {
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads and checks the header; never the data.
 * @throws safetensors.invalid (a `SafetensorsError` with its reason), file.not-found, file.unreadable
 */
export function openSafetensors(path: string): SafetensorsFile {
  return withFile(path, (descriptor, sizeBytes) => {
    try {
      const prefix = readRange(descriptor, path, 0, Math.min(LENGTH_FIELD_BYTES, sizeBytes));
      const headerBytes = parseHeaderLength(prefix, sizeBytes, path);
      const header = readRange(descriptor, path, LENGTH_FIELD_BYTES, headerBytes);
      return { path, sizeBytes, dataOffset: LENGTH_FIELD_BYTES + headerBytes, ...parseHeader(header, sizeBytes, path) };
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
      const isHeaderReadable = !error.reason.startsWith("header-");
      if (isHeaderReadable) throw error;
      const sample = readRange(descriptor, path, 0, Math.min(FOREIGN_SAMPLE_BYTES, sizeBytes));
      throw recogniseForeignFile(path, sample) ?? error;
    }
  });
}

/**
 * Reads one tensor as it lies in the file.
 * @throws model.incomplete when there is none of that name; safetensors.invalid when the file changed since it was opened
 */
export function readTensor(file: SafetensorsFile, name: string): TensorData {
  const { type, shape, offset, length } = findTensor(file, name);
  return { type, shape, bytes: readFileRange(file, offset, length) };
}

/** Reads part of a file, in bytes from its beginning. @throws safetensors.invalid when the file changed */
export function readFileRange(file: SafetensorsFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  return withFile(file.path, (descriptor, sizeBytes) => {
    if (sizeBytes !== file.sizeBytes)
      throw new SafetensorsError(
        "changed",
        file.path,
        `the file had ${file.sizeBytes} bytes when it was opened and has ${sizeBytes} now`,
      );
    return readRange(descriptor, file.path, offset, length);
  });
}

/** Reads a tensor of F64, F32, F16 or BF16 as float32. @throws model.unsupported for other types; as `readTensor` */
export function readFloats(file: SafetensorsFile, name: string): Float32Array {
  const { type, bytes } = readTensor(file, name);
  return toFloat32(type, bytes, `${file.path}: ${quoteName(name)}`);
}

/**
 * Reads a tensor of integers or BOOL as numbers.
 * @throws model.unsupported for other types, or when a value is not exact in a double; as `readTensor`
 */
export function readIntegers(file: SafetensorsFile, name: string): number[] {
  const where = `${file.path}: ${quoteName(name)}`;
  return Array.from(readBigIntegers(file, name), (value) => {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new TachieError("model.unsupported", `${where}: the value ${value} is beyond 2^53`, { where });
  });
}

/** Reads a tensor of integers or BOOL, exactly. @throws model.unsupported for other types; as `readTensor` */
export function readBigIntegers(file: SafetensorsFile, name: string): bigint[] {
  const { type, bytes } = readTensor(file, name);
  const view = integerView(type, bytes.buffer);
  if (view === undefined) return refuseType(type, "whole numbers", `${file.path}: ${quoteName(name)}`);
  return Array.from(view, BigInt);
}

/**
 * Interprets bytes of a floating-point type.
 * @param bytes beginning at an address that suits the type, as `readTensor` gives them
 * @param where named in the error
 * @throws model.unsupported for types that are not F64, F32, F16 or BF16
 */
export function toFloat32(type: SafetensorsType, bytes: Uint8Array<ArrayBuffer>, where: string): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case "F32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "F64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    default:
      return refuseType(type, "floating-point numbers", where);
  }
}

/** Elements of all tensors together. */
export function countParameters(tensors: Iterable<Pick<TensorInfo, "shape">>): number {
  let count = 0;
  for (const { shape } of tensors) count += elementCount(shape) ?? 0;
  return count;
}

function integerView(type: SafetensorsType, buffer: ArrayBuffer): Iterable<number | bigint> | undefined {
  switch (type) {
    case "BOOL":
    case "U8":
      return new Uint8Array(buffer);
    case "I8":
      return new Int8Array(buffer);
    case "I16":
      return new Int16Array(buffer);
    case "U16":
      return new Uint16Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "U32":
      return new Uint32Array(buffer);
    case "I64":
      return new BigInt64Array(buffer);
    case "U64":
      return new BigUint64Array(buffer);
    default:
      return undefined;
  }
}

function refuseType(type: SafetensorsType, wanted: string, where: string): never {
  throw new TachieError("model.unsupported", `${where} has the type ${type}, which is not read as ${wanted}`, {
    where,
  });
}

function findTensor(file: SafetensorsFile, name: string): TensorInfo {
  const tensor = file.tensors.get(name);
  if (tensor) return tensor;
  const where = `${file.path}: ${quoteName(name)}`;
  throw new TachieError("model.incomplete", `${file.path} has no tensor ${quoteName(name)}`, { where });
}

function withFile<T>(path: string, use: (descriptor: number, sizeBytes: number) => T): T {
  let descriptor: number | undefined;
  try {
    // Asked before opening: opening a named pipe would wait for its other end.
    const status = statSync(path);
    if (!status.isFile())
      throw new TachieError("file.unreadable", `${path} is ${status.isDirectory() ? "a folder" : "not a plain file"}`, {
        where: path,
      });
    descriptor = openSync(path, "r");
    return use(descriptor, fstatSync(descriptor).size);
  } catch (error) {
    throw readingError(error, path);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** One read takes at most 2^31 - 1 bytes on Linux, and may return fewer than asked for. */
const LARGEST_READ_BYTES = 1 << 30;

function readRange(descriptor: number, path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(LARGEST_READ_BYTES, length - done);
    const count = readSync(descriptor, bytes, done, wanted, offset + done);
    if (count === 0)
      throw new SafetensorsError("changed", path, `the file ended at byte ${offset + done} while it was being read`);
    done += count;
  }
  return bytes;
}
