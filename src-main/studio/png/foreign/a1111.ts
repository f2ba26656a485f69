/**
 * @file The text form of A1111, Forge, Krita, Stability Matrix and others: the prompt, `Negative prompt: …`, and a last line
 * of `Key: value` pairs. One pass over the text, whatever it holds.
 */

import { readingOf } from "./loose.ts";
import type { ForeignReading } from "./loose.ts";

const NEGATIVE = "Negative prompt:";
/** Fewer pairs than this and the last line is part of the prompt. */
const FEWEST_PAIRS = 3;

export function readA1111(text: string): ForeignReading {
  const lines = text.replace(/\r\n?/g, "\n").trimEnd().split("\n");
  const pairs = readPairs(lines.at(-1) ?? "");
  const hasPairs = pairs.size >= FEWEST_PAIRS;
  const texts = hasPairs ? lines.slice(0, -1) : lines;
  const start = texts.findIndex((line) => line.trimStart().startsWith(NEGATIVE));
  const prompt = texts.slice(0, start === -1 ? undefined : start).join("\n");
  const negative = start === -1 ? "" : texts.slice(start).join("\n").trimStart().slice(NEGATIVE.length);
  const value = (name: string): string | undefined => (hasPairs ? pairs.get(name) : undefined);
  const [, width, height] = /^(\d{1,6})x(\d{1,6})$/.exec(value("Size") ?? "") ?? [];
  return readingOf(prompt.trim(), negative.trim(), {
    seed: value("Seed"),
    width,
    height,
    steps: value("Steps"),
    guidance: value("CFG scale"),
    solver: value("Sampler"),
    schedule: value("Schedule type"),
    shift: value("Shift"),
    truncate: value("Guidance truncate"),
    renorm: value("Guidance renorm"),
  });
}

/** `Key: value, Key: "value, as JSON", …`; the first of a key counts. */
function readPairs(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let place = 0; place < line.length;) {
    const colon = line.indexOf(":", place);
    if (colon === -1) break;
    const key = line.slice(line.lastIndexOf(",", colon) + 1, colon).trim();
    let start = colon + 1;
    while (line[start] === " ") start++;
    const isQuoted = line[start] === '"';
    const end = isQuoted ? endOfQuoted(line, start) : endOfPlain(line, start);
    const value = line.slice(start, end).trim();
    if (/^\w[\w \-/]{0,60}$/.test(key) && !pairs.has(key)) pairs.set(key, isQuoted ? unquoted(value) : value);
    place = end + 1;
  }
  return pairs;
}

function endOfPlain(line: string, start: number): number {
  const comma = line.indexOf(",", start);
  return comma === -1 ? line.length : comma;
}

function endOfQuoted(line: string, start: number): number {
  for (let place = start + 1; place < line.length; place++)
    if (line[place] === "\\") place++;
    else if (line[place] === '"') return place + 1;
  return line.length;
}

function unquoted(value: string): string {
  try {
    const text: unknown = JSON.parse(value);
    return typeof text === "string" ? text : value;
  } catch {
    return value; // only looked like JSON
  }
}
