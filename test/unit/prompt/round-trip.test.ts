/** @file Random prompts: written and read again, and through every other dialect and back. */

import { describe, test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import { checkConversion, checkRoundTrip, checkWellFormed } from "./properties.ts";
import { randomTree, seededRandom } from "./random-prompts.ts";

/** The benchmark runs a hundred thousand. */
const COUNT = Number(process.env["TACHIE_PROMPT_TREES"] ?? 3000);
const CONVERTED = Math.ceil(COUNT / 12);

describe("random prompt trees", () => {
  for (const dialect of DIALECTS) {
    test(`${COUNT} in ${dialect}: read(write(x)) = x, well-formed, written the same again`, () => {
      for (let seed = 0; seed < COUNT; seed++) {
        const tree = randomTree(seededRandom(seed * 7 + 1), dialect);
        checkRoundTrip(tree);
        checkWellFormed(tree);
      }
    });

    test(`${CONVERTED} in ${dialect}, to every dialect and back`, () => {
      for (let seed = 0; seed < CONVERTED; seed++) {
        const tree = randomTree(seededRandom(seed * 11 + 3), dialect);
        for (const other of DIALECTS) checkConversion(tree, other);
      }
    });
  }
});
