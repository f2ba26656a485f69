/**
 * @file A stretch of the source that is read as XML, and the way back from an offset in it to one in the source.
 *
 * For most prompts the stretch is a slice. In an envelope it is what a string says, where `\"` is one character, so the
 * offsets differ and text that a fix inserts must be escaped.
 */

import { refusal } from "./limits.ts";
import type { ErrorCode } from "../contract/errors.ts";

export interface SourceRegion {
  /** What is read. */
  readonly text: string;
  /** The offset in the whole source of an offset (0 to text.length) in `text`. */
  readonly toSource: (offset: number) => number;
  /** Text as it must be written to stand in this region. */
  readonly encode: (text: string) => string;
}

export function sliceRegion(source: string, start: number, end: number): SourceRegion {
  return { text: source.slice(start, end), toSource: (offset) => start + offset, encode: (text) => text };
}

/** Throws a refusal at an offset of the region. */
export type Refuse = (code: ErrorCode, message: string, offset: number) => never;

export function refuseIn(source: string, region: SourceRegion): Refuse {
  return (code, message, offset) => {
    throw refusal(code, message, source, region.toSource(offset));
  };
}
