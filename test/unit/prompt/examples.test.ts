/** @file The example prompts that come with the product: clean, varied, and the same after any detour. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import {
  charactersOf,
  fieldTags,
  lintPrompt,
  modelText,
  readPrompt,
  tagNames,
  writePrompt,
} from "../../../src-main/prompt/index.ts";

const folder = path.resolve(import.meta.dirname, "../../../assets/examples");
const examples = readdirSync(folder).map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));

describe("examples", () => {
  for (const { name, text } of examples)
    test(name, () => {
      assert.deepEqual(lintPrompt(text), []);
      const { tree, dialect } = readPrompt(text);
      assert.equal(writePrompt(tree), text);
      for (const other of DIALECTS) {
        const back = readPrompt(writePrompt(tree, other)).tree;
        assert.equal(writePrompt(back, dialect), text, other);
      }
      assert.doesNotMatch(modelText(tree), /&amp;|<!--/);
    });

  test("are many: every dialect, one to three characters", () => {
    const readings = examples.map(({ text }) => readPrompt(text));
    assert.ok(examples.length >= 10);
    assert.deepEqual([...new Set(readings.map(({ dialect }) => dialect))].sort(), [...DIALECTS].sort());
    for (const count of [1, 2, 3]) assert.ok(readings.some(({ tree }) => charactersOf(tree).length === count));
  });

  test("the duet is of two girls who differ in hair, eyes, clothes and place", () => {
    const duet = examples.find(({ name }) => name === "duet.xml");
    assert.ok(duet);
    const cards = charactersOf(readPrompt(duet.text).tree);
    assert.equal(cards.length, 2);
    const [left, right] = cards.map((card) =>
      (["appearance", "clothing", "position"] as const).map((key) => fieldTags(card, key)),
    );
    assert.ok(left && right);
    for (const [index, tags] of left.entries()) {
      const others = new Set(right[index]?.map(({ text }) => text));
      assert.ok(tags.length > 0 && tags.every(({ text }) => !others.has(text)));
    }
    assert.deepEqual(
      tagNames("left, right"),
      [left, right].flatMap((fields) => fields[2]?.map(({ text }) => text) ?? []),
    );
  });
});
