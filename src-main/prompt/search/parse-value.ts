/** @file The values of a query that are no words: numbers and their ranges, sizes, toggles, days. */

import { isToggle, TOGGLES } from "../../contract/toggles.ts";
import type { Toggle } from "../../contract/toggles.ts";
import type { Condition, NumberName } from "./query.ts";
import { invalid } from "./signs.ts";
import type { QueryWord } from "./signs.ts";

export const readValue = { number: readNumber, size: readSize, toggle: readToggle, date: readDate } as const;

const DECIMALS: ReadonlySet<NumberName> = new Set(["guidance"]);

function readNumber(name: NumberName, word: QueryWord): Condition {
  const { sign, valueStart } = word;
  const value = wholeValue(word);
  const number = (text: string): number => {
    const found = Number(text);
    const isNumber = (DECIMALS.has(name) ? /^\d{1,9}(?:\.\d{1,6})?$/ : /^\d{1,16}$/).test(text);
    if (isNumber && found <= Number.MAX_SAFE_INTEGER) return found;
    throw invalid(
      `${name} is a number, which ${text === "" ? "nothing" : text} is not`,
      valueStart,
      `Write ${name}:30, ${name}<30 or ${name}:20..30.`,
    );
  };
  if (sign === "<" || sign === "<=")
    return ranged(name, { high: number(value), ...(sign === "<" ? { isOpen: true } : {}) });
  if (sign === ">" || sign === ">=")
    return ranged(name, { low: number(value), ...(sign === ">" ? { isOpen: true } : {}) });
  const [from, to] = rangeOf(value);
  if (to === undefined) return ranged(name, { low: number(from), high: number(from) });
  if (from === "" && to === "") number("");
  const range = { ...(from === "" ? {} : { low: number(from) }), ...(to === "" ? {} : { high: number(to) }) };
  if (range.low !== undefined && range.high !== undefined && range.low > range.high)
    throw invalid(`${from} is more than ${to}`, valueStart, `Write ${name}:${to}..${from}.`);
  return ranged(name, range);
}

function ranged(name: NumberName, range: (Condition & { kind: "number" })["range"]): Condition {
  return { kind: "number", name, range };
}

function rangeOf(value: string): readonly [string, string | undefined] {
  const at = value.indexOf("..");
  return at === -1 ? [value, undefined] : [value.slice(0, at), value.slice(at + 2)];
}

function wholeValue({ value, hasStar }: QueryWord): string {
  return hasStar ? `${value}*` : value;
}

function readSize(word: QueryWord): Condition {
  const found = /^(\d{1,6})[x×](\d{1,6})$/i.exec(wholeValue(word));
  if (found === null)
    throw invalid(`${wholeValue(word)} is no size`, word.valueStart, "Write width x height, as in size:1024x1024.");
  return { kind: "size", width: Number(found[1]), height: Number(found[2]) };
}

function readToggle(word: QueryWord): Condition {
  const written = wholeValue(word).toLowerCase();
  const at = written.indexOf("=");
  const name = at === -1 ? written : written.slice(0, at);
  if (at === -1 && !isToggle(name)) {
    const isValue = Object.values(TOGGLES).some(({ values }) => (values as readonly string[]).includes(name));
    if (isValue && name !== "on" && name !== "off") return { kind: "toggle", value: name };
  }
  if (!isToggle(name))
    throw invalid(
      `there is no toggle ${name}`,
      word.valueStart,
      `Write one of ${Object.keys(TOGGLES).join(", ")}, or toggle:NAME=VALUE.`,
    );
  if (at === -1) return { kind: "toggle", name };
  const value = written.slice(at + 1);
  const values: readonly string[] = TOGGLES[name].values;
  if (!values.includes(value))
    throw invalid(
      `${name} is never ${value === "" ? "nothing" : value}`,
      word.valueStart + at + 1,
      `Write one of ${values.map((known) => `${name}=${known}`).join(", ")}.`,
    );
  return { kind: "toggle", name, value };
}

/** Whether a toggle's value, of a name that may be absent, is what is asked for. */
export function hasToggle(
  { name, value }: { readonly name?: Toggle; readonly value?: string },
  toggles: Readonly<Record<string, string>>,
): boolean {
  if (name === undefined) return Object.values(toggles).some((found) => found === value);
  return value === undefined ? (toggles[name] ?? "off") !== TOGGLES[name].values[0] : toggles[name] === value;
}

function readDate(word: QueryWord): Condition {
  const [from, to] = rangeOf(wholeValue(word));
  const day = (text: string): string => {
    if (isDay(text)) return text;
    const wrong = text === "" ? "nothing" : text;
    throw invalid(
      `${wrong} is no day, month or year`,
      word.valueStart,
      "Write date:2026-11-20, date:2026-11 or date:2026-11-01..2026-11-20.",
    );
  };
  if (to === undefined) return { kind: "date", from: day(from), to: from };
  if (from === "" && to === "") day("");
  if (from !== "" && to !== "" && day(from) > day(to) && !from.startsWith(to))
    throw invalid(`${from} is later than ${to}`, word.valueStart, `Write date:${to}..${from}.`);
  return { kind: "date", ...(from === "" ? {} : { from: day(from) }), ...(to === "" ? {} : { to: day(to) }) };
}

/** `2026`, `2026-11` or `2026-11-20`, where there is such a day. */
function isDay(text: string): boolean {
  const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (found === null) return false;
  const [year, month, date] = [Number(found[1]), Number(found[2] ?? "1"), Number(found[3] ?? "1")];
  const time = new Date(Date.UTC(year, month - 1, date));
  return year >= 1900 && time.getUTCMonth() === month - 1 && time.getUTCDate() === date;
}
