/**
 * @file The checks: what the reader tolerated, and what the rules say about the prompt that it understood.
 *
 * Each finding has a stable code, a place and, wherever a machine can know one, a fix after which it is gone. The rules
 * are independent of each other; their order here does not matter.
 */

import type { Diagnostic } from "../../contract/prompt.ts";
import { readSource } from "../read.ts";
import type { PromptReading } from "../read.ts";
import { countOfCharacters, emptyCharacters, hairOfCharacters, placesOfCharacters } from "./cast-rules.ts";
import { makeContext } from "./context.ts";
import type { Rule } from "./context.ts";
import { entriesOfEnvelope, formOfEnvelope } from "./envelope-rules.ts";
import { artistName, captions, misplacedFields, repeatedFields, spellingOfNames, unknownNames } from "./name-rules.ts";
import { againstNegative, forbiddenTags } from "./negative-rules.ts";
import { nestedBlocks, numbersOfCharacters, secondRoot } from "./number-rules.ts";
import { foreignCommas, parentheses } from "./tag-rules.ts";
import { brokenMarkup, codeFences, fullWidthBrackets, strayText, systemPrefix } from "./text-rules.ts";

const RULES: readonly Rule[] = [
  formOfEnvelope,
  entriesOfEnvelope,
  systemPrefix,
  codeFences,
  strayText,
  brokenMarkup,
  fullWidthBrackets,
  spellingOfNames,
  unknownNames,
  artistName,
  repeatedFields,
  misplacedFields,
  captions,
  numbersOfCharacters,
  nestedBlocks,
  secondRoot,
  countOfCharacters,
  placesOfCharacters,
  hairOfCharacters,
  emptyCharacters,
  parentheses,
  foreignCommas,
  againstNegative,
];

export interface LintOptions {
  /** The negative prompt that goes with it. */
  readonly negative?: string;
}

/**
 * A prompt with all findings about it, in the order of the text. A declaration that `readPrompt` refuses is one of them.
 *
 * @throws prompt.too-large as `readPrompt`, for either text
 */
export function checkPrompt(text: string, options: LintOptions = {}): PromptReading {
  const reading = readSource(text, "checking");
  const context = makeContext(reading, options.negative === undefined ? new Map() : forbiddenTags(options.negative));
  for (const rule of RULES) rule(context);
  return { tree: reading.tree, dialect: reading.tree.dialect, diagnostics: reading.findings.list() };
}

/** The findings of `checkPrompt`. */
export function lintPrompt(text: string, options: LintOptions = {}): readonly Diagnostic[] {
  return checkPrompt(text, options).diagnostics;
}
