/** @file A text encoding without networks: random states, of the length that is asked for. */

import { seededNoise } from "../../../src-main/engine/noise.ts";
import type { TextEncoding } from "../../../src-main/engine/roles.ts";
import { float32Tensor } from "../../../src-main/ort/session.ts";

/** A text is the number of its tokens. @param statesWidth of a token's states, @param pooledWidth of the whole text's */
export function randomText(statesWidth: number, pooledWidth: number): TextEncoding {
  return {
    encode({ text }) {
      const tokens = Number(text);
      const states = float32Tensor(seededNoise(tokens, tokens * statesWidth), [tokens, statesWidth]);
      const pooled = float32Tensor(seededNoise(tokens + 1, pooledWidth), [1, pooledWidth]);
      return Promise.resolve({ states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength });
    },
    release: () => Promise.resolve(),
  };
}
