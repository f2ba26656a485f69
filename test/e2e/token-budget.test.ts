/** @file `tachie prompt check --model DIR`: tokens by field and character against what the model reads. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { newbieCheckpoint } from "../../models/make-checkpoint.ts";
import { SYNTHETIC_GEMMA3_FILES, writeSyntheticModel } from "../../models/synthetic.ts";
import { openTokeniser } from "../../src-main/engine/tokeniser.ts";
import type { TokenBudget } from "../../src-main/contract/tokens.ts";
import { CommandBench } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
const model = path.join(bench.root, "small");
const checkpoint = newbieCheckpoint("small", 0);
before(() => writeSyntheticModel(model, checkpoint));
after(() => bench[Symbol.dispose]());

interface Output {
  readonly budget?: TokenBudget;
  readonly negativeBudget?: TokenBudget;
  readonly error?: { readonly code: string };
}

async function check(prompt: string, ...words: string[]): Promise<Output & { readonly code: number | null }> {
  const { code, json } = await bench.run(["prompt", "check", "-", ...words, "--json"], { input: prompt });
  return { ...(json as Output), code };
}

const card = (number: number, appearance: string): string =>
  `<character_${number}>\n<n>$character_${number}$</n>\n<appearance>${appearance}</appearance>\n</character_${number}>\n`;
const SHORT = `${card(1, "blue_hair")}${card(2, "red_hair, long_hair")}<general_tags>\n<style>anime</style>\n</general_tags>`;

test("every field and character has its share, and the shares add up to what the encoder gets", async () => {
  const { code, budget, negativeBudget } = await check(SHORT, "--model", model, "--negative", "blurry");
  assert.equal(code, 0);
  assert.ok(budget && negativeBudget);
  const tokeniser = openTokeniser(path.join(model, SYNTHETIC_GEMMA3_FILES.tokenizer));
  const system = checkpoint.systemPrompt ?? "";
  assert.equal(budget.total, tokeniser.encode(system + SHORT, Infinity).length);
  assert.equal(negativeBudget.total, tokeniser.encode(`${system}blurry`, Infinity).length);
  assert.deepEqual([budget.limit, budget.special, budget.cut], [512, 2, undefined]);
  assert.equal(budget.system, tokeniser.tokenise(system).length);
  const sum = budget.blocks.reduce((total, { tokens }) => total + tokens, 0);
  assert.equal(sum + budget.other + budget.system + budget.special, budget.total);
  const names = budget.blocks.map(({ name, fields }) => [name, ...fields.map((field) => field.name)]);
  assert.deepEqual(names, [
    ["character_1", "n", "appearance"],
    ["character_2", "n", "appearance"],
    ["general_tags", "style"],
  ]);
  const [first, second] = budget.blocks;
  assert.ok((second?.tokens ?? 0) > (first?.tokens ?? 0));
  const [name, appearance] = second?.fields ?? [];
  assert.equal(appearance?.tokens, tokeniser.tokenise("<appearance>red_hair, long_hair</appearance>").length);
  assert.ok((name?.tokens ?? 0) > 3 && budget.pooled?.limit === 2048);
});

test("what is beyond the limit is named: the field where it begins, its tokens and its text", async () => {
  const long = `${SHORT.replace("</general_tags>", "")}<other>${"green_dress, ".repeat(120)}end</other>\n</general_tags>`;
  const { code, budget } = await check(long, "--model", model);
  assert.equal(code, 0);
  assert.ok(budget?.cut);
  assert.equal(budget.cut.tokens, budget.total - budget.limit);
  assert.equal(budget.cut.from, "general_tags/other");
  assert.ok(long.endsWith(budget.cut.text) && budget.cut.text.length > 100);
  const general = budget.blocks.at(-1);
  assert.ok(general && general.cutTokens === budget.cut.tokens && general.cutTokens < general.tokens);
  assert.deepEqual(
    budget.blocks.slice(0, -1).map(({ cutTokens }) => cutTokens),
    [0, 0],
  );
  const { stdout } = await bench.run(["prompt", "check", "-", "--model", model], { input: long });
  assert.match(
    stdout,
    /^standard input: warning budget\.cut The model does not read the last \d+ tokens, from general_tags\/other on: /m,
  );
  assert.match(stdout, /^ {2}general_tags \d+ \(\d+ cut\): style \d+, other \d+ \(\d+ cut\)$/m);
  assert.match(stdout, /2 characters: 1 warning$/m);
});

test("plain text has no fields; the other dialects are counted as the model reads them", async () => {
  const { budget } = await check("1girl, smile", "--model", model);
  assert.deepEqual(budget?.blocks, []);
  assert.ok((budget?.other ?? 0) > 2);
  const wrapped = await check(`<img>\n${SHORT}\n</img>`, "--model", model);
  assert.deepEqual(
    wrapped.budget?.blocks.map(({ name }) => name),
    ["character_1", "character_2", "general_tags"],
  );
});

test("a model that is not there, or without its tokenizer, is an error of its own", async () => {
  const missing = await check("1girl", "--model", "no-such-model");
  assert.deepEqual([missing.code, missing.error?.code], [1, "model.not-found"]);
  const broken = path.join(bench.root, "broken");
  writeSyntheticModel(broken, checkpoint);
  writeFileSync(path.join(broken, SYNTHETIC_GEMMA3_FILES.tokenizer), "version https://git-lfs.github.com/spec/v1\n");
  const damaged = await check("1girl", "--model", broken);
  assert.deepEqual([damaged.code, damaged.error?.code], [1, "model.incomplete"]);
});
