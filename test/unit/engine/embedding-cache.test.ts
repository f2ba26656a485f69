import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddingCache } from "../../../src-main/engine/embedding-cache.ts";

function counted(byteLength: number) {
  let computed = 0;
  return { compute: async () => ({ byteLength, number: ++computed }), count: () => computed };
}

test("a value is computed once for each key", async () => {
  const cache = new EmbeddingCache();
  const { compute, count } = counted(10);
  assert.equal(await cache.get(["text", "a"], compute), await cache.get(["text", "a"], compute));
  await cache.get(["text", "b"], compute);
  await cache.get(["texta"], compute);
  assert.equal(count(), 3);
  assert.equal(cache.bytes, 30);
});

test("the least recently used goes when the limit is passed, and its bytes with it", async () => {
  const cache = new EmbeddingCache(100);
  const { compute, count } = counted(40);
  for (const key of ["a", "b", "a", "c"]) await cache.get([key], compute);
  assert.deepEqual([count(), cache.bytes], [3, 80]);
  await cache.get(["a"], compute);
  assert.equal(count(), 3);
  await cache.get(["b"], compute);
  assert.deepEqual([count(), cache.bytes], [4, 80]);
});

test("what is larger than the cache is handed on and not kept", async () => {
  const cache = new EmbeddingCache(100);
  const { compute, count } = counted(101);
  await cache.get(["a"], compute);
  await cache.get(["a"], compute);
  assert.deepEqual([count(), cache.bytes], [2, 0]);
});

test("a failure is not kept", async () => {
  const cache = new EmbeddingCache();
  await assert.rejects(cache.get(["a"], () => Promise.reject(new Error("no"))));
  const { compute, count } = counted(1);
  await cache.get(["a"], compute);
  assert.equal(count(), 1);
});

test("two that compute the same key at once are counted once", async () => {
  const cache = new EmbeddingCache();
  const { compute } = counted(7);
  await Promise.all([cache.get(["a"], compute), cache.get(["a"], compute)]);
  assert.equal(cache.bytes, 7);
});
