/** @file A PNG without a word of how it was made: what decoders need stays, byte for byte, everything else goes. */

import { memorySource } from "../files/byte-source.ts";
import { PNG_SIGNATURE, readPngChunks } from "../png/png-chunks.ts";

/** Chunks that decide how the pixels look. Texts, times, EXIF and what other programs keep for themselves are not among them. */
const KEPT: ReadonlySet<string> = new Set([
  ...["IHDR", "PLTE", "IDAT", "IEND", "tRNS"],
  ...["cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCv", "cLLi"],
]);

/** @throws image.invalid for what is no whole PNG */
export function barePng(bytes: Buffer, where: string): Buffer {
  readPngChunks(memorySource(bytes, where), new Set()); // from here on lengths and types can be trusted
  const parts: Uint8Array[] = [PNG_SIGNATURE];
  for (let at = PNG_SIGNATURE.length; ;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (KEPT.has(type)) parts.push(bytes.subarray(at, end));
    if (type === "IEND") return Buffer.concat(parts);
    at = end;
  }
}
