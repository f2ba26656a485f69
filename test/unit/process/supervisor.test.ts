import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import { SAMPLING_PRESETS } from "../../../src-main/contract/sampling.ts";
import type { EngineState } from "../../../src-main/contract/studio.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import type { EngineProcessOptions, EngineSupervisor } from "../../../src-main/process/engine-process.ts";
import { superviseEngine } from "../../../src-main/process/engine-process.ts";
import type { ExitReason } from "../../../src-main/process/exit-reason.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-supervisor-"));
const running: EngineSupervisor[] = [];
after(async () => {
  await Promise.all(running.map((engine) => engine.end()));
  rmSync(folder, { recursive: true });
});

let plans = 0;
function fakeEngine(plan: object, options: EngineProcessOptions = {}) {
  const file = path.join(folder, `plan-${plans++}.json`);
  writeFileSync(file, JSON.stringify(plan));
  const engine = superviseEngine({
    program: new URL("../../fixtures/fake-engine.ts", import.meta.url),
    environment: { FAKE_ENGINE_PLAN: file },
    ...options,
  });
  running.push(engine);
  const exits: ExitReason[] = [];
  engine.on("exited", ({ reason }) => exits.push(reason));
  return { engine, exits, startCount: () => readFileSync(`${file}.starts`, "utf8").length };
}

const job: EngineJob = {
  model: "/nowhere",
  loras: [],
  texts: { system: "", positive: "1girl", negative: "" },
  seed: 5,
  size: { width: 16, height: 16 },
  sampling: { ...SAMPLING_PRESETS.diffusers, steps: 3 },
  toggles: DEFAULT_TOGGLES,
  provider: "cpu",
  isPreviewWanted: false,
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a picture's bytes cross the fork, progress arrives, and an orderly end leaves no process", async () => {
  const log: string[] = [];
  const { engine, exits } = fakeEngine({}, { onLog: (line) => log.push(line) });
  const [one, other] = await Promise.all([engine.connection(), engine.connection()]);
  assert.equal(one, other, "two askers share one process");
  const steps: number[] = [];
  const { image } = await one.client.generate(job, { onProgress: ({ step }) => steps.push(step) });
  assert.ok(image.pixels instanceof Uint8Array);
  assert.equal(image.pixels.length, 16 * 16 * 3);
  assert.deepEqual(steps, [0, 1, 2, 3]);
  const pid = engine.pid;
  assert.ok(pid !== undefined);
  await engine.end();
  assert.deepEqual(exits, ["ended"]);
  assert.equal(isAlive(pid), false);
  assert.deepEqual(log, [`[engine ${pid}] fake engine: starting`]);
  await assert.rejects(engine.connection(), { code: "engine.lost" });
});

test("a crash during a job rejects with the reason and the last words, and the next call starts a new process", async () => {
  const { engine, exits } = fakeEngine({ jobs: ["crash", "kill", "ok"] });
  const first = await engine.connection();
  const firstPid = engine.pid;
  await assert.rejects(first.client.generate(job), {
    code: "engine.lost",
    message: /crashed \(SIGABRT\).*last words: .*about to crash/,
  });
  await assert.rejects((await engine.connection()).client.generate(job), { code: "engine.lost", message: /SIGKILL/ });
  const third = await engine.connection();
  assert.notEqual(engine.pid, firstPid);
  assert.equal((await third.client.generate(job)).provider, "cpu");
  assert.deepEqual(exits, ["crashed", "killed"]);
});

test("three failures spend the budget: it is not started a fourth time, and the message says why", async () => {
  const { engine, startCount } = fakeEngine({ starts: ["crash", "crash", "crash", "ok"] });
  for (let i = 0; i < 3; i++)
    await assert.rejects(engine.connection(), {
      code: "engine.start-failed",
      message: /exit code 3; its last words: .*no such accelerator/,
    });
  await assert.rejects(engine.connection(), { code: "engine.lost", message: /failed 3 times.*no such accelerator/ });
  assert.equal(startCount(), 3);
  // A person who wants another attempt gets one, and with it a whole budget.
  await engine.startAgain();
  assert.deepEqual([startCount(), engine.state.kind], [4, "ready"]);
});

