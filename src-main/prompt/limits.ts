/**
 * @file How large a prompt may be, and the one place where the reader refuses a text instead of tolerating it.
 *
 * Prompts come by paste, from pictures and from files of strangers. The limits bound the work that a text can cause;
 * everything below them is read somehow.
 */

import { TachieError } from "../contract/errors.ts";
import type { ErrorCode } from "../contract/errors.ts";
import { placeOf } from "./text-places.ts";

export const PROMPT_LIMITS = {
  /**
   * UTF-8 bytes of the whole text. Nobody writes a quarter of it; the rest is room for what a change of dialect adds to a
   * prompt of 256 KiB: a root, escapes, the structure that is carried behind plain text.
   */
  bytes: 1024 * 1024,
  /** Elements inside one another, a root around all of them not counted. */
  depth: 32,
  /** Elements, comments, CDATA sections and instructions together. */
  nodes: 20_000,
  /** Attributes of one element. */
  attributes: 64,
} as const;

export const TOO_MANY_BYTES = `The prompt is larger than ${PROMPT_LIMITS.bytes / 1024} KiB`;

/** A refusal at an offset (UTF-16 units) of the text, with line and column in `where`. */
export function refusal(code: ErrorCode, message: string, source: string, offset: number): TachieError {
  const { line, column } = placeOf(source, offset);
  return new TachieError(code, `${message} (line ${line}, column ${column})`, { where: `${line}:${column}` });
}

/** @throws prompt.too-large when the text has more UTF-8 bytes than allowed. */
export function checkLength(text: string): void {
  const units = text.length;
  if (units * 3 <= PROMPT_LIMITS.bytes) return;
  let bytes = 0;
  for (let offset = 0; offset < units; offset++) {
    const unit = text.charCodeAt(offset);
    // Each half of a surrogate pair counts two bytes; a lone one is written as U+FFFD, three, but is an error anyway.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
    if (bytes > PROMPT_LIMITS.bytes) {
      throw refusal("prompt.too-large", TOO_MANY_BYTES, text, offset);
    }
  }
}
