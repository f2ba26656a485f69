/**
 * @file Counts the tokens of a text up to given places, and finds where a limit cuts it.
 *
 * Where the tokens spell the text out (Gemma's, and all byte-level ones) both are exact. Other tokenizers change the text
 * first (case, white space, composed characters); there the beginnings of the text are counted, which can be one token off
 * where a token reaches over a place, but always adds up to the whole.
 */

import type { TokenCount, TokenMeasure } from "../contract/tokens.ts";
import type { Tokeniser } from "./tokeniser.ts";
import { tokenStarts } from "./token-places.ts";

/** Beginnings longer than this are not counted whole for every mark: it would take time in the square of the length. */
const LONGEST_BEGINNING = 8192;

/** @param system stands before the text, unless there is no text */
export function measureTokens(
  tokeniser: Tokeniser,
  limit: number,
  system: string,
  text: string,
  marks: readonly number[],
): Omit<TokenMeasure, "pooled"> {
  const prefix = text === "" ? "" : system;
  const whole = prefix + text;
  const total = tokeniser.encode(whole, Number.MAX_SAFE_INTEGER).length;
  const tokens = tokeniser.tokenise(whole);
  const special = total - tokens.length;
  const starts = tokenStarts(tokens, whole);
  const count = starts === undefined ? beginningCounter(tokeniser, whole, tokens.length) : startCounter(starts);
  const ofSystem = count(prefix.length);
  const before = marks.map((mark) => Math.max(0, count(prefix.length + mark) - ofSystem));
  const room = Math.max(0, limit - special);
  const kept = room >= tokens.length ? whole.length : (starts?.[room] ?? lastWithin(count, room, whole.length));
  return {
    limit,
    total,
    special,
    system: ofSystem,
    before,
    keptLength: Math.max(0, kept - prefix.length),
  };
}

/** The same without places, for an encoder that reads the text alone. */
export function countTokens(tokeniser: Tokeniser, limit: number, text: string): TokenCount {
  const { total, special, keptLength } = measureTokens(tokeniser, limit, "", text, []);
  return { limit, total, special, keptLength };
}

/** How many tokens begin before a place. */
type Counter = (place: number) => number;

function startCounter(starts: readonly number[]): Counter {
  return (place) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? Infinity) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function beginningCounter(tokeniser: Tokeniser, whole: string, total: number): Counter {
  // Ascending places build on each other; a search asks for any.
  let known = { place: 0, count: 0 };
  return (place) => {
    if (place >= whole.length) return total;
    let count: number;
    if (place <= LONGEST_BEGINNING) count = tokeniser.tokenise(whole.slice(0, place)).length;
    else {
      if (place < known.place) known = { place: 0, count: 0 };
      count = known.count + tokeniser.tokenise(whole.slice(known.place, place)).length;
    }
    known = { place, count: Math.min(count, total) };
    return known.count;
  };
}

/** The last place up to which there are no more than `room` tokens. */
function lastWithin(count: Counter, room: number, length: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (count(middle) <= room) low = middle;
    else high = middle - 1;
  }
  return low;
}
