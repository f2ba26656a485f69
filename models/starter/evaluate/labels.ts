/**
 * @file Labels of generated pictures, given by eye: a text file of one line a picture.
 *
 *   12: left blonde blue red; right black closed white
 *
 * Characters from the left, each with position, hair colour, eye colour or `closed`, outfit colour; `?` where it cannot be
 * told. `12: nobody` for a picture without anyone. Lines that begin with # and lines without an answer are skipped.
 */

import { TachieError } from "../../../src-main/contract/errors.ts";
import { ATTRIBUTES } from "../data/record.ts";
import { CLOSED_EYES, valuesOf } from "./reader.ts";

export const UNTOLD = "?";
export const NOBODY = "nobody";
/** What is told of a character, in the order of its words. */
export const LABELLED = ["position", "hairColour", "eyeColour", "outfitColour"] as const;
export type Labelled = (typeof LABELLED)[number];
/** A character's words; `?` where one could not be told. */
export type Label = Readonly<Record<Labelled, string>>;

export function labelWords(name: Labelled): readonly string[] {
  return name === "position" ? ATTRIBUTES.position : valuesOf(name);
}

/** An empty form for pictures 1 to `count`. */
export function labelForm(count: number): string {
  const lists = LABELLED.map((name) => `#   ${name}: ${labelWords(name).join(" ")}`);
  return [
    "# What each picture shows. Characters from the left, divided by ; and each told by four words:",
    ...lists,
    `# ${UNTOLD} where it cannot be told, ${CLOSED_EYES} only where both eyes are closed, ${NOBODY} where there is no one. Example:`,
    "#   0: left blonde blue red; right black closed white",
    ...Array.from({ length: count }, (_, index) => `${index + 1}:`),
    "",
  ].join("\n");
}

/**
 * Characters by picture number; numbers without an answer are left out.
 * @param file for messages
 * @throws settings.invalid naming line and word
 */
export function parseLabels(text: string, file: string): ReadonlyMap<number, readonly Label[]> {
  const labels = new Map<number, readonly Label[]>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const where = `${file}:${index + 1}`;
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(\d+):\s*(.*?)\s*$/.exec(line);
    if (match === null) throw wrong(where, `"${line}" is not a number, a colon and characters`);
    const [, digits = "", answer = ""] = match;
    const number = Number(digits);
    if (answer === "") continue;
    if (labels.has(number)) throw wrong(where, `picture ${number} is labelled twice`);
    labels.set(number, answer === NOBODY ? [] : answer.split(";").map((part) => parseCharacter(part, where)));
  }
  return labels;
}

function parseCharacter(text: string, where: string): Label {
  const words = text.trim().split(/\s+/);
  if (words.length !== LABELLED.length)
    throw wrong(where, `"${text.trim()}" has ${words.length} words, but a character has ${LABELLED.length}`);
  return Object.fromEntries(
    LABELLED.map((name, index) => {
      const word = words[index] ?? "";
      if (word !== UNTOLD && !labelWords(name).includes(word))
        throw wrong(where, `"${word}" is no ${name}: ${labelWords(name).join(", ")} or ${UNTOLD}`);
      return [name, word];
    }),
  ) as Record<Labelled, string>;
}

function wrong(where: string, what: string): TachieError {
  return new TachieError("settings.invalid", `${where}: ${what}`, {
    where,
    remedy: "Correct that line of the labels.",
  });
}
