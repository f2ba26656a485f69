/**
 * @file Cuts a stream of bytes into frames and back: four bytes of length (little endian), then JSON in UTF-8.
 *
 * JSON and not V8's own format, because whatever connects to a socket must be taken for hostile. Typed arrays are refused
 * when writing: pictures travel by their path, never through a socket.
 */

import { TachieError } from "../contract/errors.ts";

/** Enough for the longest prompt and its record; a larger frame is an attack or a bug. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** @throws wire.invalid for what JSON cannot carry, and for a message over the limit */
export function encodeFrame(message: unknown): Buffer {
  const json = JSON.stringify(message, (key, value: unknown) => {
    if (ArrayBuffer.isView(value) || typeof value === "bigint")
      throw new TachieError("wire.invalid", `${key === "" ? "a message" : key} cannot be sent through a socket`);
    return value;
  }) as string | undefined;
  if (json === undefined) throw new TachieError("wire.invalid", "nothing that can be sent through a socket");
  const length = Buffer.byteLength(json);
  if (length > MAX_FRAME_BYTES)
    throw new TachieError("wire.invalid", `a message of ${length} bytes exceeds the limit of ${MAX_FRAME_BYTES}`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32LE(length, 0);
  frame.write(json, LENGTH_BYTES);
  return frame;
}

export interface FrameReader {
  /**
   * Takes bytes as they come and returns the messages they complete.
   * @throws wire.invalid for a frame over the limit and for what is not JSON; the connection is then useless
   */
  read(bytes: Uint8Array): unknown[];
}

/** @param limit largest frame in bytes, asked for every frame, so that it can grow once the other side is known */
export function createFrameReader(limit: () => number = () => MAX_FRAME_BYTES): FrameReader {
  let chunks: Uint8Array[] = [];
  let buffered = 0;
  const take = (length: number): Buffer => {
    const all = chunks.length === 1 && chunks[0] !== undefined ? Buffer.from(chunks[0]) : Buffer.concat(chunks);
    chunks = all.length > length ? [all.subarray(length)] : [];
    buffered -= length;
    return all.subarray(0, length);
  };
  let frameLength: number | undefined;
  return {
    read(bytes) {
      if (bytes.length > 0) chunks.push(bytes);
      buffered += bytes.length;
      const messages: unknown[] = [];
      for (;;) {
        if (frameLength === undefined) {
          if (buffered < LENGTH_BYTES) return messages;
          frameLength = take(LENGTH_BYTES).readUInt32LE(0);
          if (frameLength > limit())
            throw new TachieError("wire.invalid", `a frame of ${frameLength} bytes exceeds the limit of ${limit()}`);
        }
        if (buffered < frameLength) return messages;
        const text = take(frameLength).toString("utf8");
        frameLength = undefined;
        try {
          messages.push(JSON.parse(text));
        } catch (cause) {
          throw new TachieError("wire.invalid", "a frame that is not JSON", { cause });
        }
      }
    },
  };
}
