/** @file Reads a query. Whatever is wrong with it is said with its place and what to write instead. */

import { SOLVERS } from "../../contract/sampling.ts";
import { readValue } from "./parse-value.ts";
import {
  FIELD_ALIASES,
  FURTHER_NAMES,
  isPlace,
  NAMED_NAMES,
  NUMBER_NAMES,
  searchField,
  SEARCH_FIELDS,
} from "./query.ts";
import type { Condition, Match, Query, Scope, Term } from "./query.ts";
import { invalid, queryWords } from "./signs.ts";
import type { QueryWord } from "./signs.ts";
import { askedWords } from "./words.ts";
import { editDistance } from "../vocabulary.ts";

/** More than an author types, few enough for one statement. */
export const MAX_TERMS = 40;

/** @throws query.invalid */
export function parseQuery(text: string): Query {
  const alternatives: Term[][] = [];
  let current: Term[] = [];
  let or: QueryWord | undefined;
  const words = queryWords(text);
  if (words.length === 0) return { alternatives: [] };
  for (const word of words) {
    if (isOr(word)) {
      if (current.length === 0) throw noSide(word);
      alternatives.push(current);
      current = [];
      or = word;
    } else current.push({ isNegated: word.isNegated, condition: conditionOf(word) });
  }
  if (current.length === 0 && or !== undefined) throw noSide(or);
  alternatives.push(current);
  const terms = alternatives.flat().length;
  if (terms > MAX_TERMS)
    throw invalid(`the query has ${terms} terms, more than ${MAX_TERMS}`, 0, "Leave some terms out.");
  return { alternatives };
}

export function isOr({ name, isNegated, isQuoted, value, hasStar }: QueryWord): boolean {
  return name === undefined && !isNegated && !isQuoted && !hasStar && value.toLowerCase() === "or";
}

function noSide({ start }: QueryWord): Error {
  return invalid("`or` stands between two alternatives", start, 'Write something on both sides, or "or" in quotes.');
}

function conditionOf(word: QueryWord): Condition {
  const { name, sign, value, isQuoted, hasStar, valueStart } = word;
  if (name === undefined || sign === undefined) {
    if (!isQuoted && !hasStar && value.toLowerCase() === "star") return { kind: "star" };
    if (value === "")
      throw invalid("a sign stands here without a word", word.start, "Write a word behind it, or leave it out.");
    return { kind: "text", match: matchOf(word) };
  }
  if (value === "") throw invalid(`nothing stands behind ${name}${sign}`, valueStart, `Write a value, as in ${name}:…`);
  const written = name.toLowerCase();
  const number = NUMBER_NAMES.find((known) => known === written);
  if (number !== undefined) return readValue.number(number, word);
  if (sign !== ":" && sign !== "=")
    throw invalid(
      `${name} cannot be compared with ${sign}`,
      word.start,
      `${NUMBER_NAMES.join(", ")} can; write ${name}: otherwise.`,
    );
  if (written === "size") return readValue.size(word);
  if (written === "toggle") return readValue.toggle(word);
  if (written === "date") return readValue.date(word);
  if (written === "caption") return { kind: "caption", match: matchOf(word) };
  if (written === "solver" && !hasStar && !SOLVERS.some((known) => known === value.toLowerCase()))
    throw invalid(`there is no solver ${value}`, valueStart, `Write one of ${SOLVERS.join(", ")}.`);
  const named = NAMED_NAMES.find((known) => known === written);
  if (named !== undefined) return { kind: "named", name: named, match: matchOf(word) };
  return { kind: "tag", ...scopeAndField(written, word), match: matchOf(word) };
}

function matchOf({ value, sign, hasStar, valueStart }: QueryWord): Match {
  if (sign === "=" && hasStar)
    throw invalid("= asks for the whole, * for a beginning", valueStart, "Write : before it, or leave * out.");
  if (sign === "=") return { how: "exact", text: value };
  if (askedWords(value).length === 0)
    throw invalid(
      "there is neither a letter nor a digit to look for",
      valueStart,
      "Write a word, or = before the whole tag.",
    );
  return { how: hasStar ? "prefix" : "words", text: value };
}

const CHARACTER_SCOPE = /^(?:c|char|character)_?(\d{1,9})$/;

function scopeAndField(name: string, word: QueryWord): Pick<Condition & { kind: "tag" }, "scope" | "field"> {
  const dot = name.indexOf(".");
  const scope = scopeOf(dot === -1 ? name : name.slice(0, dot));
  if (dot === -1 && scope !== undefined) return { scope };
  if (dot !== -1 && scope === undefined)
    throw invalid(
      `${name.slice(0, dot)} is nobody`,
      word.start,
      "Write c1, c2 … or a place such as left before the dot.",
    );
  const written = dot === -1 ? name : name.slice(dot + 1);
  const field = searchField(written);
  if (field === undefined && written !== "tag") throw unknownName(name, written, word);
  return { ...(field === undefined ? {} : { field }), ...(scope === undefined ? {} : { scope }) };
}

function scopeOf(name: string): Scope | undefined {
  const number = CHARACTER_SCOPE.exec(name)?.[1];
  if (number !== undefined) return { character: Number(number) };
  if (name === "middle") return { place: "center" };
  return isPlace(name) ? { place: name } : undefined;
}

function unknownName(name: string, written: string, word: QueryWord): Error {
  const known = [...SEARCH_FIELDS, ...Object.keys(FIELD_ALIASES), ...NUMBER_NAMES, ...NAMED_NAMES, ...FURTHER_NAMES];
  const near = known.filter((other) => other.length > 3 && editDistance(other, written.slice(0, 24)) <= 2);
  const hint = near[0] === undefined ? "" : `Did you mean ${near[0]}? `;
  return invalid(`there is no field ${name}`, word.start, `${hint}Put quotes around what is meant as text.`);
}
