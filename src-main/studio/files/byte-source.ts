/**
 * @file Bytes to be read piece by piece, from memory or from a file, so that a reader of a large or hostile file never
 * holds more of it than it asks for.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { TachieError } from "../../contract/errors.ts";
import { readingError } from "./file-errors.ts";

export interface ByteSource {
  /** Names the source in messages. */
  readonly where: string;
  readonly sizeBytes: number;
  /** Exactly the bytes asked for, valid until the next call. The caller stays within `sizeBytes`. */
  read(position: number, length: number): Uint8Array;
}

export function memorySource(bytes: Uint8Array, where: string): ByteSource {
  return { where, sizeBytes: bytes.length, read: (position, length) => bytes.subarray(position, position + length) };
}

const WINDOW_BYTES = 1 << 16;

/**
 * Hands a file to `use` and closes it afterwards. Small reads near each other share one system call.
 * @throws file.not-found, file.unreadable (also for what is no regular file, or shrinks while it is read)
 */
export function withFileSource<T>(path: string, use: (source: ByteSource) => T): T {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK opening a pipe would wait for its other end. Windows knows no such flag.
    file = openSync(path, constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NONBLOCK));
    const status = fstatSync(file);
    if (!status.isFile()) throw new TachieError("file.unreadable", `${path} is not a regular file`, { where: path });
    return use(fileSource(file, path, status.size));
  } catch (error) {
    throw readingError(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function fileSource(file: number, where: string, sizeBytes: number): ByteSource {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  const readAt = (position: number, length: number): Uint8Array => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const count = readSync(file, bytes, done, length - done, position + done);
      if (count === 0) throw new TachieError("file.unreadable", `${where} ended while it was read`, { where });
      done += count;
    }
    return bytes;
  };
  return {
    where,
    sizeBytes,
    read(position, length) {
      if (length > WINDOW_BYTES) return readAt(position, length);
      if (position < windowStart || position + length > windowStart + window.length) {
        window = readAt(position, Math.min(WINDOW_BYTES, sizeBytes - position));
        windowStart = position;
      }
      return window.subarray(position - windowStart, position - windowStart + length);
    },
  };
}
