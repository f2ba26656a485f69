/**
 * @file Lines and columns of a text, as editors count them: from 1, columns in UTF-16 units, any of LF, CRLF, CR. A byte
 * order mark, which no editor shows, is not counted.
 */

export interface TextPlace {
  /** From 1. */
  readonly line: number;
  /** From 1, UTF-16 units. */
  readonly column: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Offsets at which lines begin, ascending; the first is 0, or 1 behind a byte order mark. */
export function lineStarts(text: string): readonly number[] {
  const starts = [text.startsWith("\ufeff") ? 1 : 0];
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit === LINE_FEED) starts.push(offset + 1);
    else if (unit === CARRIAGE_RETURN && text.charCodeAt(offset + 1) !== LINE_FEED) starts.push(offset + 1);
  }
  return starts;
}

export function placeAmong(starts: readonly number[], offset: number): TextPlace {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
}

/** For a single place; use `lineStarts` with `placeAmong` for many. */
export function placeOf(text: string, offset: number): TextPlace {
  return placeAmong(lineStarts(text), offset);
}
