/**
 * @file Text to token ids, by the `tokenizer.json` that belongs to a model.
 *
 * Special tokens are added as the file's own post-processor says. A text that is too long loses its end, never the
 * special token after it: a tower that was trained with `</s>` last must find it last.
 */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { TachieError } from "../contract/errors.ts";

/** The library's declarations import each other in a way that Node's resolution refuses, so what we use is stated here. */
interface LibraryTokenizer {
  encode(text: string, options?: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
}
const LibraryTokenizer = Tokenizer as unknown as new (definition: object, config: object) => LibraryTokenizer;

export interface Tokeniser {
  /** The ids of a text, special tokens included, at most `maxTokens`. */
  encode(text: string, maxTokens: number): number[];
}

/**
 * Opens a `tokenizer.json`; a `tokenizer_config.json` beside it is taken into account.
 * @throws model.incomplete where the file is missing or is not a tokenizer that can be read
 */
export function openTokeniser(file: string): Tokeniser {
  const configFile = path.join(path.dirname(file), "tokenizer_config.json");
  const definition = readJson(file);
  const config = existsSync(configFile) ? readJson(configFile) : {};
  let tokenizer: LibraryTokenizer;
  try {
    tokenizer = new LibraryTokenizer(definition, config);
    tokenizer.encode("a");
  } catch (cause) {
    throw unreadable(file, `is not a tokenizer that can be read: ${messageOf(cause)}`, cause);
  }
  return { encode: (text, maxTokens) => truncate(tokenizer, text, maxTokens) };
}

function truncate(tokenizer: LibraryTokenizer, text: string, maxTokens: number): number[] {
  const { ids } = tokenizer.encode(text);
  if (ids.length <= maxTokens) return [...ids];
  const body = tokenizer.encode(text, { add_special_tokens: false }).ids;
  const added = ids.length - body.length;
  const before = leadingTokens(ids, body);
  const room = Math.max(0, maxTokens - added);
  return [...ids.slice(0, before), ...body.slice(0, room), ...ids.slice(before + body.length)].slice(0, maxTokens);
}

/** How many special tokens stand before the text's own. */
function leadingTokens(ids: readonly number[], body: readonly number[]): number {
  for (let before = 0; before + body.length <= ids.length; before++)
    if (body.every((id, index) => ids[before + index] === id)) return before;
  return 0;
}

function readJson(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw unreadable(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json;
  } catch (cause) {
    throw unreadable(file, `is not JSON: ${messageOf(cause)}`, cause);
  }
  throw unreadable(file, "is not a JSON object");
}

function unreadable(file: string, what: string, cause?: unknown): TachieError {
  return new TachieError("model.incomplete", `the tokenizer ${file} ${what}`, { where: file, cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
