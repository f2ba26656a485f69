/**
 * @file A picture as WebP, with its prompt where other tools look for it: the EXIF field UserComment in A1111's form.
 * sharp writes that field in ASCII only, so its EXIF chunk is replaced by one of ours.
 */

import { TachieError } from "../../contract/errors.ts";

/** Hardly to be told from the PNG, at about a tenth of its size. */
const QUALITY = 92;
const HEAD_BYTES = 12;

/**
 * @param file absolute path of a picture
 * @throws image.invalid for what cannot be decoded
 */
export async function encodeWebp(file: string, userComment: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  try {
    const encoded = await sharp(file)
      .withExif({ IFD0: { Software: "Tachie" } })
      .webp({ quality: QUALITY })
      .toBuffer();
    return replaceChunk(encoded, "EXIF", encodeExif(userComment));
  } catch (cause) {
    throw new TachieError("image.invalid", `${file} cannot be written as WebP: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}

/** Puts other data into a chunk that is there. The form: `RIFF`, length, `WEBP`, then chunks of type, length, data, padding. */
function replaceChunk(webp: Buffer, type: string, data: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = HEAD_BYTES; at < webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    parts.push(webp.toString("latin1", at, at + 4) === type ? encodeChunk(type, data) : webp.subarray(at, end));
    at = end;
  }
  const body = Buffer.concat(parts);
  const head = Buffer.from(webp.subarray(0, HEAD_BYTES));
  head.writeUInt32LE(body.length + 4, 4);
  return Buffer.concat([head, body]);
}

function encodeChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** Of TIFF and EXIF: the types LONG and UNDEFINED, and the tags that lead to the comment. */
const [LONG, UNDEFINED] = [4, 7];
const [EXIF_POINTER, USER_COMMENT] = [0x8769, 0x9286];
/** Header, one directory of one entry, a second one. */
const COMMENT_OFFSET = 8 + 18 + 18;

/** A TIFF structure, most significant byte first, that holds nothing but a UserComment in UTF-16. */
function encodeExif(comment: string): Buffer {
  const text = Buffer.concat([Buffer.from("UNICODE\0", "latin1"), Buffer.from(comment, "utf16le").swap16()]);
  const head = Buffer.alloc(COMMENT_OFFSET);
  head.write("MM\0*", "latin1");
  head.writeUInt32BE(8, 4);
  writeDirectory(head, 8, { tag: EXIF_POINTER, type: LONG, count: 1, value: 8 + 18 });
  writeDirectory(head, 8 + 18, { tag: USER_COMMENT, type: UNDEFINED, count: text.length, value: COMMENT_OFFSET });
  return Buffer.concat([head, text]);
}

interface DirectoryEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Or where it is. */
  readonly value: number;
}

/** The number of entries, the entry, and no directory after it. */
function writeDirectory(target: Buffer, at: number, { tag, type, count, value }: DirectoryEntry): void {
  target.writeUInt16BE(1, at);
  target.writeUInt16BE(tag, at + 2);
  target.writeUInt16BE(type, at + 4);
  target.writeUInt32BE(count, at + 6);
  target.writeUInt32BE(value, at + 10);
  target.writeUInt32BE(0, at + 14);
}
