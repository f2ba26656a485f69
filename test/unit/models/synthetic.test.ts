/** @file Synthetic models: the same bytes everywhere, sane numbers, whole or not there, and a tokenizer for any text. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Tokenizer } from "@huggingface/tokenizers";
import { fillNormal, streamOf } from "../../../models/counter-random.ts";
import { openModelFolder } from "../../../models/model-folder.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { SYNTHETIC_VOCABULARY_SIZE, syntheticTokenizer } from "../../../models/synthetic-tokenizer.ts";
import { SYNTHETIC_TYPES, syntheticTensors } from "../../../models/synthetic-weights.ts";
import { SYNTHETIC_FILES, writeSyntheticModel } from "../../../models/synthetic.ts";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { openSafetensors, readFloats, writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { TINY_MODEL } from "../../fixtures/engine/tiny-model.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

/** The library's declarations import each other in a way that Node's resolution refuses, so what we use is stated here. */
interface LibraryTokenizer {
  encode(text: string): { readonly ids: number[] };
  decode(ids: readonly number[], options: object): string;
}
const LibraryTokenizer = Tokenizer as unknown as new (definition: object, config: object) => LibraryTokenizer;

test("the generator is the same on every machine, and may be read in pieces", () => {
  const whole = new Float32Array(1000);
  fillNormal(whole, streamOf(7, "layers.0.weight"), 0, 0, 1);
  const tail = new Float32Array(400);
  fillNormal(tail, streamOf(7, "layers.0.weight"), 600, 0, 1);
  assert.deepEqual(tail, whole.slice(600));
  assert.equal(
    createHash("sha256").update(new Uint8Array(whole.buffer)).digest("hex").slice(0, 16),
    "7fe139ed79c6f7bb",
  );
});

test("values are near enough to normal and independent of each other", () => {
  const values = new Float32Array(200_000);
  for (const stream of [streamOf(0, "a"), streamOf(0, "b"), streamOf(1, "a"), streamOf(2 ** 40, "a")]) {
    fillNormal(values, stream, 0, 0, 1);
    const moment = (power: number, lag = 0): number =>
      values.reduce(
        (sum, value, i) => sum + (lag > 0 ? value * values[(i + lag) % values.length]! : value ** power),
        0,
      ) / values.length;
    assert.ok(Math.abs(moment(1)) < 0.01, `mean ${moment(1)}`);
    assert.ok(Math.abs(moment(2) - 1) < 0.02, `variance ${moment(2)}`);
    assert.ok(Math.abs(moment(3)) < 0.03, `skew ${moment(3)}`);
    // A sum of four uniforms has 2.7 where a normal has 3.
    assert.ok(Math.abs(moment(4) - 2.7) < 0.05, `fourth moment ${moment(4)}`);
    for (const lag of [1, 2, 7]) assert.ok(Math.abs(moment(0, lag)) < 0.01, `lag ${lag}: ${moment(0, lag)}`);
  }
  assert.equal(
    new Set([streamOf(0, "a"), streamOf(0, "b"), streamOf(1, "a"), streamOf(2 ** 32, "a"), streamOf(2 ** 33, "a")])
      .size,
    5,
  );
});

test("weights are scaled by their inputs, in every type, drawn or tiled", (context) => {
  const folder = temporaryFolder(context);
  const shapes = new Map<string, readonly number[]>([
    ["linear.weight", [300, 4000]],
    ["conv.weight", [20, 30, 3, 3]],
    ["norm.weight", [500]],
    ["linear.bias", [500]],
    ["word_embeddings.weight", [50, 64]],
  ]);
  const deviationOf = (values: Float32Array): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  for (const type of SYNTHETIC_TYPES)
    for (const isTiled of [false, true]) {
      const file = path.join(folder, `${type}-${isTiled}.safetensors`);
      writeSafetensors(file, syntheticTensors(shapes, { seed: 3, type, isTiled }));
      const opened = openSafetensors(file);
      const read = (name: string): Float32Array => readFloats(opened, name);
      const near = (name: string, wanted: number): void => {
        const deviation = deviationOf(read(name));
        assert.ok(Math.abs(deviation / wanted - 1) < 0.1, `${type} ${name}: ${deviation}, not ${wanted}`);
      };
      near("linear.weight", 1 / Math.sqrt(4000));
      near("conv.weight", 1 / Math.sqrt(270));
      near("norm.weight", 0.1);
      near("linear.bias", 0.02);
      near("word_embeddings.weight", 1);
      const norms = read("norm.weight");
      assert.ok(norms.every((value) => value > 0.5 && value < 1.5));
    }
});

