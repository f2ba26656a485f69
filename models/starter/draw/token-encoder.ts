/** @file Opens a built tokenizer with the library that the engine uses, so that training reads what the product reads. */

import { Tokenizer } from "@huggingface/tokenizers";
import type { TokenizerDefinition } from "../tokenizer/build.ts";

/** The library's declarations do not resolve under Node's rules, so what is used is stated here. */
interface LibraryTokenizer {
  encode(text: string): { readonly ids: readonly number[]; readonly tokens: readonly string[] };
}
const LibraryTokenizer = Tokenizer as unknown as new (definition: object, config: object) => LibraryTokenizer;

export interface Encoder {
  ids(text: string): readonly number[];
  tokens(text: string): readonly string[];
}

export function createEncoder(definition: TokenizerDefinition): Encoder {
  const tokenizer = new LibraryTokenizer(definition, {});
  return { ids: (text) => tokenizer.encode(text).ids, tokens: (text) => tokenizer.encode(text).tokens };
}
