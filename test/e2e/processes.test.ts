import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HAND_OVER_FILE } from "../../src-main/studio/hand-over.ts";
import { CommandBench, OLD_NODE } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

const TINY = ["--model", bench.installTinyModel()];
const QUICK = ["generate", ...TINY, "--size", "64x64", "--steps", "2", "--json"];
/** With the starter, which takes minutes for this on any machine, so whatever is done to it is done in the middle: none of these runs to its end. */
const ENDLESS = ["generate", "--size", "384x384", "--steps", "200", "--solver", "rk4", "--json"];
/** Said within the first seconds of that: without a terminal, progress comes as a line every two seconds. */
const DENOISING = /denoise \d+\/200/;
/** What takes a moment, with room for a machine that is busy with other things. */
const SOON_MS = 20_000;
const prompt = { input: "1girl, solo, silver hair" };
const debugging = { ...prompt, environment: { TACHIE_DEBUG: "1" } };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isGoneSoon(pid: number): Promise<boolean> {
  for (const deadline = Date.now() + SOON_MS; Date.now() < deadline; await sleep(20)) if (!isAlive(pid)) return true;
  return !isAlive(pid);
}

async function enginePid(command: ReturnType<CommandBench["start"]>): Promise<number> {
  const [, pid] = await command.said(/engine running as process (\d+)/);
  return Number(pid);
}

test("several commands on one library at once: all succeed, every picture is stored once", async () => {
  const results = await Promise.all(
    Array.from({ length: 4 }, (_, seed) => bench.run([...QUICK, "--seed", String(seed)], prompt)),
  );
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const ids = results.flatMap(({ json }) => json.images?.map(({ id }) => id) ?? []);
  assert.equal(new Set(ids).size, 4);
  const stored = bench.history().map(({ id }) => id);
  assert.deepEqual(stored.sort(), ids.sort());
  assert.equal(bench.leftovers.length, 4);
  assert.equal(existsSync(path.join(bench.library, HAND_OVER_FILE)), false);
});

// Where there is an old Node, the second one also passes through the launcher.
for (const [signal, node] of [["SIGINT"], ["SIGTERM", OLD_NODE]] as const) {
  const started = { ...debugging, ...(node === undefined ? {} : { node }) };

  test(`${signal} ends a picture between two steps, with 130, and leaves nothing of it`, async () => {
    const before = bench.history().length;
    const running = bench.start(ENDLESS, started);
    const pid = await enginePid(running);
    await running.said(DENOISING);
    const at = performance.now();
    running.child.kill(signal);
    const { code, json } = await running.result;
    const tookMs = performance.now() - at;
    assert.deepEqual([code, json.error?.code, json.images], [130, "job.cancelled", undefined]);
    assert.ok(tookMs < SOON_MS, `${tookMs} ms`);
    assert.deepEqual([bench.history().length, bench.leftovers.length], [before, before]);
    assert.ok(await isGoneSoon(pid));
  });

  test(`${signal} among many pictures keeps the finished ones and says which they are`, async () => {
    const before = bench.history().length;
    const running = bench.start([...QUICK, "--count", "1000"], started);
    await running.said(/\[1\/1000\] 64x64, seed \d+: /);
    running.child.kill(signal);
    const { code, json } = await running.result;
    assert.deepEqual([code, json.error?.code], [130, "job.cancelled"]);
    const kept = json.images?.map(({ id }) => id) ?? [];
    assert.ok(kept.length > 0 && kept.length < 1000);
    const stored = bench.history().slice(0, kept.length);
    assert.deepEqual(stored.map(({ id }) => id).reverse(), kept);
    assert.deepEqual([bench.history().length, bench.leftovers.length], [before + kept.length, before + kept.length]);
  });
}

test("an engine that is killed in the middle of a picture is replaced, and the picture made", async () => {
  // Seconds of work, so that the kill comes in time, and not minutes, since it is done twice.
  const running = bench.start(["generate", ...TINY, "--size", "512x512", "--steps", "30", "--json"], debugging);
  const pid = await enginePid(running);
  await running.said(/^load$/m);
  process.kill(pid, "SIGKILL");
  const { code, json, stderr } = await running.result;
  assert.equal(code, 0, stderr);
  assert.equal(json.images?.length, 1);
  assert.match(stderr, /was killed \(SIGKILL\).*trying the picture once more/);
});

test("a command that is killed leaves no engine, no half picture and no lock", async () => {
  const before = bench.history().length;
  const running = bench.start(ENDLESS, debugging);
  const pid = await enginePid(running);
  await running.said(DENOISING);
  running.child.kill("SIGKILL");
  await running.result;
  assert.ok(await isGoneSoon(pid), "the engine outlived its owner");
  assert.equal((await bench.run(QUICK, prompt)).code, 0);
  assert.equal(bench.history().length, before + 1);
  assert.equal(bench.leftovers.length, before + 1);
});

test("a command whose launcher is killed is cancelled", { skip: OLD_NODE === undefined && "no old Node" }, async () => {
  const running = bench.start(ENDLESS, { ...debugging, ...(OLD_NODE === undefined ? {} : { node: OLD_NODE }) });
  const pid = await enginePid(running);
  await running.said(DENOISING);
  running.child.kill("SIGKILL");
  assert.ok(await isGoneSoon(pid));
  const { stderr } = await running.result;
  assert.match(stderr, /cancelling/);
});

test("a studio that is killed while another command's job waits in it: that command makes the picture itself", async () => {
  const before = bench.history().length;
  const first = bench.start(ENDLESS, debugging);
  await first.said(DENOISING);
  const second = bench.start([...QUICK, "--seed", "99"], prompt);
  await second.said(/takes the job/);
  const listed = await bench.run(["history", "--json"]);
  assert.equal(listed.code, 0, "readers work beside any writer");
  first.child.kill("SIGKILL");
  const { code, json, stderr } = await second.result;
  assert.equal(code, 0, stderr);
  assert.equal(json.images?.[0]?.seed, 99);
  assert.equal(bench.history()[0]?.seed, 99);
  assert.equal(bench.history().length, before + 1);
});
