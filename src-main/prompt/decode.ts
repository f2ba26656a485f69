/** @file Bytes of a file as the text of a prompt: UTF-8, or UTF-16 where a byte order mark says so. */

import { placeOf } from "./text-places.ts";
import { PROMPT_LIMITS, TOO_MANY_BYTES } from "./limits.ts";
import { TachieError } from "../contract/errors.ts";

/**
 * The text of a file. A byte order mark stays in it, so that the file can be written back as it was.
 *
 * @throws prompt.too-large before anything is decoded
 * @throws prompt.malformed where the bytes are no text, with line and column of the first wrong one
 */
export function decodePrompt(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  // UTF-16 needs up to twice the bytes; the reader counts again as UTF-8.
  if (bytes.length > PROMPT_LIMITS.bytes * (isUtf16 ? 2 : 1) + 3)
    throw new TachieError("prompt.too-large", `${TOO_MANY_BYTES}.`);
  const encoding = !isUtf16 ? "utf-8" : bytes[0] === 0xff ? "utf-16le" : "utf-16be";
  const text = decoded(bytes, encoding, false);
  if (text !== undefined) return text;
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decoded(bytes.subarray(0, middle), encoding, true) === undefined) invalid = middle;
    else valid = middle;
  }
  const before = decoded(bytes.subarray(0, valid), encoding, true) ?? "";
  const { line, column } = placeOf(before, before.length);
  const what = `The file is no ${encoding.toUpperCase()} text: byte ${valid} is wrong (line ${line}, column ${column})`;
  const remedy = "Save the file as UTF-8.";
  throw new TachieError("prompt.malformed", what, { where: `${line}:${column}`, remedy });
}

/** @param isPart whether the last character may be cut off */
function decoded(bytes: Uint8Array, encoding: string, isPart: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isPart });
  } catch {
    // The decoder says no more than that; the caller looks for the place.
    return undefined;
  }
}
