/** @file Model folders that are broken in one way each: named for what they are. */

import assert from "node:assert/strict";
import {
  closeSync,
  cpSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { checkFinite } from "../../../models/finite-check.ts";
import { openModelFolder } from "../../../models/model-folder.ts";
import { sampleBlocks } from "../../../models/tensor-sample.ts";
import { SYNTHETIC_FILES, writeSyntheticModel } from "../../../models/synthetic.ts";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import { openSafetensors, tensorByteLength, writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { TINY_MODEL } from "../../fixtures/engine/tiny-model.ts";
import { safetensorsBytes, temporaryFolder } from "../graph/temporary-folder.ts";

const { transformer: TRANSFORMER, vae: VAE, tokenizer: TOKENIZER } = SYNTHETIC_FILES;
let bytesOf: (file: string) => Buffer;

function modelIn(context: TestContext): string {
  const folder = path.join(temporaryFolder(context), "model");
  writeSyntheticModel(folder, TINY_MODEL);
  return folder;
}

function refuses(action: () => unknown, code: ErrorCode, ...words: string[]): void {
  assert.throws(action, (error) => {
    assert.ok(isTachieError(error, code), String(error));
    for (const word of words)
      assert.ok(`${error.message} ${error.remedy}`.includes(word), `${error.message} lacks ${word}`);
    return true;
  });
}

/** Overwrites one element of a tensor of F32. */
function poke(file: string, tensor: string, element: number, value: number): void {
  const descriptor = openSync(file, "r+");
  const { offset } = openSafetensors(file).tensors.get(tensor)!;
  writeSync(descriptor, new Uint8Array(Float32Array.of(value).buffer), 0, 4, offset + 4 * element);
  closeSync(descriptor);
}

function editManifest(folder: string, edit: (manifest: Record<string, unknown>) => void): void {
  const file = path.join(folder, "model.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

const componentOf = (manifest: Record<string, unknown>, name: string): Record<string, unknown> =>
  (manifest["components"] as Record<string, Record<string, unknown>>)[name]!;

before(() => {
  bytesOf = (file) => readFileSync(file);
});

test("a sound folder opens: components, counts, configuration", (context) => {
  const folder = modelIn(context);
  const model = openModelFolder(folder);
  assert.equal(model.folder, folder);
  assert.equal(model.components.pooledEncoder, undefined);
  assert.equal(model.components.textEncoder.tokenizer, path.join(folder, TOKENIZER));
  assert.equal(model.components.transformer.config["n_heads"], 4);
  assert.equal(model.weightBytes, model.parameters * 4);
  assert.match(model.hash, /^[0-9a-f]{64}$/);
});

test("what is no model folder is said so", (context) => {
  const folder = temporaryFolder(context);
  refuses(() => openModelFolder(path.join(folder, "absent")), "model.not-found", "absent", "does not exist");
  refuses(() => openModelFolder(folder), "model.not-found", "model.json");
  writeFileSync(path.join(folder, "file"), "");
  refuses(() => openModelFolder(path.join(folder, "file")), "model.not-found", "not a folder");
  refuses(() => openModelFolder(path.join(folder, "file", "below")), "model.not-found");
  writeFileSync(path.join(folder, "model.json"), "{");
  refuses(() => openModelFolder(folder), "model.incomplete", "not JSON");
  writeFileSync(path.join(folder, "model.json"), " ".repeat(2 ** 21));
  refuses(() => openModelFolder(folder), "model.incomplete", "2097152 bytes");
  rmSync(path.join(folder, "model.json"));
  mkdirSync(path.join(folder, "model.json"));
  refuses(() => openModelFolder(folder), "file.unreadable");
});

test("each missing file is named", (context) => {
  const folder = modelIn(context);
  for (const file of Object.values(SYNTHETIC_FILES)) {
    const full = path.join(folder, file);
    renameSync(full, `${full}.away`);
    refuses(() => openModelFolder(folder), "model.incomplete", file);
    renameSync(`${full}.away`, full);
  }
  openModelFolder(folder);
});

test("damaged weights are named: cut, replaced by a pointer, not finite", (context) => {
  const folder = modelIn(context);
  const file = path.join(folder, TRANSFORMER);
  const whole = bytesOf(file);
  truncateSync(file, whole.length - 1);
  refuses(() => openModelFolder(folder), "safetensors.invalid", TRANSFORMER, `${whole.length} bytes`);
  writeFileSync(file, "version https://git-lfs.github.com/spec/v1\n");
  refuses(() => openModelFolder(folder), "safetensors.invalid", "git-lfs");
  writeFileSync(file, whole);
  for (const value of [NaN, Infinity, -Infinity]) {
    poke(file, "layers.1.feed_forward.w2.weight", 777, value);
    refuses(() => openModelFolder(folder), "model.non-finite", "layers.1.feed_forward.w2.weight", "element 777");
  }
  poke(file, "layers.1.feed_forward.w2.weight", 777, 0);
  openModelFolder(folder);
});

test(
  "links out of the folder are refused with the remedy; hard links and links inside pass",
  { skip: process.platform === "win32" },
  (context) => {
    const folder = modelIn(context);
    const outside = path.join(path.dirname(folder), "outside");
    const weights = path.join(folder, VAE);
    renameSync(weights, outside);
    symlinkSync(outside, weights);
    refuses(() => openModelFolder(folder), "model.unsupported", VAE, outside, "hard link");
    rmSync(weights);
    linkSync(outside, weights);
    const { hash } = openModelFolder(folder);
    rmSync(weights);
    linkSync(outside, path.join(folder, "elsewhere.safetensors"));
    symlinkSync("../elsewhere.safetensors", weights);
    const linked = openModelFolder(folder);
    assert.equal(linked.hash, hash);
    assert.equal(linked.components.vae.checkpoint.folder, folder);
    rmSync(path.join(folder, "elsewhere.safetensors"));
    refuses(() => openModelFolder(folder), "model.incomplete", VAE);
    // A folder that is itself reached through a link is fine.
    rmSync(weights);
    linkSync(outside, weights);
    symlinkSync(folder, path.join(path.dirname(folder), "alias"));
    assert.equal(openModelFolder(path.join(path.dirname(folder), "alias")).hash, hash);
  },
);

test("paths in model.json cannot climb out; full paths and prefixes are followed", (context) => {
  const folder = modelIn(context);
  const outside = path.join(path.dirname(folder), "other.safetensors");
  renameSync(path.join(folder, VAE), outside);
  for (const weights of ["../other.safetensors", "vae/../../other.safetensors", "..\\other.safetensors", "", 5]) {
    editManifest(folder, (manifest) => (componentOf(manifest, "vae")["weights"] = weights));
    refuses(() => openModelFolder(folder), "model.incomplete", "components.vae.weights");
  }
  editManifest(folder, (manifest) => (componentOf(manifest, "vae")["weights"] = outside));
  const model = openModelFolder(folder);
  assert.ok(model.components.vae.checkpoint.has("decoder.conv_in.weight"));
  editManifest(folder, (manifest) => (componentOf(manifest, "vae")["prefix"] = "decoder."));
  const stripped = openModelFolder(folder);
  assert.ok(stripped.components.vae.checkpoint.has("conv_in.weight"));
  assert.ok(stripped.parameters < model.parameters);
});

test("the hash follows weights, tokenizer and configuration, and nothing else", (context) => {
  const folder = modelIn(context);
  const { hash } = openModelFolder(folder);
  const copy = path.join(path.dirname(folder), "copy");
  cpSync(folder, copy, { recursive: true });
  editManifest(copy, (manifest) => (manifest["title"] = "Another title"));
  assert.equal(openModelFolder(copy).hash, hash);
  poke(path.join(copy, VAE), "decoder.conv_out.bias", 2, 0.5);
  const hashes = [hash, openModelFolder(copy).hash];
  writeFileSync(path.join(copy, TOKENIZER), `${readFileSync(path.join(copy, TOKENIZER), "utf8")}\n`);
  hashes.push(openModelFolder(copy).hash);
  editManifest(copy, (manifest) => (componentOf(manifest, "vae")["config"] = { scaling_factor: 0.5 }));
  hashes.push(openModelFolder(copy).hash);
  assert.equal(new Set(hashes).size, hashes.length);
  const order = (fields: Record<string, unknown>): string => {
    editManifest(copy, (manifest) => (componentOf(manifest, "vae")["config"] = fields));
    return openModelFolder(copy).hash;
  };
  assert.equal(order({ a: { b: 1, c: [2] }, d: 3 }), order({ d: 3, a: { c: [2], b: 1 } }));
});

/** One tensor of BF16 over 7 GB that take no space, as in the published transformer, and a small one. */
function sparseModel(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "large.safetensors");
  const shape = [2304, 1_500_000];
  const length = tensorByteLength("BF16", shape)!;
  const header = safetensorsBytes(
    `{"big":{"dtype":"BF16","shape":[${shape.join(",")}],"data_offsets":[0,${length}]},` +
      `"small":{"dtype":"BF16","shape":[8],"data_offsets":[${length},${length + 16}]}}`,
  );
  const descriptor = openSync(file, "w");
  writeSync(descriptor, header);
  ftruncateSync(descriptor, header.length + length + 16);
  closeSync(descriptor);
  return file;
}

test("a large checkpoint is sampled: ends and middles of every tensor, in bounded time", (context) => {
  const file = sparseModel(temporaryFolder(context));
  const startedAt = performance.now();
  checkFinite(openCheckpoint(file));
  assert.ok(performance.now() - startedAt < 500);
  const { tensors } = openSafetensors(file);
  const poison = (tensor: string, byte: number): void => {
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, Uint8Array.of(0xc0, 0x7f), 0, 2, tensors.get(tensor)!.offset + byte);
    refuses(() => checkFinite(openCheckpoint(file)), "model.non-finite", `"${tensor}"`, `element ${byte / 2}`);
    writeSync(descriptor, Uint8Array.of(0, 0), 0, 2, tensors.get(tensor)!.offset + byte);
    closeSync(descriptor);
  };
  for (const byte of [0, tensors.get("big")!.length - 2]) poison("big", byte);
  for (const byte of [0, 14]) poison("small", byte);
});

test("samples cover small tensors whole, and never more than four blocks", () => {
  for (const length of [0, 1, 7, 4096, 16_384, 16_385, 16_392, 100_001, 2 ** 33]) {
    const blocks = sampleBlocks(length, 4096);
    const covered = blocks.reduce((sum, block) => sum + block.length, 0);
    assert.ok(
      covered === length || (length > 16_384 && covered >= 16_384 && covered < 16_392),
      `${length}: ${covered}`,
    );
    assert.ok(blocks.every(({ offset }) => offset % 8 === 0));
    const last = blocks.at(-1);
    if (last) assert.equal(last.offset + last.length, length);
  }
});

test("all values are looked at where that is asked for", (context) => {
  const folder = temporaryFolder(context);
  const file = path.join(folder, "a.safetensors");
  const values = new Float64Array(5000);
  values[4321] = NaN;
  writeSafetensors(file, [{ name: "x", type: "F64", shape: [5000], data: new Uint8Array(values.buffer) }]);
  refuses(() => checkFinite(openCheckpoint(file), { isExhaustive: true }), "model.non-finite", "element 4321");
});