test("a program that says nothing is ended after the handshake time, one of another version is refused", async () => {
  const silent = fakeEngine({ starts: ["silent"] }, { limits: { handshakeMs: 300 } });
  await assert.rejects(silent.engine.connection(), { code: "engine.start-failed", message: /did not answer in time/ });
  assert.deepEqual(silent.exits, ["silent"]);
  assert.equal(silent.engine.pid, undefined);
  // With the usual time: a busy machine may be slow to start it, and its hello is what this is about.
  const old = fakeEngine({ starts: ["old-version"] });
  await assert.rejects(old.engine.connection(), { code: "wire.version" });
  assert.equal(old.engine.pid, undefined);
});

test("a program that cannot be started is an error, not a crash of its owner", async () => {
  const { engine, exits } = fakeEngine({}, { program: new URL("file:///nowhere/at-all.ts") });
  await assert.rejects(engine.connection(), { code: "engine.start-failed", message: /at-all/ });
  process.env["TACHIE_NODE"] = "/nowhere/node";
  try {
    await assert.rejects(engine.connection(), { code: "engine.start-failed", message: /could not be started.*ENOENT/ });
  } finally {
    delete process.env["TACHIE_NODE"];
  }
  assert.deepEqual(exits, ["failed", "not-launched"]);
});

test("a hanging process is reported, killed and replaced; a late one is not", async () => {
  const { engine, exits } = fakeEngine(
    { jobs: ["late", "hang", "ok"] },
    // The fake beats every 100 ms; seconds of silence from it mean that it hangs, even where the machine is busy.
    { limits: { heartbeatMs: 100, missesToWarn: 20, missesToKill: 40 } },
  );
  let warnings = 0;
  engine.on("unresponsive", () => warnings++);
  const { client } = await engine.connection();
  assert.equal((await client.generate(job)).image.width, 16);
  assert.deepEqual(exits, []);
  await assert.rejects(client.generate(job), { code: "engine.lost", message: /no longer answered/ });
  assert.deepEqual(exits, ["unresponsive"]);
  assert.equal(warnings, 1);
  assert.equal((await (await engine.connection()).client.generate(job)).image.width, 16);
});

test("a hanging process is ended by force, and cancel reaches a running job", async () => {
  const { engine, exits } = fakeEngine({ jobs: ["forever", "hang"] }, { limits: { endMs: 200 } });
  const { client } = await engine.connection();
  const abort = new AbortController();
  const cancelled = client.generate(job, {
    signal: abort.signal,
    onProgress: ({ step }) => step === 2 && abort.abort(),
  });
  await assert.rejects(cancelled, { code: "job.cancelled" });
  const hanging = assert.rejects(client.generate(job), { code: "engine.lost" });
  await sleep(100);
  const pid = engine.pid;
  assert.ok(pid !== undefined);
  await engine.end();
  await hanging;
  assert.equal(isAlive(pid), false);
  assert.deepEqual(exits, ["ended"]);
});

test("the state is told: starting, ready, off after one crash, failed after too many or at the start", async () => {
  const { engine } = fakeEngine({ jobs: ["kill", "kill", "kill"] });
  const states: EngineState[] = [];
  engine.on("state", (state) => states.push(state));
  for (let crash = 0; crash < 3; crash++) {
    const { client } = await engine.connection();
    assert.deepEqual(engine.state, { kind: "ready" });
    await assert.rejects(client.generate(job), { code: "engine.lost" });
  }
  const kinds = ["starting", "ready", "off", "starting", "ready", "off", "starting", "ready", "failed"];
  assert.deepEqual(
    states.map(({ kind }) => kind),
    kinds,
  );
  const last = states.at(-1);
  assert.ok(last?.kind === "failed" && /3 times/.test(last.error.message));

  const { engine: broken } = fakeEngine({ starts: ["crash"] });
  const others: EngineState[] = [];
  broken.on("state", (state) => others.push(state));
  await assert.rejects(broken.connection(), { code: "engine.start-failed" });
  const failed = others.at(-1);
  assert.ok(failed?.kind === "failed" && failed.error.code === "engine.start-failed");
  await broken.connection();
  await broken.end();
  assert.deepEqual(
    others.map(({ kind }) => kind),
    ["starting", "failed", "starting", "ready", "off"],
  );
});
