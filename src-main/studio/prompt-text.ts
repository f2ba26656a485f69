/**
 * @file A prompt's text on its way to the model: read, judged, and turned into exactly the words that the encoders get.
 *
 * What is met in the wild and has one obvious meaning (`<character 1>`, `>_<`, `d&d`, closing numbers that differ) is read
 * as it is meant, and said. Where tags do not fit together, part of the prompt is missing or in the wrong place: nobody
 * wants minutes of computing for that, so it is refused, with line and column.
 */

import { TachieError, isTachieError } from "../contract/errors.ts";
import type { Diagnostic, Dialect } from "../contract/prompt.ts";
import { modelText, readPrompt } from "../prompt/index.ts";

export interface PromptText {
  readonly dialect: Dialect;
  readonly tree: unknown;
  /** What the model reads: references resolved. */
  readonly modelText: string;
  /** What was read otherwise than written, for the author. */
  readonly notices: readonly string[];
}

/** Findings of the reader after which the structure is a guess. */
const BROKEN_STRUCTURE: readonly string[] = [
  "xml.unclosed-tag",
  "xml.unfinished-tag",
  "xml.stray-end-tag",
  "xml.closing-name",
  "xml.unclosed-comment",
];
/** Findings named one by one; more than that are counted. */
const NOTICES_SHOWN = 3;

/**
 * @param name the text's source, for messages
 * @throws prompt.malformed naming line and column; prompt.too-large
 */
export function readPromptText(text: string, name: string): PromptText {
  const { tree, dialect, diagnostics } = readNamed(text, name);
  const broken = diagnostics.filter(({ code }) => BROKEN_STRUCTURE.includes(code));
  const [first] = broken;
  if (first !== undefined) {
    const others = broken.length > 1 ? ` (and ${broken.length - 1} more)` : "";
    throw new TachieError("prompt.malformed", `${placeOf(first, name)}: ${first.message}${others}`, {
      where: placeOf(first, name),
    });
  }
  return { tree, dialect, modelText: modelText(tree), notices: noticesOf(diagnostics, name) };
}

function readNamed(text: string, name: string): ReturnType<typeof readPrompt> {
  try {
    return readPrompt(text);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    const where = error.where === undefined ? name : `${name}:${error.where}`;
    throw new TachieError(error.code, `${name}: ${error.message}`, { where, cause: error });
  }
}

function noticesOf(diagnostics: readonly Diagnostic[], name: string): string[] {
  const repaired = diagnostics.filter(({ severity }) => severity === "error");
  const shown = repaired.slice(0, NOTICES_SHOWN).map((found) => `${placeOf(found, name)}: ${found.message}`);
  const rest = repaired.length - shown.length;
  return rest === 0 ? shown : [...shown, `${name}: ${rest} more of the kind (tachie prompt check names them)`];
}

function placeOf({ line, column }: Diagnostic, name: string): string {
  return `${name}:${line}:${column}`;
}
