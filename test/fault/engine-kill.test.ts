/** @file The engine killed at moments of chance while a served studio works its queue off, with pages looking on. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { QueueState, QueuedJob } from "../../src-main/contract/jobs.ts";
import { rounds, spread, tally, timeoutMs } from "../fixtures/loops.ts";
import { descendants, processStatus } from "../fixtures/processes.ts";
import { ServeBench, openPage } from "../fixtures/serve-bench.ts";
import type { Page } from "../fixtures/serve-bench.ts";

const KILLS = rounds({ short: 4, long: 50 });
const SOON_MS = 60_000;
/** About a second of denoising. */
const request = { prompt: "1girl", model: "tiny", size: { width: 256, height: 256 }, sampling: { steps: 40 } };

const bench = new ServeBench();
bench.writeModel();
after(() => bench[Symbol.dispose]());

async function until<T>(ask: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  for (const deadline = Date.now() + SOON_MS; Date.now() < deadline; await sleep(10)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`not within ${SOON_MS} ms: ${what}`);
}

/** How long the studio takes to answer a page, asked all the time until it is stopped. */
function watchAnswers({ client }: Page) {
  const times: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const at = performance.now();
      await client.queue({});
      times.push(performance.now() - at);
      await sleep(10);
    }
  })();
  return async (): Promise<number[]> => {
    isOver = true;
    await watching;
    return times;
  };
}

test(
  `${KILLS} kills of the engine: the page is answered all the while, each job is made or reported, the queue goes on`,
  { timeout: timeoutMs({ short: 240_000, long: 1_800_000 }) },
  async (t) => {
    const { command, ...serving } = await bench.serve();
    const [page, watcher] = [await openPage(serving), await openPage(serving)];
    const { client } = page;
    const jobOf = (state: QueueState, id: string): QueuedJob | undefined => state.jobs.find((job) => job.id === id);
    const counts = { kills: 0, retried: 0, failed: 0, rested: 0, "started again": 0 };
    /** What a person does after too many failures in too short a time: nothing goes on without one, who is told why. */
    const startAgain = async (): Promise<void> => {
      const { state } = await client.engine({});
      const queue = await client.queue({});
      if (state.kind !== "failed" || !queue.isPaused) return;
      assert.match(queue.pauseReason?.code ?? "", /^engine\./);
      counts.rested++;
      await client.startEngine({});
      counts["started again"]++;
      await client.pauseQueue({ isPaused: false });
    };
    const enginePid = async (): Promise<number | undefined> => {
      await startAgain();
      return descendants(serving.pid).find(({ state }) => state !== "Z")?.pid;
    };
    const endOf = (id: string): Promise<QueuedJob> =>
      until(async () => {
        await startAgain();
        const job = jobOf(await client.queue({}), id);
        return job?.state === "done" || job?.state === "failed" ? job : undefined;
      }, "the job is made or reported");
    const stop = watchAnswers(watcher);
    let early = 0;
    while (counts.kills < KILLS) {
      const { id } = await client.enqueue({ ...request, seed: counts.kills });
      // From the first moment of a process on, which a start and a load belong to, until the picture is nearly done.
      const pid = await until(enginePid, "an engine");
      await sleep(Math.random() * 1200);
      if (processStatus(pid).length > 0 && jobOf(await client.queue({}), id)?.state === "running") {
        process.kill(pid, "SIGKILL");
        counts.kills++;
        await until(() => (processStatus(pid).length === 0 ? true : undefined), "the killed engine is gone");
      } else early++;
      const job = await endOf(id);
      if (job.state === "done") counts.retried++;
      else {
        assert.match(job.failure?.code ?? "", /^engine\./);
        counts.failed++;
      }
    }
    counts.retried -= early;
    const { id: last } = await client.enqueue({ ...request, sampling: { steps: 2 } });
    assert.equal((await endOf(last)).state, "done");
    const times = await stop();
    const { total } = await client.pictures({ limit: 1 });
    assert.equal(total, counts.retried + early + 1, "every picture once");
    const zombies = descendants(serving.pid).filter(({ state }) => state === "Z");
    assert.deepEqual(zombies, []);
    const { p95, p99, slowest } = spread(times);
    tally(t, "engine killed under a served studio", {
      ...counts,
      zombies: zombies.length,
      "answers to the page": times.length,
      "95 % within ms": p95,
      "99 % within ms": p99,
      "slowest ms": slowest,
    });
    // A machine that is busy with other tests may hold up any process for a moment.
    assert.ok(p95 < 100, `${p95} ms`);
    command.child.kill("SIGINT");
    assert.equal((await command.result).code, 0);
  },
);
