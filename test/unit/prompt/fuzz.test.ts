/** @file Broken texts: whatever is put in, it is read or refused with line and column, and never thrown at. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import { applyFixes, lintPrompt, readPrompt, writePrompt } from "../../../src-main/prompt/index.ts";
import { checkAnyText } from "./properties.ts";
import { mutated, pick, randomText, randomTree, seededRandom } from "./random-prompts.ts";
import { WORST_CASES } from "./worst-cases.ts";

/** The benchmark runs half a million. */
const COUNT = Number(process.env["TACHIE_PROMPT_FUZZ"] ?? 3000);

test(`${COUNT} mutated prompts`, () => {
  let read = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const random = seededRandom(seed * 31 + 5);
    const tree = randomTree(random, pick(random, DIALECTS));
    if (checkAnyText(mutated(random, writePrompt(tree))) === "read") read++;
  }
  assert.ok(read > COUNT * 0.9, `only ${read} of ${COUNT} were read`);
});

test(`${COUNT} heaps of words and marks`, () => {
  for (let seed = 0; seed < COUNT; seed++)
    checkAnyText(mutated(seededRandom(seed), randomText(seededRandom(seed), 25)));
});

test("fixes of mutated prompts come to an end, and lie inside their text", () => {
  for (let seed = 0; seed < COUNT / 10; seed++) {
    const random = seededRandom(seed * 17 + 2);
    const text = mutated(random, writePrompt(randomTree(random, pick(random, DIALECTS))));
    const negative = randomText(random, 10);
    try {
      for (const { fix } of lintPrompt(text, { negative })) {
        const length = (fix?.target === "negative" ? negative : text).length;
        let before = 0;
        for (const { start, end } of fix?.edits ?? []) {
          assert.ok(before <= start && start <= end && end <= length, text);
          before = end;
        }
      }
      const { diagnostics } = applyFixes(text, { negative, areMeaningsChanged: true });
      assert.deepEqual(
        diagnostics.filter(({ fix }) => fix !== undefined),
        [],
        text,
      );
    } catch (error) {
      if (!isTachieError(error)) throw error;
    }
  }
});

test("texts of the largest size, made to be slow", () => {
  for (const [name, text] of WORST_CASES) {
    const attempt = (): void => {
      try {
        readPrompt(text);
      } catch (error) {
        if (!isTachieError(error)) throw error;
      }
    };
    // The benchmark holds each against 50 ms. Here, on a machine that does other things as well, processor time and the
    // best of three still tell what is linear from what is not.
    const tookMs = Math.min(...[1, 2, 3].map(() => processorMs(attempt)));
    assert.ok(tookMs < 500, `${name}: ${tookMs.toFixed(0)} ms`);
  }
});

function processorMs(action: () => void): number {
  const before = process.cpuUsage();
  action();
  return process.cpuUsage(before).user / 1000;
}
