import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { GenerateRequest } from "../../../src-main/contract/generation.ts";
import { HAND_OVER_FILE, hostHandOver, reachWriter } from "../../../src-main/studio/hand-over.ts";
import { acquireWriterLock } from "../../../src-main/studio/library/writer-lock.ts";
import { createStudio } from "../../../src-main/studio/studio.ts";
import { StudioBench } from "../../fixtures/studio-bench.ts";

const generate = (request: Partial<GenerateRequest> = {}) =>
  ({ kind: "generate", request: { prompt: "1girl, solo", model: "fake-model", ...request } }) as const;

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await sleep(5))
    if (Date.now() > deadline) throw new Error("waited in vain");
}

test("a second job on a library is done by the first one's studio, which ends only when it is done", async () => {
  await using bench = new StudioBench({ stepMs: 50 });
  const first = await bench.begin(generate({ seed: 1 }));
  const second = bench.visit(generate({ seed: 2, count: 2 }));
  await until(() => bench.jobsTaken > 1);
  assert.ok(bench.notices.some((notice) => notice.includes("takes the job")));
  await first.finish();
  const { images } = await second;
  assert.deepEqual(
    images.map(({ seed }) => seed),
    [2, 3],
  );
  assert.equal(bench.history().length, 3);
  assert.equal(existsSync(path.join(bench.library, HAND_OVER_FILE)), false);
});

test("errors, progress and cancelling cross the socket", async () => {
  await using bench = new StudioBench({ jobs: ["ok", "out-of-memory", "ok", "forever"] });
  const first = await bench.begin(generate());
  await assert.rejects(bench.visit(generate()), { code: "engine.out-of-memory", message: /no memory left/ });
  await assert.rejects(bench.visit({ kind: "again", id: "nosuchid" }), { code: "library.not-found" });
  const abort = new AbortController();
  const cancelled = bench.visit(generate({ count: 2 }), abort.signal);
  await until(() => bench.jobsTaken === 4);
  abort.abort();
  const { images, failure } = await cancelled;
  assert.deepEqual([images.length, failure?.code], [1, "job.cancelled"]);
  assert.equal(bench.progress.filter(({ kind }) => kind === "image").length, 2);
  await first.finish();
});

test("when the studio is interrupted, the others do the rest of their jobs themselves, with the same seeds", async () => {
  await using bench = new StudioBench({ stepMs: 40 });
  const abort = new AbortController();
  const first = await bench.begin(generate({ seed: 1 }), abort.signal);
  const second = bench.visit(generate({ seed: 10, count: 3 }));
  const third = bench.visit(generate({ seed: 20 }));
  await until(() => bench.history().length === 2);
  abort.abort();
  await first.finish();
  const outcomes = await Promise.all([second, third]);
  assert.deepEqual(
    outcomes.map(({ images }) => images.map(({ seed }) => seed)),
    [[10, 11, 12], [20]],
  );
  const seeds = bench.history().map(({ seed }) => seed);
  assert.deepEqual(
    seeds.sort((a, b) => a - b),
    [1, 10, 11, 12, 20],
  );
});

test("many jobs that start at once on one library are all done and all stored, whoever comes first", async () => {
  await using bench = new StudioBench({ stepMs: 5 });
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => bench.visit(generate({ seed: i }))));
  const ids = outcomes.flatMap(({ images }) => images.map(({ id }) => id));
  assert.equal(new Set(ids).size, 8);
  assert.deepEqual(
    bench
      .history()
      .map(({ id }) => id)
      .sort(),
    ids.sort(),
  );
  assert.equal(bench.pictureFiles.length, 8);
});

test("the note is for its user alone, and one that leads elsewhere is not followed", async () => {
  await using bench = new StudioBench();
  const studio = createStudio({ libraryFolder: bench.library, engine: bench.createEngine(), places: bench.places });
  const host = await hostHandOver(bench.library, studio.handlers);
  const file = path.join(bench.library, HAND_OVER_FILE);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  const note = JSON.parse(readFileSync(file, "utf8")) as { pid: number; address: { path: string; token: string } };
  const ready = await reachWriter(bench.library);
  assert.equal(ready.kind, "ready");
  if (ready.kind === "ready") ready.connection.close();
  const bad = [
    "",
    "{",
    "null",
    "[]",
    JSON.stringify({ ...note, pid: "1" }),
    JSON.stringify({ ...note, address: { ...note.address, token: "wrong" } }),
    JSON.stringify({ ...note, address: { ...note.address, path: "/tmp/elsewhere.sock" } }),
    JSON.stringify({ ...note, address: { ...note.address, path: "../x.sock" } }),
    JSON.stringify({ ...note, address: null }),
    JSON.stringify({ pid: 2 ** 30 }),
  ];
  for (const text of bad) {
    writeFileSync(file, text);
    assert.equal((await reachWriter(bench.library)).kind, "silent", text);
  }
  await host.close();
  studio.close();
});

test("a library that something else keeps locked is given up, in time and by name", async (t) => {
  await using bench = new StudioBench();
  bench.silenceMs = 1000;
  mkdirSync(bench.library);
  const lock = acquireWriterLock(bench.library);
  t.after(() => lock.release());
  const abort = new AbortController();
  const waiting = bench.visit(generate(), abort.signal);
  await sleep(300);
  abort.abort();
  await assert.rejects(waiting, { code: "job.cancelled" });
  await assert.rejects(bench.visit(generate()), { code: "library.locked", where: bench.library });
});
