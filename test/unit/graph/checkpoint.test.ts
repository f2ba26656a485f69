/** @file The view of weights: places in files, prefixes, rows, parts, links. */

import assert from "node:assert/strict";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import type { Weight } from "../../../src-main/graph/checkpoint.ts";
import { writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function write(
  file: string,
  tensors: Readonly<Record<string, readonly number[]>>,
  metadata: Record<string, string> = {},
): void {
  const list = Object.entries(tensors).map(([name, shape]) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + name.length * 1000);
    return { name, type: "F32" as const, shape, data: new Uint8Array(values.buffer) };
  });
  writeSafetensors(file, list, metadata);
}

function valuesAt(folder: string, { file, offset, length }: Weight): number[] {
  const bytes = new Uint8Array(readFileSync(path.join(folder, file))).slice(offset, offset + length);
  return [...new Float32Array(bytes.buffer)];
}

function refuses(action: () => unknown, code: ErrorCode, ...words: string[]): void {
  assert.throws(action, (error) => {
    assert.ok(isTachieError(error, code), String(error));
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} lacks ${word}`);
    return true;
  });
}

test("tensors are places in the file; rows are offsets into them", (context) => {
  const folder = realpathSync(temporaryFolder(context));
  const file = path.join(folder, "a.safetensors");
  write(file, { qkv: [6, 3], scalar: [], empty: [0, 4] }, { config: "{}" });
  const checkpoint = openCheckpoint(file);
  assert.equal(checkpoint.folder, folder);
  assert.equal(checkpoint.label, file);
  assert.equal(checkpoint.metadata.get("config"), "{}");
  assert.deepEqual([...checkpoint.names()].sort(), ["empty", "qkv", "scalar"]);
  const whole = checkpoint.tensor("qkv", [6, 3]);
  assert.equal(whole.file, "a.safetensors");
  assert.deepEqual(valuesAt(folder, whole).slice(0, 3), [3000, 3001, 3002]);
  const rows = checkpoint.rows("qkv", 2, 4);
  assert.deepEqual([rows.name, rows.shape, rows.length], ["qkv[2:4]", [2, 3], 24]);
  assert.deepEqual(valuesAt(folder, rows), [3006, 3007, 3008, 3009, 3010, 3011]);
  assert.equal(checkpoint.rows("qkv", 6, 6).length, 0);
  assert.ok(checkpoint.has("qkv") && !checkpoint.has("q"));
});

test("what is missing or misshapen is named, with both shapes", (context) => {
  const file = path.join(temporaryFolder(context), "a.safetensors");
  write(file, { "layers.0.w": [4, 2] });
  const checkpoint = openCheckpoint(file);
  refuses(() => checkpoint.tensor("layers.1.w"), "model.incomplete", "layers.1.w", file);
  refuses(() => checkpoint.tensor("layers.0.w", [2, 4]), "model.mismatch", "layers.0.w", "[4, 2]", "[2, 4]");
  refuses(() => checkpoint.tensor("layers.0.w", [4, 2, 1]), "model.mismatch", "[4, 2, 1]");
  refuses(() => checkpoint.tensor("layers.0.w", []), "model.mismatch");
  for (const [start, end] of [
    [0, 5],
    [-1, 2],
    [3, 2],
    [0.5, 1],
    [0, NaN],
  ] as const)
    refuses(() => checkpoint.rows("layers.0.w", start, end), "model.mismatch", "layers.0.w", "[4, 2]");
  refuses(() => checkpoint.rows("other", 0, 1), "model.incomplete", "other");
  refuses(() => openCheckpoint(path.join(file, "..", "absent.safetensors")), "file.not-found", "absent");
});

test("only tensors with the prefix are seen, without it", (context) => {
  const file = path.join(temporaryFolder(context), "a.safetensors");
  write(file, { "w.a": [1], "w.w.a": [2], "x.a": [3], w: [4] });
  const checkpoint = openCheckpoint(file, { prefix: "w." });
  assert.deepEqual([...checkpoint.names()].sort(), ["a", "w.a"]);
  assert.deepEqual(checkpoint.tensor("a").shape, [1]);
  assert.equal(checkpoint.tensor("w.a").name, "w.a");
  assert.ok(!checkpoint.has("constructor") && !checkpoint.has("x.a"));
});

/** Two parts and an index, as large models are published. */
function writeParts(folder: string, map?: Record<string, string>): string {
  write(path.join(folder, "m-00001-of-00002.safetensors"), { a: [2], b: [3] }, { which: "first", format: "pt" });
  write(path.join(folder, "m-00002-of-00002.safetensors"), { c: [4] }, { which: "second" });
  const index = path.join(folder, "m.safetensors.index.json");
  const weightMap = map ?? {
    a: "m-00001-of-00002.safetensors",
    b: "m-00001-of-00002.safetensors",
    c: "m-00002-of-00002.safetensors",
  };
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 36 }, weight_map: weightMap }));
  return index;
}

test("a checkpoint in parts is one, by its index or by its folder", (context) => {
  const folder = realpathSync(temporaryFolder(context));
  const index = writeParts(folder);
  for (const given of [index, folder]) {
    const checkpoint = openCheckpoint(given);
    assert.deepEqual([...checkpoint.names()].sort(), ["a", "b", "c"]);
    assert.equal(checkpoint.tensor("c").file, "m-00002-of-00002.safetensors");
    assert.equal(checkpoint.metadata.get("which"), "first");
    assert.deepEqual(valuesAt(checkpoint.folder, checkpoint.tensor("c")), [1000, 1001, 1002, 1003]);
    assert.equal(checkpoint.files.length, 2);
  }
});

test("a part that is missing, foreign, outside or double is named", (context) => {
  const folder = temporaryFolder(context);
  const index = writeParts(folder);
  const first = "m-00001-of-00002.safetensors";
  const rewrite = (map: unknown): void => writeFileSync(index, JSON.stringify({ weight_map: map }));
  rewrite({ a: first, d: first });
  refuses(() => openCheckpoint(index), "model.incomplete", '"d"', first);
  for (const outside of ["../a.safetensors", "/etc/passwd", "sub/a.safetensors", "..\\a", "", 7, null]) {
    rewrite({ a: outside });
    refuses(() => openCheckpoint(index), "model.incomplete", '"a"');
  }
  for (const map of [undefined, [], {}, "x", null]) {
    rewrite(map);
    refuses(() => openCheckpoint(index), "model.incomplete", index);
  }
  writeFileSync(index, "{");
  refuses(() => openCheckpoint(index), "model.incomplete", "not JSON");
  writeFileSync(index, "null");
  refuses(() => openCheckpoint(index), "model.incomplete", "weight_map");
  rewrite({ a: first, c: "m-00003-of-00002.safetensors" });
  refuses(() => openCheckpoint(index), "model.incomplete", "m-00003-of-00002.safetensors", "missing");
  write(path.join(folder, "again.safetensors"), { a: [2] });
  rewrite({ b: first, a: "again.safetensors" });
  refuses(() => openCheckpoint(index), "safetensors.invalid", '"a"', "two parts");
});

test("a folder means its only weights file; none or several are named", (context) => {
  const folder = temporaryFolder(context);
  refuses(() => openCheckpoint(folder), "model.incomplete", "no .safetensors file");
  write(path.join(folder, "a.safetensors"), { a: [1] });
  assert.ok(openCheckpoint(folder).has("a"));
  write(path.join(folder, "b.safetensors"), { b: [1] });
  refuses(() => openCheckpoint(folder), "model.incomplete", "a.safetensors, b.safetensors");
});

test(
  "links lead to where the bytes lie; a dangling one is a missing file",
  { skip: process.platform === "win32" },
  (context) => {
    const folder = realpathSync(temporaryFolder(context));
    const blobs = path.join(folder, "blobs");
    const snapshot = path.join(folder, "snapshot");
    for (const made of [blobs, snapshot]) mkdirSync(made);
    write(path.join(blobs, "0123abcd"), { a: [2] });
    symlinkSync("../blobs/0123abcd", path.join(snapshot, "model.safetensors"));
    const checkpoint = openCheckpoint(path.join(snapshot, "model.safetensors"));
    assert.deepEqual([checkpoint.folder, checkpoint.tensor("a").file], [blobs, "0123abcd"]);
    assert.equal(openCheckpoint(snapshot).tensor("a").file, "0123abcd");
    linkSync(path.join(blobs, "0123abcd"), path.join(folder, "hard.safetensors"));
    assert.equal(openCheckpoint(path.join(folder, "hard.safetensors")).folder, folder);
    unlinkSync(path.join(blobs, "0123abcd"));
    refuses(() => openCheckpoint(path.join(snapshot, "model.safetensors")), "file.not-found");
    const index = writeParts(folder);
    const second = path.join(folder, "m-00002-of-00002.safetensors");
    rmSync(second);
    write(path.join(blobs, "2"), { c: [4] });
    symlinkSync("blobs/2", second);
    refuses(() => openCheckpoint(index), "model.unsupported", "different folders");
  },
);
