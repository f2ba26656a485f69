import assert from "node:assert/strict";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import type { JobProgress, QueueState } from "../../../src-main/contract/jobs.ts";
import type { PictureSummary } from "../../../src-main/contract/studio.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const request = { prompt: "1girl, solo", model: "fake-model" };
const seedsOf = ({ jobs }: QueueState): number[][] => jobs.map(({ images }) => images.map(({ seed }) => seed));
const statesOf = ({ jobs }: QueueState): string[] => jobs.map(({ state }) => state);

/** Lets every job wait until it is told to go on. */
function gate(stand: StudioStand): () => void {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  stand.engine.behave = () => opened;
  return open;
}

test("jobs are made in order, with previews and progress, and every picture is told of", async () => {
  await using stand = new StudioStand();
  const job = await stand.client.enqueue({ ...request, seed: 5, count: 2 });
  assert.deepEqual([job.state, job.images, job.request.seed], ["waiting", [], 5]);
  await stand.client.enqueue({ ...request, seed: 9 });
  const state = await stand.untilIdle();
  assert.deepEqual(seedsOf(state), [[5, 6], [9]]);
  assert.deepEqual(statesOf(state), ["done", "done"]);
  assert.equal(state.remainingMs, 0);
  assert.ok(stand.engine.jobs.every(({ isPreviewWanted }) => isPreviewWanted));
  const progress = stand.events
    .filter(({ name }) => name === "jobProgress")
    .map(({ payload }) => payload as JobProgress);
  assert.deepEqual([...new Set(progress.map(({ number, count }) => `${number}/${count}`))], ["1/2", "2/2", "1/1"]);
  assert.ok(progress.some(({ preview }) => preview?.pixels instanceof Uint8Array));
  assert.ok(progress.every((value) => !("kind" in value) && value.id !== ""));
  const saved = stand.events.filter(({ name }) => name === "pictureSaved");
  const pictures = await stand.client.pictures({ limit: 10 });
  assert.deepEqual(saved.map(({ payload }) => payload as PictureSummary).reverse(), pictures.pictures);
});

test("a seed that nobody chose is drawn when the job is queued, and a retry uses it", async () => {
  await using stand = new StudioStand();
  stand.engine.behave = () => {
    throw new TachieError("engine.out-of-memory", "no memory, as told");
  };
  const { request: queued, id } = await stand.client.enqueue(request);
  assert.ok(Number.isSafeInteger(queued.seed));
  const failed = await stand.untilIdle();
  assert.equal(failed.jobs[0]?.failure?.code, "engine.out-of-memory");
  stand.engine.behave = () => undefined;
  assert.deepEqual(statesOf(await stand.client.retryJob({ id })).length, 1);
  const { jobs } = await stand.untilIdle();
  assert.deepEqual([jobs[0]?.state, jobs[0]?.failure, jobs[0]?.images[0]?.seed], ["done", undefined, queued.seed]);
});

test("one job that fails keeps its pictures and stops no other; a retry makes what it lacks", async () => {
  await using stand = new StudioStand();
  stand.engine.behave = ({ seed }) => {
    if (seed === 3) throw new TachieError("engine.run-failed", "as told");
  };
  const { id } = await stand.client.enqueue({ ...request, seed: 1, count: 4 });
  await stand.client.enqueue({ ...request, seed: 50 });
  const state = await stand.untilIdle();
  assert.deepEqual(statesOf(state), ["failed", "done"]);
  assert.deepEqual(seedsOf(state), [[1, 2], [50]]);
  stand.engine.behave = () => undefined;
  await stand.client.retryJob({ id });
  const done = await stand.untilIdle();
  assert.deepEqual(
    done.jobs.find((job) => job.id === id)?.images.map(({ seed }) => seed),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    stand.engine.jobs.map(({ seed }) => seed),
    [1, 2, 3, 50, 3, 4],
  );
  assert.equal((await stand.client.pictures({ limit: 1 })).total, 5);
});

test("a job that is wrong is refused before it is queued", async () => {
  await using stand = new StudioStand();
  for (const [bad, code] of [
    [{ prompt: "<character_1><n>a" }, "prompt.malformed"],
    [{ prompt: "" }, "prompt.malformed"],
    [{ count: 0 }, "settings.invalid"],
    [{ size: { width: 4096, height: 4096 } }, "settings.invalid"],
    [{ sampling: { steps: 100_000 } }, "settings.invalid"],
    [{ model: "nowhere" }, "model.not-found"],
  ] as const)
    await assert.rejects(stand.client.enqueue({ ...request, ...bad }), { code }, JSON.stringify(bad));
  assert.deepEqual((await stand.client.queue({})).jobs, []);
});

