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

test("padding stands on the right, only where it is asked for, and never beyond the limit", () => {
  // Some tools save padding and truncation as the file's own habit; what is asked for decides.
  const habits = {
    padding: { strategy: { Fixed: 64 }, direction: "Left", pad_id: 1, pad_type_id: 0, pad_token: "<pad>" },
    truncation: { max_length: 4, strategy: "LongestFirst", stride: 0, direction: "Right" },
  };
  const tokeniser = openTokeniser(written("padding.json", { ...definition, ...habits }));
  const ids = tokeniser.encode("girl with blue hair and red eyes", 100);
  assert.deepEqual(ids, openTokeniser(file).encode("girl with blue hair and red eyes", 100));
  assert.ok(ids.length > 4);
  const padded = tokeniser.encodePadded("girl with blue hair and red eyes", 100, 8);
  assert.deepEqual(padded, [...ids, ...Array<number>(8 * Math.ceil(ids.length / 8) - ids.length).fill(1)]);
  assert.equal(tokeniser.encodePadded("girl with blue hair and red eyes", ids.length + 1, 100).length, ids.length + 1);
  assert.deepEqual(tokeniser.encodePadded("", 100, 2), [0, 2]);
  const { "<pad>": pad, ...vocab } = (definition["model"] as { vocab: Record<string, number> }).vocab;
  assert.equal(pad, 1);
  const added = (definition["added_tokens"] as { content: string }[]).filter(({ content }) => content !== "<pad>");
  const model = { ...(definition["model"] as object), vocab };
  const without = openTokeniser(written("no-pad.json", { ...definition, added_tokens: added, model }));
  assert.throws(() => without.encodePadded("girl", 100, 8), { code: "model.unsupported" });
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
