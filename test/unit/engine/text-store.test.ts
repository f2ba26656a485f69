import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { EncodedText } from "../../../src-main/engine/roles.ts";
import { openTextStore } from "../../../src-main/engine/text-store.ts";
import { float32Tensor } from "../../../src-main/ort/session.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

function stand(context: TestContext, limitBytes?: number) {
  const folder = path.join(temporaryFolder(context), "texts");
  const reported: unknown[] = [];
  const open = () => openTextStore(folder, (error) => void reported.push(error), limitBytes);
  const files = () => (existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []);
  return { folder, reported, open, files };
}

function encoded(tokens: number, value: number): EncodedText {
  const states = float32Tensor(new Float32Array(tokens * 4).fill(value), [tokens, 4]);
  const pooled = float32Tensor(Float32Array.of(value, -value), [1, 2]);
  return { states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength };
}

test("what was stored is there after a restart, value for value, and nothing else is", (context) => {
  const { open, reported } = stand(context);
  open().put(["model", "red hair"], encoded(3, 0.1));
  assert.deepEqual(open().get(["model", "red hair"]), encoded(3, 0.1));
  assert.equal(open().get(["model", "blue hair"]), undefined);
  assert.equal(open().get(["other", "red hair"]), undefined);
  assert.deepEqual(reported, []);
});

test("a damaged file is no text: it goes, and the next one is stored in its place", (context) => {
  const { open, files } = stand(context);
  const store = open();
  for (const damage of [
    (bytes: Buffer) => (bytes[bytes.length - 1]! ^= 1),
    (bytes: Buffer) => (bytes[9]! ^= 4),
    (bytes: Buffer) => bytes.fill(0, 0, 8),
  ]) {
    store.put(["a"], encoded(2, 1));
    const [file = ""] = files();
    const bytes = readFileSync(file);
    damage(bytes);
    writeFileSync(file, bytes);
    assert.equal(store.get(["a"]), undefined);
    store.put(["a"], encoded(2, 2));
    assert.deepEqual(store.get(["a"]), encoded(2, 2));
  }
});

test("the least recently used go when the limit is passed", (context) => {
  const { open, files } = stand(context, 1000);
  const store = open();
  store.put(["a"], encoded(10, 1));
  store.put(["b"], encoded(10, 2));
  for (const file of files()) utimesSync(file, 1, 1);
  assert.notEqual(store.get(["a"]), undefined);
  store.put(["c"], encoded(10, 3));
  assert.notEqual(store.get(["a"]), undefined);
  assert.equal(store.get(["b"]), undefined);
  assert.notEqual(store.get(["c"]), undefined);
});

test("a folder that cannot be made is reported and no text is lost", (context) => {
  const { folder, open, reported } = stand(context);
  writeFileSync(folder, "in the way");
  const store = open();
  store.put(["a"], encoded(1, 1));
  assert.equal(store.get(["a"]), undefined);
  assert.ok(reported.length >= 1);
});