test("waiting jobs are moved, paused and cancelled, and a running one ends within a step", async () => {
  await using stand = new StudioStand();
  await stand.client.pauseQueue({ isPaused: true });
  const ids: string[] = [];
  for (const seed of [1, 2, 3, 4]) ids.push((await stand.client.enqueue({ ...request, seed })).id);
  const [one = "", two = "", three = "", four = ""] = ids;
  const order = ({ jobs }: QueueState): (number | undefined)[] => jobs.map((job) => job.request.seed);
  assert.deepEqual(order(await stand.client.moveJob({ id: four, before: two })), [1, 4, 2, 3]);
  assert.deepEqual(order(await stand.client.moveJob({ id: one })), [4, 2, 3, 1]);
  assert.deepEqual(order(await stand.client.moveJob({ id: two, before: two })), [4, 2, 3, 1]);
  await assert.rejects(stand.client.moveJob({ id: "none" }), { code: "job.not-found" });
  await assert.rejects(stand.client.moveJob({ id: one, before: "none" }), { code: "job.not-found" });
  assert.equal((await stand.client.cancelJob({ id: three })).jobs[0]?.state, "cancelled");
  assert.equal(stand.engine.jobs.length, 0, "nothing is begun while the queue rests");
  await stand.restart();
  const kept = await stand.client.queue({});
  assert.deepEqual([kept.isPaused, order(kept)], [true, [3, 4, 2, 1]]);

  stand.engine.stepMs = 20;
  await stand.client.pauseQueue({ isPaused: false });
  await stand.until(() => stand.engine.jobs.length === 1);
  const cancelledAt = performance.now();
  const state = await stand.client.cancelJob({ id: four });
  assert.equal(state.jobs.find(({ id }) => id === four)?.state, "cancelled");
  await stand.until(() => stand.engine.jobs.length === 2);
  assert.ok(performance.now() - cancelledAt < 1000);
  const cancelled = await stand.client.cancelAllJobs({});
  assert.ok(cancelled.jobs.every((job) => job.state === "cancelled"));
  await stand.client.enqueue({ ...request, seed: 99 });
  assert.deepEqual(seedsOf(await stand.untilIdle()).flat(), [99]);
  assert.equal((await stand.client.pictures({ limit: 10 })).total, 1);
});

test("a cancelled job keeps what is finished, and its retry makes the rest, even at once", async () => {
  await using stand = new StudioStand();
  stand.engine.stepMs = 10;
  const { id } = await stand.client.enqueue({ ...request, seed: 1, count: 3 });
  await stand.until(({ jobs }) => jobs[0]?.images.length === 1);
  await stand.client.cancelJob({ id });
  const retried = await stand.client.retryJob({ id });
  assert.deepEqual(statesOf(retried), ["waiting"]);
  const { jobs } = await stand.untilIdle();
  assert.deepEqual([jobs.length, jobs[0]?.state, jobs[0]?.images.map(({ seed }) => seed)], [1, "done", [1, 2, 3]]);
  assert.equal((await stand.client.pictures({ limit: 10 })).total, 3);
  for (const again of ["retryJob", "cancelJob"] as const)
    assert.deepEqual(statesOf(await stand.client[again]({ id })), ["done"]);
  await assert.rejects(stand.client.retryJob({ id: "none" }), { code: "job.not-found" });
});

test("a command's job goes between two pictures of the queue's", async () => {
  await using stand = new StudioStand();
  const open = gate(stand);
  await stand.client.enqueue({ ...request, seed: 1, count: 3 });
  await stand.until(() => stand.engine.jobs.length === 1);
  const notices: string[] = [];
  const command = stand.client.generate(
    { ...request, seed: 100 },
    { onProgress: (progress) => progress.kind === "notice" && notices.push(progress.text) },
  );
  await new Promise(setImmediate);
  open();
  assert.equal((await command).images[0]?.seed, 100);
  await stand.untilIdle();
  assert.deepEqual(
    stand.engine.jobs.map(({ seed }) => seed),
    [1, 100, 2, 3],
  );
  assert.match(notices.join(), /waiting for one job ahead/);
});

