import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { TachieError } from "../../../src-main/contract/errors.ts";
import type { EngineJob, GenerationProgress } from "../../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { createEngineHandlers } from "../../../src-main/engine/engine-handlers.ts";
import { startInference } from "../../../src-main/engine/inference-thread.ts";

/** A lost message would otherwise be waited for for ever. */
const TIMEOUT = { timeout: 30_000 };
/** An order that outlasts any test: what is answered meanwhile has not waited for it. */
const BUSY = "block 600000";

const program = new URL("../../fixtures/engine/obedient-worker.ts", import.meta.url);

function job(positive: string, seed = 0): EngineJob {
  return {
    model: "/m",
    loras: [],
    texts: { system: "", positive, negative: "" },
    seed,
    size: { width: 16, height: 16 },
    sampling: { steps: 4, solver: "euler", schedule: "shift", shift: 6, guidance: 4, truncate: 1, renorm: 0 },
    toggles: DEFAULT_TOGGLES,
    provider: "auto",
    isPreviewWanted: false,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function engine(t: TestContext) {
  const failures: TachieError[] = [];
  const thread = await startInference((error) => void failures.push(error), { program });
  t.after(() => thread.end());
  const handlers = createEngineHandlers(thread);
  const generate = async (
    wanted: EngineJob,
    signal = new AbortController().signal,
    progress: (progress: GenerationProgress) => void = () => undefined,
  ) => await handlers.generate(wanted, { signal, progress });
  const quiet = { signal: new AbortController().signal, progress: () => undefined as never };
  return { failures, handlers, generate, quiet };
}

test("health is answered while the inference thread is busy, and knows the loaded model", TIMEOUT, async (t) => {
  const { handlers, generate, quiet } = await engine(t);
  assert.equal((await handlers.health({}, quiet)).loadedModel, undefined);
  await handlers.warm({ model: "/m" }, quiet);
  const abort = new AbortController();
  const busy = generate(job(BUSY), abort.signal);
  const health = await handlers.health({}, quiet);
  assert.deepEqual([health.pid, health.provider, health.runtime], [process.pid, "cpu", "obedient 1"]);
  assert.equal(health.loadedModel?.name, "m");
  assert.ok(health.memoryBytes > 1e6 && health.peakMemoryBytes >= health.memoryBytes * 0.9 && health.uptimeMs > 0);
  abort.abort();
  await assert.rejects(busy, { code: "job.cancelled" });
  assert.deepEqual(Array.from((await generate(job("block 1", 9))).image.pixels), [9, 2, 3]);
});

test(
  "jobs run one at a time in order; a cancelled one stops within the run, a waiting one at once",
  TIMEOUT,
  async (t) => {
    const { generate } = await engine(t);
    const order: string[] = [];
    const watch = (name: string) => () => void order.push(name);
    const [first, third] = [new AbortController(), new AbortController()];
    const a = generate(job(BUSY), first.signal, watch("a"));
    const b = generate(job("block 1"), undefined, watch("b"));
    const c = generate(job(BUSY), third.signal, watch("c"));
    const d = generate(job("block 1"), undefined, watch("d"));
    await until(() => order.length > 0);
    third.abort();
    await assert.rejects(c, { code: "job.cancelled" });
    assert.deepEqual(order, ["a"]);
    first.abort();
    await assert.rejects(a, { code: "job.cancelled" });
    await Promise.all([b, d]);
    assert.deepEqual(order, ["a", "b", "d"]);
  },
);

test("a failed job leaves the engine at work, and wrong parameters are refused without waiting", TIMEOUT, async (t) => {
  const { handlers, generate, quiet } = await engine(t);
  await assert.rejects(generate(job("fail")), { code: "engine.run-failed", message: "as told" });
  const abort = new AbortController();
  const busy = generate(job(BUSY), abort.signal);
  await assert.rejects(generate({ ...job("x"), seed: -1 }), { code: "settings.invalid" });
  for (const call of [
    () => handlers.describe({ model: "relative" }, quiet),
    () => handlers.describe({ model: "" }, quiet),
    () => handlers.warm(undefined as never, quiet),
    () => handlers.parity({ file: 5 as never }, quiet),
  ])
    await assert.rejects(async () => call(), { code: "wire.invalid" });
  abort.abort();
  await assert.rejects(busy, { code: "job.cancelled" });
});

for (const [order, message] of [
  ["throw", "the inference thread failed: as told"],
  ["exit", "the inference thread failed: it ended without a word"],
] as const)
  test(`when the inference thread ends by ${order}, running and later jobs get engine.lost`, TIMEOUT, async (t) => {
    const { failures, generate } = await engine(t);
    await assert.rejects(generate(job(order)), { code: "engine.lost", message });
    await assert.rejects(generate(job("block 1")), { code: "engine.lost", message });
    await until(() => failures.length > 0);
    assert.deepEqual(
      failures.map((error) => error.message),
      [message],
    );
  });
