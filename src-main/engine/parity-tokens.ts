/** @file Compares a tokenizer with reference values: a JSON list of texts, each with the ids that it must give. */

import { readFileSync } from "node:fs";
import path from "node:path";
import type { ParityCase, ParityReport } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { openTokeniser } from "./tokeniser.ts";

interface TokenCase {
  readonly text: string;
  readonly ids: readonly number[];
}

/** How much of a text goes into the name of its case. */
const NAME_LENGTH = 40;

/**
 * An error is 0 where all ids are equal, and infinite otherwise: nearly right is wrong here.
 * @param tokenizer path of the `tokenizer.json`
 * @throws usage.invalid without a tokenizer; parity.no-case where the file is not of that form; model.incomplete, file.*
 */
export function runTokenParity(file: string, tokenizer: string | undefined): ParityReport {
  if (tokenizer === undefined)
    throw new TachieError(
      "usage.invalid",
      `${file} holds texts and token ids: --tokenizer FILE must name the tokenizer`,
      {
        where: "--tokenizer",
        remedy: "Give --tokenizer the tokenizer.json that the ids belong to.",
      },
    );
  const wanted = readCases(file);
  const tokeniser = openTokeniser(tokenizer);
  return {
    cases: wanted.map(({ text, ids }, index): ParityCase => {
      const actual = tokeniser.encode(text, Number.MAX_SAFE_INTEGER);
      const first = firstDifference(actual, ids);
      const name = `${path.basename(file)} ${index} ${JSON.stringify(text.slice(0, NAME_LENGTH))}`;
      if (first === undefined) return { name, error: 0 };
      const found = `${name} differs at token ${first}: ${actual[first] ?? "none"}, expected ${ids[first] ?? "none"}`;
      return { name: found, error: Infinity };
    }),
  };
}

function firstDifference(actual: readonly number[], expected: readonly number[]): number | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) if (actual[index] !== expected[index]) return index;
  return undefined;
}

function readCases(file: string): TokenCase[] {
  const fail = (what: string, cause?: unknown): never => {
    throw new TachieError("parity.no-case", `${file} ${what}`, { where: file, cause });
  };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new TachieError("file.unreadable", `${file} cannot be read`, { where: file, cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return fail("is not JSON", cause);
  }
  if (!Array.isArray(json) || json.length === 0 || !json.every(isTokenCase))
    return fail("is not a list of texts with their token ids");
  return json;
}

function isTokenCase(value: unknown): value is TokenCase {
  const { text, ids } = (value ?? {}) as Record<string, unknown>;
  return typeof text === "string" && Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id));
}
