/**
 * @file The `gemma3+jina` text encoding on the host: Gemma 3 reads the text with the system prompt before it and gives token
 * states, the Jina tower reads the bare text and gives the pooled vector, as the model was trained.
 */

import { float32Output, int64Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import { checkTokenIds } from "./host-text.ts";
import type { TextEncoding } from "./roles.ts";
import type { Tokeniser } from "./tokeniser.ts";

/** A text tower with its tokenizer. */
export interface TextTower {
  readonly session: InferenceSession;
  readonly tokeniser: Tokeniser;
  /** Rows of the tower's table of token vectors. */
  readonly vocabSize: number;
  /** Most tokens that are read, special tokens included. */
  readonly maxTokens: number;
}

/** What the published pipeline lets the Jina tower read. */
export const JINA_MAX_TOKENS = 2048;

/** An empty text stays empty for Gemma too, one token long: that is the unconditional prompt of the published pipeline. */
export function gemma3JinaTextEncoding(gemma3: TextTower, jina: TextTower): TextEncoding {
  return {
    isSlow: true,
    async encode({ system, text }) {
      const states = await run(gemma3, text === "" ? "" : system + text, "states");
      const pooled = await run(jina, text, "pooled");
      return { states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength };
    },
    async release() {
      await Promise.all([gemma3.session.release(), jina.session.release()]);
    },
  };
}

async function run({ session, tokeniser, vocabSize, maxTokens }: TextTower, text: string, output: string) {
  const ids = tokeniser.encode(text, maxTokens);
  checkTokenIds(ids, vocabSize);
  return float32Output(await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) }), output);
}
