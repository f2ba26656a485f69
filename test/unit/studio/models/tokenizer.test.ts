import assert from "node:assert/strict";
import { test } from "node:test";
import { gemma3Text } from "../../../../src-main/studio/models/layouts/gemma3.ts";
import { jinaTextMerged } from "../../../../src-main/studio/models/layouts/jina-text.ts";
import { recognise } from "../../../../src-main/studio/models/recognise.ts";
import type { NetworkFound } from "../../../../src-main/studio/models/recognise.ts";
import {
  judgeTokenizer,
  looksLikeTokenizer,
  recogniseTokenizer,
} from "../../../../src-main/studio/models/tokenizer.ts";
import { published } from "./tensor-tables.ts";

function networkOf(layout: typeof gemma3Text): NetworkFound {
  const [network] = recognise(published(layout), "file").networks;
  assert.ok(network);
  return network;
}
const gemma = networkOf(gemma3Text);
const jina = networkOf(jinaTextMerged);

/** A vocabulary of that size in which some tokens have set ids. */
function bpe(size: number, special: Readonly<Record<string, number>>, type = "BPE"): string {
  const taken = new Set(Object.values(special));
  const vocabulary: Record<string, number> = {};
  for (let id = 0; id < size; id++) if (!taken.has(id)) vocabulary[`t${id}`] = id;
  const added = Object.entries(special).map(([content, id]) => ({ id, content, special: true }));
  return JSON.stringify({ version: "1.0", added_tokens: added, model: { type, vocab: vocabulary, merges: [] } });
}

function unigram(tokens: readonly string[], size: number): string {
  const vocabulary = Array.from({ length: size }, (_, id) => [tokens[id] ?? `t${id}`, -id]);
  return JSON.stringify({ version: "1.0", added_tokens: [], model: { type: "Unigram", unk_id: 3, vocab: vocabulary } });
}

const GEMMA3 = { "<pad>": 0, "<eos>": 1, "<bos>": 2, "<start_of_turn>": 105, "<end_of_turn>": 106 };
const GEMMA2 = { ...GEMMA3, "<start_of_turn>": 106, "<end_of_turn>": 107 };
const XLM = ["<s>", "<pad>", "</s>", "<unk>"];

const texts: Readonly<Record<string, string>> = {
  gemma3: bpe(262_145, GEMMA3),
  gemma2: bpe(256_000, GEMMA2),
  "xlm-roberta": unigram(XLM, 250_002),
  clip: bpe(49_408, { "<|startoftext|>": 49_406, "<|endoftext|>": 49_407 }),
  t5: unigram(["<pad>", "</s>", "<unk>"], 32_100),
  qwen: bpe(151_665, { "<|endoftext|>": 151_643 }),
  llama3: bpe(128_256, { "<|begin_of_text|>": 128_000 }),
  llama: bpe(32_000, { "<unk>": 0, "<s>": 1, "</s>": 2 }),
  bert: bpe(30_522, { "[CLS]": 101 }, "WordPiece"),
  other: bpe(1000, {}),
};

test("tokenizers are told apart by their special tokens and algorithms", () => {
  for (const [kind, text] of Object.entries(texts)) {
    const { tokenizer, findings } = recogniseTokenizer(text, "x");
    assert.deepEqual([tokenizer?.kind, findings.length], [kind, 0]);
    assert.ok(looksLikeTokenizer(text.slice(0, 1024)));
  }
});

test("only its own tokenizer belongs to a published text encoder", () => {
  for (const [kind, text] of Object.entries(texts)) {
    const { tokenizer } = recogniseTokenizer(text, "x");
    assert.ok(tokenizer);
    assert.equal(judgeTokenizer(tokenizer, gemma).length, kind === "gemma3" ? 0 : 1, `${kind} for Gemma`);
    assert.equal(judgeTokenizer(tokenizer, jina).length, kind === "xlm-roberta" ? 0 : 1, `${kind} for Jina`);
  }
});

test("small text encoders take any tokenizer that fits into their embeddings", () => {
  const small: NetworkFound = { ...jina, isPublished: false, sizes: { ...jina.sizes, vocabulary: 1000 } };
  const judge = (text: string): string[] => {
    const { tokenizer } = recogniseTokenizer(text, "x");
    assert.ok(tokenizer);
    return judgeTokenizer(tokenizer, small).map(({ code }) => code);
  };
  assert.deepEqual(judge(bpe(1000, {})), []);
  assert.deepEqual(judge(bpe(1001, {})), ["tokenizer.foreign"]);
  assert.deepEqual(judge(bpe(900, { "<late>": 1000 })), ["tokenizer.foreign"], "an added token counts");
  assert.deepEqual(judge(bpe(400, {})), ["tokenizer.smaller"]);
  assert.deepEqual(judge(bpe(1000, { "<pad>": 0 })), ["tokenizer.foreign"], "this network leaves out the id 1");
  assert.deepEqual(judge(bpe(1000, { "<pad>": 1 })), []);
});

test("what is not a tokenizer is said", () => {
  const bad = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"model":{}}',
    '{"model":{"vocab":5}}',
    '{"model":{"vocab":{"a":"b"}}}',
    '{"model":{"vocab":[1]}}',
  ];
  for (const text of [...bad, '{"model":{"vocab":{}}}', '{"model":{"vocab":{"a":-1}}}']) {
    const { tokenizer, findings } = recogniseTokenizer(text, "x");
    assert.deepEqual([tokenizer, findings.map(({ code }) => code)], [undefined, ["tokenizer.damaged"]], text);
  }
});
