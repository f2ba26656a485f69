import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { fullCaption, sampleCaption } from "../../../../models/starter/captions/caption.ts";
import { createRandom } from "../../../../models/starter/draw/random.ts";
import { sampleSceneOf } from "../../../../models/starter/draw/sample.ts";
import { createEncoder } from "../../../../models/starter/draw/token-encoder.ts";
import { buildTokenizer, tokenCount } from "../../../../models/starter/tokenizer/build.ts";
import { collectTags, collectWords } from "../../../../models/starter/tokenizer/vocabulary.ts";
import { openTokeniser } from "../../../../src-main/engine/tokeniser.ts";

const definition = buildTokenizer();
const encoder = createEncoder(definition);

const TOKENS = 715;
const VECTORS = { "blue hair": 75, "1girl": 7, "<character_1>": 643, $character_2$: 710, masterpiece: 340 };

test("every tag and every word of the vocabulary is one token", () => {
  for (const text of [...collectTags(), ...collectWords()]) {
    const tokens = encoder.tokens(text);
    assert.equal(tokens.length, 3, `${text} became ${tokens.join(" ")}`);
    assert.deepEqual([tokens[0], tokens[2]], ["<s>", "</s>"]);
  }
});

test("tokens are words and tags, however they are joined", () => {
  const expected = "<s> <appearance> ▁light▁blue▁hair ▁long▁hair ▁red▁eyes ▁white ▁hair▁ribbon </appearance> </s>";
  for (const text of [
    "<appearance>light_blue_hair, long_hair, red_eyes, white_hair_ribbon</appearance>",
    "\n  <appearance>\nlight blue hair,long hair,red eyes,white hair ribbon,\n</appearance>\n",
    "<appearance>Light_Blue_Hair; long_hair; red_eyes. white_hair_ribbon</appearance>",
  ])
    assert.equal(encoder.tokens(text).join(" "), expected);
  assert.equal(encoder.tokens(":3, :d, t-shirt").join(" "), "<s> ▁:3 ▁:d ▁t-shirt </s>");
});

test("special tokens have their ids, and an empty text is two of them", () => {
  assert.deepEqual(encoder.ids(""), [0, 2]);
  assert.deepEqual(encoder.ids(" \n\t "), [0, 2]);
  assert.deepEqual(
    definition.model.vocab.slice(0, 4).map(([piece]) => piece),
    ["<s>", "<pad>", "</s>", "<unk>"],
  );
});

test("unknown words are spelled, other scripts are one unknown token, nothing is refused", () => {
  const tokens = encoder.tokens("xyzzy hair, 東京 ñandú \u0000 𝒳");
  assert.ok(tokens.includes("x") && tokens.includes("▁hair"));
  const ids = encoder.ids("東京");
  assert.ok(ids.length <= 4 && ids.includes(3));
  for (const id of encoder.ids("&lt; %s \ud800 😀 ".repeat(20))) assert.ok(id >= 0 && id < tokenCount(definition));
});

test("the engine's tokeniser reads the file and gives the same ids", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "starter-tokenizer-"));
  try {
    const file = path.join(folder, "tokenizer.json");
    writeFileSync(file, JSON.stringify(definition));
    const tokeniser = openTokeniser(file);
    for (let seed = 0; seed < 40; seed++) {
      const { text } = sampleCaption(sampleSceneOf(1 + (seed % 3), createRandom(seed), seed), createRandom(seed));
      assert.deepEqual(tokeniser.encode(text, 512), [...encoder.ids(text)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a full prompt of three characters fits in 160 tokens, of one in 64", () => {
  const longest = [0, 0, 0, 0];
  for (let seed = 0; seed < 240; seed++) {
    const count = 1 + (seed % 3);
    const random = createRandom(seed);
    const { length } = encoder.ids(fullCaption(sampleSceneOf(count, random, seed), random).text);
    longest[count] = Math.max(longest[count] ?? 0, length);
  }
  assert.ok(
    (longest[3] ?? 0) <= 160 && (longest[1] ?? 0) <= 64,
    `longest of one, two, three: ${longest.slice(1).join(", ")}`,
  );
});

test("ids stay what they are: weights depend on them", () => {
  const texts: Record<string, number> = {
    "blue hair": 0,
    "1girl": 0,
    "<character_1>": 0,
    $character_2$: 0,
    masterpiece: 0,
  };
  for (const text of Object.keys(texts)) texts[text] = encoder.ids(text)[1] ?? -1;
  assert.deepEqual(texts, VECTORS);
  assert.equal(tokenCount(definition), TOKENS);
});
