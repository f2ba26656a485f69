import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HAND_OVER_FILE } from "../../src-main/studio/hand-over.ts";
import { CommandBench, OLD_NODE } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

const QUICK = ["generate", "--size", "64x64", "--steps", "2", "--json"];
/** Long enough to be interrupted. */
const SLOW = ["generate", "--size", "128x128", "--steps", "200", "--json"];
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

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(20)) if (!isAlive(pid)) return true;
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
for (const [signal, node] of [["SIGINT"], ["SIGTERM", OLD_NODE]] as const)
  test(`${signal} cancels within a step, keeps what is finished and ends with 130`, async () => {
    const before = bench.history().length;
    const running = bench.start([...SLOW, "--count", "2", "--steps", "20"], {
      ...debugging,
      ...(node === undefined ? {} : { node }),
    });
    await running.said(/\[2\/2\] denoise/);
    const pid = await enginePid(running);
    const at = performance.now();
    running.child.kill(signal);
    const { code, json } = await running.result;
    const tookMs = performance.now() - at;
    assert.equal(code, 130);
    assert.equal(json.error?.code, "job.cancelled");
    assert.equal(json.images?.length, 1);
    assert.ok(tookMs < 8000, `${tookMs} ms`);
    assert.equal(bench.history().length, before + 1);
    assert.equal(bench.leftovers.length, before + 1);
    assert.ok(await isGoneWithin(pid, 3000));
  });

test("an engine that is killed in the middle of a picture is replaced, and the picture made", async () => {
  const running = bench.start([...SLOW, "--steps", "60"], debugging);
  const pid = await enginePid(running);
  await running.said(/denoise \d+\/60/);
  process.kill(pid, "SIGKILL");
  const { code, json, stderr } = await running.result;
  assert.equal(code, 0, stderr);
  assert.equal(json.images?.length, 1);
  assert.match(stderr, /was killed \(SIGKILL\).*trying the picture once more/);
});

test("a command that is killed leaves no engine, no half picture and no lock", async () => {
  const before = bench.history().length;
  const running = bench.start(SLOW, debugging);
  const pid = await enginePid(running);
  await running.said(/denoise \d+\/200/);
  running.child.kill("SIGKILL");
  await running.result;
  assert.ok(await isGoneWithin(pid, 5000), "the engine outlived its owner");
  assert.equal((await bench.run(QUICK, prompt)).code, 0);
  assert.equal(bench.history().length, before + 1);
  assert.equal(bench.leftovers.length, before + 1);
});

test("a command whose launcher is killed is cancelled", { skip: OLD_NODE === undefined && "no old Node" }, async () => {
  const running = bench.start(SLOW, { ...debugging, ...(OLD_NODE === undefined ? {} : { node: OLD_NODE }) });
  const pid = await enginePid(running);
  await running.said(/denoise \d+\/200/);
  running.child.kill("SIGKILL");
  assert.ok(await isGoneWithin(pid, 8000));
  const { stderr } = await running.result;
  assert.match(stderr, /cancelling/);
});

test("a studio that is killed in the middle of another command's job: that command makes the picture itself", async () => {
  const first = bench.start(SLOW, debugging);
  await first.said(/denoise \d+\/200/);
  const second = bench.start([...QUICK, "--seed", "99"], prompt);
  await second.said(/takes the job/);
  const listed = await bench.run(["history", "--json"]);
  assert.equal(listed.code, 0, "readers work beside any writer");
  first.child.kill("SIGKILL");
  const { code, json, stderr } = await second.result;
  assert.equal(code, 0, stderr);
  assert.equal(json.images?.[0]?.seed, 99);
  assert.equal(bench.history()[0]?.seed, 99);
});