test("a studio that rests leaves the queue as it is, for the next one that runs it", async () => {
  await using stand = new StudioStand(undefined, "rest");
  await stand.client.enqueue({ ...request, seed: 1 });
  await stand.client.generate({ ...request, seed: 2 });
  assert.deepEqual(
    stand.engine.jobs.map(({ seed }) => seed),
    [2],
  );
  await stand.restart();
  assert.deepEqual(seedsOf(await stand.untilIdle()), [[1]]);
});

test("time left comes from this machine's own pictures of the same model, size and steps", async () => {
  await using stand = new StudioStand();
  await stand.client.pauseQueue({ isPaused: true });
  await stand.client.enqueue({ ...request, count: 3 });
  assert.equal((await stand.client.queue({})).remainingMs, undefined);
  await stand.client.generate({ ...request, size: { width: 32, height: 32 } });
  assert.equal((await stand.client.queue({})).remainingMs, undefined);
  const { images } = await stand.client.generate(request);
  const { totalMs, loadMs } = images[0]?.timings ?? assert.fail();
  const { remainingMs } = await stand.client.queue({});
  assert.ok(Math.abs((remainingMs ?? 0) - 3 * (totalMs - loadMs)) < 0.01, `${remainingMs} for ${totalMs}`);
  stand.engine.stepMs = 30;
  await stand.client.pauseQueue({ isPaused: false });
  const later = await stand.until(() => stand.events.some(({ name }) => name === "jobProgress"));
  assert.ok((later.remainingMs ?? 0) < 3 * (totalMs - loadMs));
  await stand.client.cancelAllJobs({});
});

test("an engine that cannot be had lets the queue rest instead of failing every job, until somebody asks again", async () => {
  await using stand = new StudioStand();
  const lost = (): TachieError => new TachieError("engine.lost", "it failed 3 times, as told");
  stand.engine.behave = () => {
    stand.engine.become({ kind: "failed", error: { code: "engine.lost", message: "as told", remedy: "" } });
    throw lost();
  };
  for (const seed of [1, 2]) await stand.client.enqueue({ ...request, seed });
  const rest = await stand.until(({ isPaused }) => isPaused);
  assert.deepEqual([statesOf(rest), rest.pauseReason?.code], [["waiting", "waiting"], "engine.lost"]);
  assert.ok(stand.events.some(({ name }) => name === "engine"));
  await stand.restart();
  assert.equal((await stand.client.queue({})).pauseReason?.code, "engine.lost", "the reason outlives the process");
  stand.engine.become({ kind: "ready" });
  stand.engine.behave = () => undefined;
  const going = await stand.client.pauseQueue({ isPaused: false });
  assert.equal(going.pauseReason, undefined);
  assert.deepEqual(seedsOf(await stand.untilIdle()), [[1], [2]]);
});

test("an engine that is lost in the middle once is tried again by the queue too", async () => {
  await using stand = new StudioStand();
  let tries = 0;
  stand.engine.behave = () => {
    if (++tries === 1) throw new TachieError("engine.lost", "as told");
  };
  await stand.client.enqueue({ ...request, seed: 1 });
  assert.deepEqual(statesOf(await stand.untilIdle()), ["done"]);
});

test("the last 50 finished jobs are kept, and too many waiting ones refused", async () => {
  await using stand = new StudioStand();
  await stand.client.pauseQueue({ isPaused: true });
  for (let seed = 0; seed < 60; seed++) await stand.client.enqueue({ ...request, seed });
  const { jobs } = await stand.client.cancelAllJobs({});
  assert.deepEqual([jobs.length, jobs[0]?.request.seed, jobs.at(-1)?.request.seed], [50, 10, 59]);
  await stand.restart();
  assert.equal((await stand.client.queue({})).jobs.length, 50);
});

test("what the engine is told is what a command would tell it", async () => {
  await using stand = new StudioStand();
  const asked = { ...request, seed: 4, negative: "blurry", sampling: { steps: 2 }, size: { width: 32, height: 16 } };
  await stand.client.generate(asked);
  await stand.client.enqueue(asked);
  await stand.untilIdle();
  const [command, queued] = stand.engine.jobs as [EngineJob, EngineJob];
  assert.deepEqual({ ...queued, isPreviewWanted: false }, command);
});
