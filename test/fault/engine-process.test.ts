import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { HEARTBEAT_MS } from "../../src-main/contract/engine.ts";
import type { EngineJob, GenerationProgress } from "../../src-main/contract/generation.ts";
import { superviseEngine } from "../../src-main/process/engine-process.ts";
import { engineJob } from "../fixtures/engine/jobs.ts";
import { TINY_MODEL, modelShelf } from "../fixtures/engine/tiny-model.ts";

/** What an engine that hangs may cost. */
const TIMEOUT = { timeout: 180_000 };

const shelf = modelShelf();
after(shelf.remove);
const tiny = shelf.write("tiny");

/**
 * A job that would take minutes.
 * @param layers of its transformer: with 12 an evaluation takes half a second or so on a slow machine
 */
function slowJob(layers = 12): EngineJob {
  const name = `slow-${layers}`;
  const slow = path.join(shelf.folder, name);
  if (!existsSync(slow))
    shelf.write(name, {
      transformer: { ...TINY_MODEL.transformer, layers },
      limits: { ...TINY_MODEL.limits, maxPixels: 1024 * 1024 },
    });
  const sampling = { ...engineJob(slow).sampling, steps: 200, guidance: 1 };
  return engineJob(slow, { size: { width: 1024, height: 1024 }, sampling });
}

async function startedEngine(t: TestContext, program?: URL) {
  const log: string[] = [];
  const engine = superviseEngine({
    onLog: (line) => void log.push(line),
    ...(program === undefined ? {} : { program }),
  });
  t.after(() => engine.end());
  const connection = await engine.connection();
  const pid = engine.pid;
  assert.ok(pid !== undefined);
  return { engine, pid, log, connection, client: connection.client };
}

test("the forked engine makes the same picture twice, with progress, and as bytes", TIMEOUT, async (t) => {
  const { client, pid } = await startedEngine(t);
  const seen: GenerationProgress[] = [];
  const job = engineJob(tiny, { isPreviewWanted: true });
  const first = await client.generate(job, { onProgress: (progress) => seen.push(progress) });
  assert.ok(first.image.pixels instanceof Uint8Array);
  assert.equal(first.image.pixels.length, 64 * 48 * 3);
  assert.deepEqual(
    seen.map(({ stage }) => stage),
    ["load", "encode", "denoise", "denoise", "denoise", "denoise", "decode"],
  );
  assert.ok(seen[3]?.preview?.pixels instanceof Uint8Array);
  const second = await client.generate(job);
  assert.deepEqual(second.image.pixels, first.image.pixels);
  const health = await client.health({});
  assert.deepEqual([health.pid, health.loadedModel?.folder], [pid, tiny]);
});

test(
  "heartbeats and health go on while a run blocks the inference thread, and cancel acts within an evaluation",
  TIMEOUT,
  async (t) => {
    const { client, connection } = await startedEngine(t);
    let lastBeat = performance.now();
    let largestGap = 0;
    connection.onHeartbeat(() => {
      largestGap = Math.max(largestGap, performance.now() - lastBeat);
      lastBeat = performance.now();
    });
    const abort = new AbortController();
    const seen: GenerationProgress[] = [];
    const running = client.generate(slowJob(), {
      signal: abort.signal,
      onProgress: (progress) => seen.push(progress),
    });
    const stopped = assert.rejects(running, { code: "job.cancelled" });
    let slowestHealth = 0;
    while (seen.filter(({ step }) => step > 0).length < 2) {
      const askedAt = performance.now();
      await client.health({});
      slowestHealth = Math.max(slowestHealth, performance.now() - askedAt);
      await sleep(50);
    }
    await sleep(Math.max(0, 2 * HEARTBEAT_MS - performance.now() + lastBeat));
    const stepMs = Math.max(...seen.map((progress) => progress.stepMs));
    const cancelledAt = performance.now();
    abort.abort();
    await stopped;
    const cancelMs = performance.now() - cancelledAt;
    t.diagnostic(
      `step ${stepMs.toFixed(0)} ms, largest heartbeat gap ${largestGap.toFixed(0)} ms, slowest health ${slowestHealth.toFixed(0)} ms, cancelled after ${cancelMs.toFixed(0)} ms`,
    );
    // On a machine so busy that everything is late, still much sooner than after the step, which blocks its thread.
    assert.ok(largestGap > 0 && largestGap < Math.max(3 * HEARTBEAT_MS, stepMs / 2), `heartbeat gap ${largestGap}`);
    assert.ok(slowestHealth < Math.max(HEARTBEAT_MS, stepMs / 2), `health took ${slowestHealth}`);
    assert.ok(cancelMs < 10 * stepMs + 1000, `a step takes ${stepMs}, cancelling took ${cancelMs}`);
    // The engine is at once ready for the next job.
    await client.generate(engineJob(tiny));
  },
);

