/** @file The studio process killed, ended and started again in the middle of its queue. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { QueueState } from "../../src-main/contract/jobs.ts";
import type { StudioService } from "../../src-main/contract/studio.ts";
import type { Connection } from "../../src-main/contract/wire.ts";
import { superviseEngine } from "../../src-main/process/engine-process.ts";
import { visitLibrary } from "../../src-main/studio/library-door.ts";
import { auditLibrary } from "../fixtures/library-folder.ts";
import { rounds, tally, timeoutMs } from "../fixtures/loops.ts";
import { StudioHome } from "../fixtures/studio-process.ts";

const TIMEOUT = { timeout: timeoutMs({ short: 120_000, long: 600_000 }) };
const KILLS = rounds({ short: 8, long: 40 });
const JOBS = rounds({ short: 6, long: 16 });
const PICTURES = 4 * JOBS;
const request = { prompt: "1girl, solo", model: "fake-model" };

/** Resolves with the first state that fits. */
async function untilQueue(
  { client }: Connection<StudioService>,
  fits: (state: QueueState) => boolean,
): Promise<QueueState> {
  for (;;) {
    const state = await client.queue({});
    if (fits(state)) return state;
    await sleep(5);
  }
}

const isAllDone = ({ jobs }: QueueState): boolean => jobs.every(({ state }) => state === "done");

test(
  `${KILLS} kills in the middle of a queue: everything is made once, in order, and draft and settings stay`,
  TIMEOUT,
  async (t) => {
    await using home = new StudioHome();
    let studio = await home.start();
    let window = await studio.connect();
    for (let job = 0; job < JOBS; job++) await window.client.enqueue({ ...request, seed: 1000 * job, count: 4 });
    const draft = { text: "<character_1>", negative: "", dialect: "readme", settings: { seed: 3 } } as const;
    await window.client.saveCurrentDraft({ draft });
    await window.client.changeSettings({ changes: { language: "ja" } });
    let done = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await untilQueue(window, ({ jobs }) => jobs.flatMap(({ images }) => images).length > done);
      await sleep(Math.random() * 40);
      await studio.kill();
      studio = await home.start();
      window = await studio.connect();
      const { jobs } = await window.client.queue({});
      const images = jobs.flatMap((job) => job.images);
      assert.ok(images.length >= done, "a finished picture was forgotten");
      done = Math.min(images.length, PICTURES - 1);
      assert.equal(new Set(images.map(({ id }) => id)).size, images.length);
    }
    const { jobs } = await untilQueue(window, isAllDone);
    assert.deepEqual(
      jobs.map(({ images }) => images.map(({ seed }) => seed)),
      Array.from({ length: JOBS }, (_, job) => [0, 1, 2, 3].map((index) => 1000 * job + index)),
    );
    const { pictures, total } = await window.client.pictures({ limit: 500 });
    assert.equal(total, PICTURES, "a picture was made twice");
    assert.equal(new Set(pictures.map(({ seed }) => seed)).size, PICTURES);
    assert.deepEqual((await window.client.currentDraft({})).draft?.text, draft.text);
    assert.equal((await window.client.settings({})).language, "ja");
    assert.deepEqual(await studio.end(), { code: 0 });
    assert.deepEqual(auditLibrary(home.library).findings, []);
    tally(t, "studio process killed in the middle of its queue", { kills: KILLS, jobs: JOBS, pictures: total });
  },
);

test("a studio that is ended puts its running job back, and leaves the library to the next one", TIMEOUT, async () => {
  await using home = new StudioHome();
  home.stepMs = 50;
  const studio = await home.start();
  const window = await studio.connect();
  await window.client.enqueue({ ...request, seed: 1, count: 3 });
  await window.client.enqueue({ ...request, seed: 10 });
  await untilQueue(window, ({ jobs }) => jobs[0]?.images.length === 1 && jobs[0].state === "running");
  const endedAt = performance.now();
  assert.deepEqual(await studio.end(), { code: 0 });
  assert.ok(performance.now() - endedAt < 1500);
  home.stepMs = 1;
  const next = await (await home.start()).connect();
  const before = await next.client.queue({});
  assert.deepEqual(
    before.jobs.map(({ images }) => images.length),
    [1, 0],
  );
  assert.ok(before.jobs.every(({ failure }) => failure === undefined));
  await untilQueue(next, isAllDone);
  assert.equal((await next.client.pictures({ limit: 10 })).total, 4);
});

test("a command's job is taken by the studio, and goes on without it when the studio is ended", TIMEOUT, async () => {
  await using home = new StudioHome();
  home.stepMs = 60;
  const studio = await home.start();
  const window = await studio.connect();
  const engine = superviseEngine({ program: new URL("../fixtures/fake-engine.ts", import.meta.url) });
  const visit = visitLibrary(
    { kind: "generate", request: { ...request, seed: 7, count: 3 } },
    {
      libraryFolder: home.library,
      places: { folders: [path.join(home.root, "models")] },
      createEngine: () => engine,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
  while ((await window.client.pictures({ limit: 1 })).total < 1) await sleep(5);
  assert.deepEqual(await studio.end(), { code: 0 });
  const { outcome, finish } = await visit;
  await finish();
  assert.deepEqual([outcome.images.map(({ seed }) => seed), outcome.failure], [[7, 8, 9], undefined]);
  const next = await (await home.start()).connect();
  assert.equal((await next.client.pictures({ limit: 5 })).total, 3);
});

test("several windows see the same, each is told of what the others do, and one that goes leaves the rest", async () => {
  await using home = new StudioHome();
  const studio = await home.start();
  const [one, two] = [await studio.connect(), await studio.connect()];
  const told = new Promise<string>((resolve) => one.onEvent("settings", ({ theme }) => resolve(theme)));
  const previews = new Promise<boolean>((resolve) =>
    one.onEvent("jobProgress", ({ preview }) => resolve(preview?.pixels instanceof Uint8Array)),
  );
  await two.client.changeSettings({ changes: { theme: "dark" } });
  assert.equal(await told, "dark");
  await two.client.enqueue(request);
  assert.equal(await previews, true);
  two.close();
  await untilQueue(one, isAllDone);
  assert.deepEqual((await one.client.engine({})).state, { kind: "ready" });
  const engine = new Promise<string>((resolve) => one.onEvent("engine", ({ kind }) => resolve(kind)));
  studio.engine.emit("state", { kind: "unresponsive" });
  assert.equal(await engine, "unresponsive");
  const beats = new Promise<void>((resolve) => one.onHeartbeat(resolve));
  await beats;
});

test("a library that cannot be opened is told of, and the process ends", async () => {
  await using home = new StudioHome();
  writeFileSync(home.library, "not a folder");
  const studio = await home.start();
  assert.deepEqual(await studio.exited, { code: 1 });
  assert.match(studio.lines.join("\n"), /library/);
});
