/** @file The `jina` text encoding on the host: one tower reads the text once and gives token states and pooled vector. */

import { TachieError } from "../contract/errors.ts";
import { float32Output, int64Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import type { TextEncoding } from "./roles.ts";
import type { Tokeniser } from "./tokeniser.ts";

export interface JinaTextParts {
  /** input_ids i64 [1, tokens] -> states f32 [tokens, width], pooled f32 [1, width] */
  readonly session: InferenceSession;
  readonly tokeniser: Tokeniser;
  /** Rows of the tower's table of token vectors. */
  readonly vocabSize: number;
  /** Most tokens that are read, special tokens included. */
  readonly maxTokens: number;
}

/** Reads the bare text: the pooled vector was trained without the system prompt, and one tower cannot read two texts. */
export function jinaTextEncoding({ session, tokeniser, vocabSize, maxTokens }: JinaTextParts): TextEncoding {
  return {
    async encode({ text }) {
      const ids = tokeniser.encode(text, maxTokens);
      checkTokenIds(ids, vocabSize);
      const outputs = await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) });
      const states = float32Output(outputs, "states");
      const pooled = float32Output(outputs, "pooled");
      return { states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength };
    },
    release: () => session.release(),
  };
}

/** @throws model.mismatch for a tokenizer of another model */
export function checkTokenIds(ids: readonly number[], vocabSize: number): void {
  if (ids.length === 0)
    throw new TachieError("model.unsupported", "the tokenizer makes no token at all of an empty text", {
      where: "tokenizer",
    });
  const foreign = ids.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabSize);
  if (foreign !== undefined)
    throw new TachieError(
      "model.mismatch",
      `the tokenizer gives the token ${foreign}, but the text encoder knows tokens up to ${vocabSize - 1}`,
      { where: "tokenizer" },
    );
}
