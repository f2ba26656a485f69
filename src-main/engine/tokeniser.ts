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
import { LFS_REMEDY, isLfsPointer } from "../graph/lfs-pointer.ts";

/** The library's declarations import each other in a way that Node's resolution refuses, so what we use is stated here. */
interface LibraryTokenizer {
  encode(
    text: string,
    options?: { readonly add_special_tokens: boolean },
  ): { readonly ids: readonly number[]; readonly tokens: readonly string[] };
  token_to_id(token: string): number | undefined;
}
const LibraryTokenizer = Tokenizer as unknown as new (definition: object, config: object) => LibraryTokenizer;

export interface Tokeniser {
  /** The ids of a text, special tokens included, at most `maxTokens`. Never padded, whatever the file says. */
  encode(text: string, maxTokens: number): number[];
  /**
   * The ids with padding behind them up to the next multiple, but to no more than `maxTokens`.
   * @throws model.unsupported where the tokenizer has no token for padding
   */
  encodePadded(text: string, maxTokens: number, multiple: number): number[];
  /** The id of a token; undefined where there is none such. */
  idOf(token: string): number | undefined;
  /** The text's own tokens, without special ones, as the tokenizer writes them. */
  tokenise(text: string): readonly string[];
}

/** Beside a tokenizer.json. */
export const TOKENIZER_CONFIG_FILE = "tokenizer_config.json";
/** Tokens for padding by the names that tokenizers give them. */
const PAD_TOKENS = ["<pad>", "[PAD]", "<|pad|>"];

/**
 * Opens a `tokenizer.json`; a `tokenizer_config.json` beside it is taken into account.
 * @throws model.incomplete where the file is missing or is not a tokenizer that can be read
 */
export function openTokeniser(file: string): Tokeniser {
  const configFile = path.join(path.dirname(file), TOKENIZER_CONFIG_FILE);
  const definition = readJson(file);
  const config = existsSync(configFile) ? readJson(configFile) : {};
  let tokenizer: LibraryTokenizer;
  try {
    tokenizer = new LibraryTokenizer(definition, config);
    tokenizer.encode("a");
  } catch (cause) {
    throw unreadable(file, `is not a tokenizer that can be read: ${messageOf(cause)}`, cause);
  }
  const encode = (text: string, maxTokens: number): number[] => truncate(tokenizer, text, maxTokens);
  return {
    encode,
    encodePadded(text, maxTokens, multiple) {
      const ids = encode(text, maxTokens);
      const length = Math.min(maxTokens, Math.ceil(ids.length / multiple) * multiple);
      return [...ids, ...Array<number>(length - ids.length).fill(padId(tokenizer, config, file))];
    },
    idOf: (token) => tokenizer.token_to_id(token),
    tokenise: (text) => tokenizer.encode(text, { add_special_tokens: false }).tokens,
  };
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

function padId(tokenizer: LibraryTokenizer, config: object, file: string): number {
  const stated = (config as { pad_token?: unknown }).pad_token;
  const word = typeof stated === "object" && stated !== null ? (stated as { content?: unknown }).content : stated;
  for (const token of typeof word === "string" ? [word, ...PAD_TOKENS] : PAD_TOKENS) {
    const id = tokenizer.token_to_id(token);
    if (id !== undefined) return id;
  }
  throw new TachieError("model.unsupported", `the tokenizer ${file} has no token for padding`, { where: file });
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
  if (isLfsPointer(text))
    throw unreadable(file, "is a git-lfs pointer, a small text in its place", undefined, LFS_REMEDY);
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json;
  } catch (cause) {
    throw unreadable(file, `is not JSON: ${messageOf(cause)}`, cause);
  }
  throw unreadable(file, "is not a JSON object");
}

function unreadable(file: string, what: string, cause?: unknown, remedy?: string): TachieError {
  return new TachieError("model.incomplete", `the tokenizer ${file} ${what}`, {
    where: file,
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
