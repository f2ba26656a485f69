import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { syntheticTokenizer } from "../../../models/synthetic-tokenizer.ts";
import { openTokeniser } from "../../../src-main/engine/tokeniser.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-tokeniser-"));
after(() => rmSync(folder, { recursive: true }));

function written(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const definition = JSON.parse(syntheticTokenizer()) as Record<string, unknown>;
const file = written("tokenizer.json", definition);

test("special tokens stand around the text, around an empty one too", () => {
  const tokeniser = openTokeniser(file);
  assert.deepEqual(tokeniser.encode("", 100), [0, 2]);
  const ids = tokeniser.encode("girl with blue hair", 100);
  assert.deepEqual([ids[0], ids.at(-1)], [0, 2]);
  assert.ok(ids.length > 4 && ids.slice(1, -1).every((id) => id > 3));
  assert.notDeepEqual(ids, tokeniser.encode("girl with blue eyes", 100));
});

test("a text that is too long loses its end, and keeps the last special token", () => {
  const tokeniser = openTokeniser(file);
  const text = "1girl, blue hair, école, 青い髪 🎀\n<character_1>".repeat(50);
  const whole = tokeniser.encode(text, Infinity);
  for (const limit of [2, 3, 64, whole.length - 1]) {
    const cut = tokeniser.encode(text, limit);
    assert.deepEqual(cut, [...whole.slice(0, limit - 1), 2]);
  }
  assert.deepEqual(tokeniser.encode(text, whole.length), whole);
  assert.deepEqual(tokeniser.encode(text, 1), [0]);
});

test("tokenizers with a first special token only, or none, are cut in their own way", () => {
  const template = definition["post_processor"] as { single: unknown[] };
  const bosOnly = { ...definition, post_processor: { ...template, single: template.single.slice(0, 2) } };
  const tokeniser = openTokeniser(written("bos.json", bosOnly));
  const whole = tokeniser.encode("looking at viewer", 100);
  assert.deepEqual(tokeniser.encode("looking at viewer", 3), whole.slice(0, 3));
  assert.deepEqual(tokeniser.encode("", 3), [0]);
  const bare = openTokeniser(written("bare.json", { ...definition, post_processor: null }));
  assert.deepEqual(bare.encode("looking at viewer", 3), whole.slice(1, 4));
  assert.deepEqual(bare.encode("", 3), []);
});

test("text that looks like a special token is read as one, as the published tokenizers do", () => {
  assert.deepEqual(openTokeniser(file).encode("</s>", 10), [0, 2, 2]);
});

test("a missing, broken or foreign file is a typed error that names it", () => {
  const missing = path.join(folder, "none.json");
  assert.throws(() => openTokeniser(missing), { code: "model.incomplete", where: missing });
  for (const [name, content] of [
    ["empty.json", ""],
    ["list.json", "[1]"],
    ["null.json", "null"],
    ["cut.json", syntheticTokenizer().slice(0, 500)],
    ["other.json", { hello: 1 }],
    ["kind.json", { ...definition, model: { type: "Nonsense" } }],
    ["vocabulary.json", { ...definition, model: { type: "BPE", vocab: null, merges: null } }],
  ] as const) {
    const broken = written(name, content);
    assert.throws(() => openTokeniser(broken), { code: "model.incomplete", where: broken }, name);
  }
});
