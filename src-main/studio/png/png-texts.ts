/**
 * @file The text chunks of a PNG (tEXt, zTXt, iTXt): reading them within limits, writing the two forms that we write.
 *
 * A text that breaks the rules or the limits is left out with its reason; it does not make the picture unreadable, since
 * other tools write all sorts of things.
 */

import { inflateSync } from "node:zlib";
import { encodeChunk } from "./png-chunks.ts";
import type { PngStructure } from "./png-chunks.ts";

export const TEXT_CHUNK_TYPES: ReadonlySet<string> = new Set(["tEXt", "zTXt", "iTXt"]);

export const TEXT_LIMITS = {
  /** Bytes of one compressed text after inflating, and of all of them together. */
  inflatedBytes: 1 << 20,
  inflatedBytesInAll: 4 << 20,
} as const;

export interface PngText {
  /** 1 to 79 characters of Latin-1. */
  readonly keyword: string;
  readonly text: string;
}

export interface PngTexts {
  readonly texts: readonly PngText[];
  /** What was left out: the keyword as far as it could be read, and why. */
  readonly skipped: readonly { readonly keyword: string; readonly reason: string }[];
}

export function readPngTexts(structure: PngStructure): PngTexts {
  const texts: PngText[] = [];
  const skipped = structure.oversized.map((type) => ({ keyword: "", reason: `a ${type} chunk is too large` }));
  let budget: number = TEXT_LIMITS.inflatedBytesInAll;
  const inflate = (data: Uint8Array): Uint8Array => {
    const limit = Math.min(TEXT_LIMITS.inflatedBytes, budget);
    if (limit === 0) throw new TextRefusal("the compressed texts are too large in all");
    budget -= limit; // what fails has cost as much as it may, so that many bombs cost no more than one
    const bytes = inflateAtMost(data, limit);
    budget += limit - bytes.length;
    return bytes;
  };
  for (const { type, data } of structure.chunks) {
    const end = data.indexOf(0);
    const keyword = latin1(data.subarray(0, Math.max(0, Math.min(end, 79))));
    try {
      if (end < 1 || end > 79 || !isKeyword(keyword)) throw new TextRefusal("its keyword is not valid");
      const rest = data.subarray(end + 1);
      if (type === "tEXt") texts.push({ keyword, text: latin1(rest) });
      else if (type === "zTXt") texts.push({ keyword, text: latin1(inflate(compressedPart(rest))) });
      else if (type === "iTXt") texts.push({ keyword, text: internationalText(rest, inflate) });
    } catch (error) {
      if (!(error instanceof TextRefusal)) throw error;
      skipped.push({ keyword, reason: error.message });
    }
  }
  return { texts, skipped };
}

/** Why one text is left out; never leaves this file. */
class TextRefusal extends Error {}

/** Printable Latin-1 without spaces at the ends or two in a row: the rule of the PNG specification. */
function isKeyword(keyword: string): boolean {
  return /^[\x20-\x7e\xa1-\xff]{1,79}$/.test(keyword) && !/^ | {2}| $/.test(keyword);
}

/** Keyword rule for what we write ourselves. */
function requireKeyword(keyword: string): string {
  if (!isKeyword(keyword)) throw new RangeError(`${JSON.stringify(keyword)} is not a PNG keyword`);
  return keyword;
}

function compressedPart(rest: Uint8Array): Uint8Array {
  if (rest[0] !== 0) throw new TextRefusal("its compression method is unknown");
  return rest.subarray(1);
}

function internationalText(rest: Uint8Array, inflate: (data: Uint8Array) => Uint8Array): string {
  const [flag, method] = rest;
  const languageEnd = rest.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) throw new TextRefusal("its fields are not complete");
  if (flag !== 0 && flag !== 1) throw new TextRefusal("its compression flag is unknown");
  if (flag === 1 && method !== 0) throw new TextRefusal("its compression method is unknown");
  const bytes = rest.subarray(translatedEnd + 1);
  return utf8(flag === 1 ? inflate(bytes) : bytes);
}

function inflateAtMost(data: Uint8Array, limit: number): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: limit });
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    throw new TextRefusal(isTooLarge ? `it inflates to more than ${limit} bytes` : "its compressed data is damaged");
  }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TextRefusal("it is not valid UTF-8");
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/**
 * A text as tEXt where Latin-1 can hold it, else as iTXt (UTF-8, not compressed). Neither form can hold NUL, which
 * becomes U+FFFD; a lone surrogate does too.
 */
export function encodePngText({ keyword, text }: PngText): Buffer {
  const content = text.replaceAll("\0", "\ufffd");
  return /[\u0100-\uffff]/.test(content)
    ? encodeInternationalText({ keyword, text: content })
    : encodeChunk("tEXt", Buffer.from(`${requireKeyword(keyword)}\0${content}`, "latin1"));
}

/** A text as iTXt (UTF-8, not compressed) whatever it holds. */
export function encodeInternationalText({ keyword, text }: PngText): Buffer {
  // keyword, NUL, compression flag and method, empty language tag, empty translated keyword
  const head = Buffer.from(`${requireKeyword(keyword)}\0\0\0\0\0`, "latin1");
  return encodeChunk("iTXt", Buffer.concat([head, Buffer.from(text.replaceAll("\0", "\ufffd"), "utf8")]));
}
