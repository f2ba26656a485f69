/** @file What a query is made of: words, quotes and the signs between a name and its value. */

import { TachieError } from "../../contract/errors.ts";

/** UTF-16 units of a query. */
export const MAX_QUERY_LENGTH = 2000;

export interface QueryWord {
  /** Offsets in the query, the minus sign left out. */
  readonly start: number;
  readonly end: number;
  readonly isNegated: boolean;
  /** As written before the sign; absent for words alone. */
  readonly name?: string;
  readonly sign?: Sign;
  /** Quotes and escapes resolved, a trailing star left out. */
  readonly value: string;
  readonly valueStart: number;
  readonly isQuoted: boolean;
  readonly hasStar: boolean;
}

export type Sign = "<=" | ">=" | ":" | "=" | "<" | ">";
const NAME = /^([\p{L}_][\p{L}\p{N}_.]*)(<=|>=|[:=<>])/u;

/** Full-width signs, which an input method for Chinese or Japanese types, as ASCII; every offset stays. */
export function asciiSigns(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\u00a0]/g, " ")
    .replace(/[“”]/g, '"');
}

/** @throws query.invalid for a quote without its partner, or a sign alone */
export function queryWords(query: string): QueryWord[] {
  if (query.length > MAX_QUERY_LENGTH)
    throw invalid(`the query is longer than ${MAX_QUERY_LENGTH} characters`, 0, "Shorten the query.");
  const text = asciiSigns(query);
  const words: QueryWord[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text[at] ?? "")) at++;
    if (at === text.length) return words;
    const word = readWord(text, at, (quote) => {
      throw invalid("the quote that begins here has no end", quote, 'Put " at the end of the text.');
    });
    words.push(word);
    at = word.end;
  }
}

/** @param onUnclosed called for a quote that goes on to the end; completion lets it */
export function readWord(text: string, begin: number, onUnclosed: (quote: number) => void): QueryWord {
  const isNegated = text[begin] === "-";
  const start = isNegated ? begin + 1 : begin;
  const named = NAME.exec(text.slice(start));
  const valueStart = start + (named?.[0].length ?? 0);
  const read = text[valueStart] === '"' ? readQuoted(text, valueStart, onUnclosed) : readBare(text, valueStart);
  const head = named === null ? {} : { name: named[1] ?? "", sign: named[2] as Sign };
  return { start, isNegated, ...head, valueStart, ...read };
}

type ReadValue = Pick<QueryWord, "value" | "end" | "isQuoted" | "hasStar">;

function readBare(text: string, start: number): ReadValue {
  let end = start;
  while (end < text.length && !/\s/.test(text[end] ?? "")) end++;
  const written = text.slice(start, end);
  const hasStar = written.endsWith("*");
  return { value: hasStar ? written.slice(0, -1) : written, end, isQuoted: false, hasStar };
}

function readQuoted(text: string, start: number, onUnclosed: (quote: number) => void): ReadValue {
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === '"') {
      const hasStar = text[at + 1] === "*";
      return { value, end: at + (hasStar ? 2 : 1), isQuoted: true, hasStar };
    }
    if (sign === "\\" && (text[at + 1] === '"' || text[at + 1] === "\\")) at++;
    value += text[at] ?? "";
  }
  onUnclosed(start);
  return { value, end: text.length, isQuoted: true, hasStar: false };
}

/** @param at offset in the query; the message counts from one */
export function invalid(message: string, at: number, remedy?: string): TachieError {
  return new TachieError("query.invalid", `${message} (column ${at + 1})`, {
    where: `column ${at + 1}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