test("a model is the same bytes each time, another with another seed, and opens", (context) => {
  const folder = temporaryFolder(context);
  const digest = (name: string, seed: number): string => {
    writeSyntheticModel(path.join(folder, name), { ...TINY_MODEL, seed });
    const hash = createHash("sha256");
    for (const file of Object.values(SYNTHETIC_FILES)) hash.update(readFileSync(path.join(folder, name, file)));
    return hash.digest("hex");
  };
  assert.equal(digest("a", 1), digest("b", 1));
  assert.notEqual(digest("c", 2), digest("d", 3));
  const [a, b, c] = ["a", "b", "c"].map((name) => openModelFolder(path.join(folder, name)));
  assert.equal(a!.hash, b!.hash);
  assert.notEqual(a!.hash, c!.hash);
  assert.deepEqual(
    new Set(a!.components.transformer.checkpoint.names()),
    new Set(nextDitTensors(TINY_MODEL.transformer).keys()),
  );
  assert.deepEqual(readdirSync(folder).sort(), ["a", "b", "c", "d"]);
});

test("a name that is taken, or networks that do not fit, leave everything as it was", (context) => {
  const folder = temporaryFolder(context);
  const target = path.join(folder, "model");
  mkdirSync(target);
  writeFileSync(path.join(target, "mine.txt"), "mine");
  assert.throws(
    () => writeSyntheticModel(target, TINY_MODEL),
    (error) => isTachieError(error, "file.exists"),
  );
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  assert.throws(
    () => writeSyntheticModel(file, TINY_MODEL),
    (error) => isTachieError(error, "file.exists"),
  );
  assert.throws(
    () => writeSyntheticModel(path.join(file, "below"), TINY_MODEL),
    (error) => isTachieError(error, "file.unwritable"),
  );
  const { transformer, vae, textEncoder } = TINY_MODEL;
  for (const wrong of [
    { transformer: { ...transformer, capFeatDim: 65 } },
    { transformer: { ...transformer, headDim: 13 } },
    { transformer: { ...transformer, kvHeads: 3 } },
    { transformer: { ...transformer, axesDims: [4, 4, 2] } },
    { vae: { ...vae, latentChannels: 4 } },
    { vae: { ...vae, normGroups: 6 } },
    { textEncoder: { ...textEncoder, vocabSize: 256 } },
    { textEncoder: { ...textEncoder, heads: 5 } },
  ])
    assert.throws(
      () => writeSyntheticModel(path.join(folder, "other"), { ...TINY_MODEL, ...wrong }),
      (error) => isTachieError(error, "model.mismatch"),
    );
  assert.deepEqual(readdirSync(folder).sort(), ["file", "model"]);
  const empty = path.join(folder, "empty");
  mkdirSync(empty);
  writeSyntheticModel(empty, TINY_MODEL);
  assert.ok(existsSync(path.join(empty, "model.json")));
});

test("the tokenizer takes any text, gives it back, and frames it", () => {
  const tokenizer = new LibraryTokenizer(JSON.parse(syntheticTokenizer()) as object, {});
  const ids = (text: string): number[] => tokenizer.encode(text).ids;
  assert.deepEqual(ids(""), [0, 2]);
  const texts = [
    "1girl, long hair",
    "<character_1>\n  <gender>girl</gender>\n</character_1>",
    "日本語 🎨 é\u0301 \u0000 \u00ad \u200d",
    "  spaces   and\ttabs\r\n",
    "1234567890 !\"#$%&'()*+,-./:;=?@[\\]^_`{|}~",
    "don't, we'll — “quoted”",
  ];
  for (const text of texts) {
    const all = ids(text);
    assert.deepEqual([all[0], all.at(-1)], [0, 2], text);
    const inner = all.slice(1, -1);
    assert.ok(
      inner.every((id) => id > 3 && id < SYNTHETIC_VOCABULARY_SIZE),
      `${text}: ${inner.join(" ")}`,
    );
    assert.equal(tokenizer.decode(inner, { skip_special_tokens: true, clean_up_tokenization_spaces: false }), text);
  }
  // Known words are one token each, so that prompts of ordinary length fit.
  const words = ["character", "smile", "uniform", "expression", "masterpiece", "anime"];
  for (const word of words) assert.equal(ids(word).length, 3, word);
  assert.equal(ids("long hair, blue eyes, school uniform, smile").length, 2 + 7 + 3);
  assert.ok(SYNTHETIC_VOCABULARY_SIZE <= TINY_MODEL.textEncoder.vocabSize);
});