test("bad models and settings are typed errors, and the same engine process goes on", TIMEOUT, async (t) => {
  const { client, engine, pid } = await startedEngine(t);
  const broken = shelf.write("broken");
  renameSync(path.join(broken, "vae"), path.join(broken, "gone"));
  const good = engineJob(tiny);
  for (const [job, code] of [
    [engineJob(broken), "model.incomplete"],
    [engineJob("relative/path"), "wire.invalid"],
    [engineJob(tiny, { seed: 0.5 }), "settings.invalid"],
    [engineJob(tiny, { size: { width: 100, height: 64 } }), "settings.invalid"],
    [engineJob(tiny, { provider: "cuda" }), "engine.unsupported"],
    [engineJob(tiny, { loras: [{ file: "/x", strength: 1 }] }), "file.not-found"],
    [{} as EngineJob, "wire.invalid"],
  ] as const) {
    await assert.rejects(client.generate(job), { code }, code);
    assert.equal((await client.generate(good)).image.width, 64);
  }
  assert.equal(engine.pid, pid);
});

test("jobs of several callers are done in order, and a waiting one can be taken back", TIMEOUT, async (t) => {
  const { client } = await startedEngine(t);
  const order: number[] = [];
  const abort = new AbortController();
  const make = (seed: number, signal?: AbortSignal) =>
    client.generate(engineJob(tiny, { seed }), signal === undefined ? {} : { signal }).then(() => order.push(seed));
  const waiting = [make(1), make(2), make(3, abort.signal), make(4)];
  abort.abort();
  await assert.rejects(waiting[2]!, { code: "job.cancelled" });
  await Promise.all([waiting[0], waiting[1], waiting[3]]);
  assert.deepEqual(order, [1, 2, 4]);
});

test(
  "when the inference thread fails, the job gets engine.lost and the process ends with an error",
  TIMEOUT,
  async (t) => {
    const program = new URL("../fixtures/engine/obedient-engine.ts", import.meta.url);
    const { client, engine, pid } = await startedEngine(t, program);
    const exited = new Promise<{ message: string }>((resolve) => engine.on("exited", resolve));
    const job = engineJob("/m", { texts: { system: "", positive: "throw", negative: "" } });
    await assert.rejects(client.generate(job), {
      code: "engine.lost",
      message: /the inference thread failed: as told/,
    });
    assert.match((await exited).message, /code 1/);
    assert.equal(isAlive(pid), false);
  },
);

for (const signal of ["SIGKILL", "SIGTERM"] as const)
  test(`an engine inside a long run ends at once when its owner gets ${signal}`, TIMEOUT, async (t) => {
    const program = fileURLToPath(new URL("../fixtures/engine/owner-of-engine.ts", import.meta.url));
    const owner = spawn(process.execPath, [program, JSON.stringify(slowJob(96))]);
    t.after(() => owner.kill("SIGKILL"));
    const pid = Number(await new Promise((resolve) => owner.stdout.once("data", (text) => resolve(String(text)))));
    assert.equal(isAlive(pid), true);
    await sleep(100);
    const killedAt = performance.now();
    owner.kill(signal);
    while (isAlive(pid) && performance.now() - killedAt < 20_000) await sleep(5);
    const endMs = performance.now() - killedAt;
    t.diagnostic(`the engine ended ${endMs.toFixed(0)} ms after its owner`);
    // An orderly exit would wait for the evaluation, of which several seconds are left, and more on a busy machine.
    assert.ok(endMs < 1500, `it took ${endMs} ms`);
  });

/** A process that has ended but was not yet collected by its parent counts as ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
