/**
 * @file Walks the chunks of a PNG: lengths within bounds, checksums right, order sane. It never decodes pixels, so what it
 * costs is bounded by the file's size and by the limits below, whatever the file claims.
 */

import { crc32 } from "node:zlib";
import { TachieError } from "../../contract/errors.ts";
import type { ByteSource } from "../files/byte-source.ts";

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colourType: number;
  readonly isInterlaced: boolean;
}

export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

export interface PngStructure {
  readonly header: PngHeader;
  /** The chunks asked for, in order. */
  readonly chunks: readonly PngChunk[];
  /** Chunks asked for but larger than the limit: their types, in order. */
  readonly oversized: readonly string[];
}

export const PNG_LIMITS = {
  /** Chunks other than picture data. */
  chunks: 2000,
  /** Chunks of picture data; libpng writes 8 KiB in each. */
  dataChunks: 1 << 17,
  /** Bytes of one chunk that is kept, and of all of them together. */
  keptChunkBytes: 8 << 20,
  keptBytes: 16 << 20,
} as const;

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PIECE_BYTES = 1 << 16;
const MAX_LENGTH = 0x7fffffff;
const BIT_DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Checks the whole chain from the signature to IEND and returns the header and the chunks of the wanted types.
 * What follows IEND is ignored, as every reader of PNG does.
 * @throws image.invalid naming the place
 */
export function readPngChunks(source: ByteSource, wanted: ReadonlySet<string>): PngStructure {
  const fail = (what: string): never => {
    throw new TachieError("image.invalid", `${source.where}: ${what}`, { where: source.where });
  };
  if (source.sizeBytes < 8 || !PNG_SIGNATURE.every((byte, index) => source.read(0, 8)[index] === byte))
    return fail("is not a PNG picture (its signature is missing)");

  const chunks: PngChunk[] = [];
  const oversized: string[] = [];
  let header: PngHeader | undefined;
  let otherCount = 0;
  let dataCount = 0;
  let keptBytes = 0;
  for (let position = 8; ;) {
    if (position + 12 > source.sizeBytes) return fail(`ends in the middle of a chunk at byte ${position}, before IEND`);
    const head = view(source.read(position, 8));
    const length = head.getUint32(0);
    const type = String.fromCharCode(head.getUint8(4), head.getUint8(5), head.getUint8(6), head.getUint8(7));
    if (!/^[A-Za-z]{4}$/.test(type)) return fail(`the chunk at byte ${position} has no valid type`);
    if (length > MAX_LENGTH || position + 12 + length > source.sizeBytes)
      return fail(`the ${type} chunk at byte ${position} claims ${length} bytes, more than the file holds`);
    if (type === "IDAT" ? ++dataCount > PNG_LIMITS.dataChunks : ++otherCount > PNG_LIMITS.chunks)
      return fail(`has too many chunks (more than ${type === "IDAT" ? PNG_LIMITS.dataChunks : PNG_LIMITS.chunks})`);
    if ((header === undefined) !== (type === "IHDR"))
      return fail(header === undefined ? "does not begin with IHDR" : `has a second IHDR at byte ${position}`);

    const isWanted = wanted.has(type);
    const isKept =
      type === "IHDR" ||
      (isWanted && length <= PNG_LIMITS.keptChunkBytes && keptBytes + length <= PNG_LIMITS.keptBytes);
    if (isWanted && !isKept) oversized.push(type);
    const data = isKept ? Uint8Array.from(source.read(position + 8, length)) : undefined;
    if (checksum(source, position + 4, length + 4) !== view(source.read(position + 8 + length, 4)).getUint32(0))
      return fail(`the checksum of the ${type} chunk at byte ${position} is wrong`);
    if (type === "IHDR" && data !== undefined) header = parseHeader(data, fail);
    else if (data !== undefined) {
      chunks.push({ type, data });
      keptBytes += length;
    }
    position += 12 + length;
    if (type !== "IEND") continue;
    if (length !== 0) return fail("its IEND chunk is not empty");
    if (header === undefined || dataCount === 0) return fail("holds no picture data (IDAT)");
    return { header, chunks, oversized };
  }
}

function parseHeader(data: Uint8Array, fail: (what: string) => never): PngHeader {
  if (data.length !== 13) return fail(`its IHDR has ${data.length} bytes instead of 13`);
  const fields = view(data);
  const [width, height] = [fields.getUint32(0), fields.getUint32(4)];
  const [bitDepth, colourType, compression, filter, interlace] = data.subarray(8);
  if (width < 1 || height < 1 || width > MAX_LENGTH || height > MAX_LENGTH)
    return fail(`its size ${width}x${height} is not possible`);
  if (bitDepth === undefined || colourType === undefined || !BIT_DEPTHS[colourType]?.includes(bitDepth))
    return fail(`bit depth ${bitDepth ?? ""} with colour type ${colourType ?? ""} does not exist`);
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1))
    return fail("its IHDR names an unknown compression, filter or interlace method");
  return { width, height, bitDepth, colourType, isInterlaced: interlace === 1 };
}

function checksum(source: ByteSource, start: number, length: number): number {
  let crc = 0;
  for (let done = 0; done < length; done += PIECE_BYTES)
    crc = crc32(source.read(start + done, Math.min(PIECE_BYTES, length - done)), crc);
  return crc;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One chunk in the file's form: length, type, data, checksum. */
export function encodeChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.allocUnsafe(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
