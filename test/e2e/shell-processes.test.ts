import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { writeSyntheticModel } from "../../models/synthetic.ts";
import type { EngineHealth } from "../../src-main/contract/engine.ts";
import type { QueueState, QueuedJob } from "../../src-main/contract/jobs.ts";
import type { EngineState, GenerateOutcome } from "../../src-main/contract/studio.ts";
import { ElectronBench, NO_ELECTRON, callStudio, connectPage } from "../fixtures/electron-bench.ts";
import type { OpenedWindow } from "../fixtures/electron-bench.ts";
import { rounds, spread, tally, timeoutMs } from "../fixtures/loops.ts";
import { descendants, processStatus } from "../fixtures/processes.ts";
import { TINY_MODEL } from "../fixtures/engine/tiny-model.ts";

const REQUEST = { prompt: "1girl, solo, silver hair", model: "tiny", size: { width: 64, height: 64 } };
/** Some seconds on any machine: something to be interrupted. */
const LONG = { ...REQUEST, size: { width: 384, height: 384 }, sampling: { steps: 80 } };
const SOON_MS = 30_000;
const ENGINE_KILLS = rounds({ short: 2, long: 50 });
const STUDIO_KILLS = rounds({ short: 1, long: 10 });

/** Asks again until there is an answer to the liking. */
async function eventually<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const until = Date.now() + SOON_MS; Date.now() < until; await sleep(50)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`not within ${SOON_MS} ms: ${what}`);
}

describe(
  "the window's processes",
  { skip: NO_ELECTRON, timeout: timeoutMs({ short: 300_000, long: 2_400_000 }) },
  () => {
    const bench = new ElectronBench();
    let opened: OpenedWindow;
    before(async () => {
      writeSyntheticModel(path.join(bench.data, "models", "tiny"), TINY_MODEL);
      opened = await bench.open();
      await connectPage(opened.page);
    });
    after(() => bench.close());

    async function call<T>(method: string, params: unknown = {}): Promise<T> {
      const { value, error } = await callStudio<T>(opened.page, method, params);
      assert.equal(error, undefined, `${method}: ${error?.message ?? ""}\n${opened.log()}`);
      return value as T;
    }
    const engine = (): Promise<{ state: EngineState; health?: EngineHealth }> => call("engine");
    const job = async (id: string): Promise<QueuedJob | undefined> =>
      (await call<QueueState>("queue")).jobs.find((each) => each.id === id);
    const isRunning = (id: string): Promise<QueuedJob> =>
      eventually(async () => {
        const found = await job(id);
        return found?.state === "running" ? found : undefined;
      }, "the job runs");
    const isOver = (id: string): Promise<QueuedJob> =>
      eventually(async () => {
        const found = await job(id);
        return found !== undefined && !["waiting", "running"].includes(found.state) ? found : undefined;
      }, "the job is over");
    const enginePid = (): Promise<number> => eventually(async () => (await engine()).health?.pid, "an engine runs");

    test("page to studio to engine and back: a picture is made, kept, and shown by its id", async () => {
      const { images } = await call<GenerateOutcome>("generate", { ...REQUEST, sampling: { steps: 2 }, seed: 7 });
      const [image] = images;
      assert.ok(image !== undefined && existsSync(image.file) && image.file.startsWith(bench.library));
      const progress: { value: { kind: string } }[] = await opened.page.evaluate(
        `bridge.events.filter(({ kind }) => kind === "progress")`,
      );
      assert.ok(progress.some(({ value }) => value.kind === "step"));
      for (const [route, most] of [
        ["image", 64],
        ["thumbnail", 512],
      ] as const) {
        const width = await opened.page.evaluate(`new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image.naturalWidth);
        image.onerror = () => reject(new Error("not shown"));
        image.src = "/${route}/${image.id}";
        document.body.append(image);
      })`);
        assert.ok((width as number) > 0 && (width as number) <= most, `${route}: ${width as number}`);
      }
      const missing = await opened.page.evaluate(`fetch("/image/0000000000").then(({ status }) => status)`);
      assert.equal(missing, 404);
    });

    test("the engine is a utility process of the window's own; neither it nor the page is the studio", async () => {
      const pids = [opened.pid, await enginePid(), (await connectPage(opened.page)).pid];
      assert.equal(new Set(pids).size, 3);
      const below = descendants(opened.pid).map(({ pid }) => pid);
      for (const pid of pids.slice(1)) assert.ok(below.includes(pid));
    });

    test("a running job is cancelled from the page", async () => {
      const { id } = await call<QueuedJob>("enqueue", LONG);
      await isRunning(id);
      await call("cancelJob", { id });
      assert.equal((await isOver(id)).state, "cancelled");
    });

    /** How long the page and the studio took to answer, asked all the time for a while. Milliseconds, sorted. */
    async function answerTimes(whileMs: number): Promise<{ readonly page: number[]; readonly studio: number[] }> {
      return opened.page.evaluate(`(async () => {
      const page = [], studio = [];
      let last = performance.now();
      const ticking = setInterval(() => {
        page.push(performance.now() - last);
        last = performance.now();
      }, 10);
      for (const until = performance.now() + ${whileMs}; performance.now() < until; ) {
        const at = performance.now();
        await bridge.call("settings");
        studio.push(performance.now() - at);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      clearInterval(ticking);
      const sorted = (values) => values.sort((a, b) => a - b);
      return { page: sorted(page), studio: sorted(studio) };
    })()`);
    }

    /** What a person does after too many failures in too short a time. @returns whether it was needed */
    async function startEngineAgain(): Promise<boolean> {
      const [{ state }, { isPaused, pauseReason }] = [await engine(), await call<QueueState>("queue")];
      if (state.kind !== "failed" || !isPaused) return false;
      assert.match(pauseReason?.code ?? "", /^engine\./);
      await call("startEngine");
      await call("pauseQueue", { isPaused: false });
      return true;
    }

    test(`the engine is killed while it works, ${ENGINE_KILLS} times: the window answers, jobs are done or reported`, async (t) => {
      const counts = { kills: 0, retried: 0, failed: 0, "started again": 0 };
      const all = { page: [] as number[], studio: [] as number[] };
      while (counts.kills < ENGINE_KILLS) {
        if (await startEngineAgain()) counts["started again"]++;
        const { id } = await call<QueuedJob>("enqueue", LONG);
        await isRunning(id);
        const pid = await enginePid();
        const asking = answerTimes(1500);
        await sleep(100 + Math.random() * 1000);
        if ((await job(id))?.state === "running" && processStatus(pid).length > 0) {
          process.kill(pid, "SIGKILL");
          counts.kills++;
        }
        const { page, studio } = await asking;
        all.page.push(...page);
        all.studio.push(...studio);
        const found = await eventually(async () => {
          if (await startEngineAgain()) counts["started again"]++;
          const each = await job(id);
          return each !== undefined && ["done", "failed"].includes(each.state) ? each : undefined;
        }, "the job is done or reported");
        if (found.state === "done") counts.retried++;
        else {
          counts.failed++;
          assert.match(found.failure?.code ?? "", /^engine\./);
        }
        await eventually(async () => (processStatus(pid).length === 0 ? true : undefined), "the killed engine is gone");
        if (await startEngineAgain()) counts["started again"]++;
        assert.equal(
          (await call<GenerateOutcome>("generate", { ...REQUEST, sampling: { steps: 1 } })).images.length,
          1,
        );
      }
      const zombies = descendants(opened.pid).filter(({ state }) => state === "Z");
      assert.deepEqual(zombies, []);
      for (const [who, times] of Object.entries(all)) {
        const { p95, p99, slowest } = spread(times);
        const ms = { answers: times.length, "95 % within ms": p95, "99 % within ms": p99, "slowest ms": slowest };
        tally(t, `the window's ${who} while its engine was killed`, { ...counts, zombies: zombies.length, ...ms });
        // A machine that is busy with other tests may hold up any process for a moment.
        assert.ok(p95 < 100 && slowest < 1000, `${who}: ${p95} ms, ${slowest} ms`);
      }
    });

    test(`the studio is killed, ${STUDIO_KILLS} times: the page is told why, connects anew, finds settings and queue`, async (t) => {
      let restarts = 0;
      for (let kill = 0; kill < STUDIO_KILLS; kill++) {
        const { pid } = await connectPage(opened.page);
        const zoom = kill % 2 === 0 ? 1.25 : 1.5;
        await call("changeSettings", { changes: { zoom } });
        const draft = { text: `kill ${kill}`, negative: "", dialect: "readme", settings: {} };
        await call("saveCurrentDraft", { draft });
        const { id } = await call<QueuedJob>("enqueue", LONG);
        await isRunning(id);
        const waiting = callStudio(opened.page, "generate", REQUEST);
        await sleep(100 + Math.random() * 200);
        process.kill(pid, "SIGKILL");
        const { error } = await waiting;
        assert.equal(error?.code, "studio.lost");
        assert.match(error?.message ?? "", /the studio process was killed \(SIGKILL\)/);
        assert.equal(await opened.page.evaluate("bridge.closed"), "closed");
        let again = await connectPage(opened.page);
        if (again.pid === opened.pid) {
          // The shell stands in for a studio that has failed too often, and says so, until somebody wants another one.
          const { error: why } = await callStudio(opened.page, "settings");
          assert.match(why?.message ?? "", /failed \d+ times/);
          await opened.page.getByRole("button", { name: "Start the studio again" }).click();
          restarts++;
          await eventually(async () => {
            again = await connectPage(opened.page);
            return again.pid === opened.pid ? undefined : again;
          }, "there is a studio again");
        }
        assert.notEqual(again.pid, pid);
        assert.equal((await call<{ zoom: number }>("settings")).zoom, zoom);
        assert.equal((await call<{ draft?: { text: string } }>("currentDraft")).draft?.text, draft.text);
        assert.ok(["waiting", "running", "done"].includes((await job(id))?.state ?? "gone"));
        assert.equal((await isOver(id)).state, "done");
      }
      tally(t, "the window's studio killed", { kills: STUDIO_KILLS, "started again by a click": restarts });
    });

    test("closing the window ends everything, in the middle of a job, and the job waits for the next time", async () => {
      const { id } = await call<QueuedJob>("enqueue", { ...LONG, count: 500 });
      await isRunning(id);
      const all = [opened.pid, ...descendants(opened.pid).map(({ pid }) => pid)];
      assert.ok(all.length >= 4);
      // What a page has to keep it sends in its last moment.
      await opened.page.evaluate(
        `addEventListener("pagehide", () => void bridge.call("changeSettings", { changes: { zoom: 1.5 } }))`,
      );
      const at = performance.now();
      await opened.app.close();
      const tookMs = performance.now() - at;
      const isAnyLeft = async (): Promise<true | undefined> =>
        all.every((pid) => processStatus(pid).length === 0) ? true : undefined;
      await eventually(isAnyLeft, "no process is left");
      assert.ok(tookMs < 12_000, `${tookMs} ms`);
      opened = await bench.open();
      await connectPage(opened.page);
      assert.equal((await call<{ zoom: number }>("settings")).zoom, 1.5);
      assert.ok(["waiting", "running"].includes((await job(id))?.state ?? "gone"), (await job(id))?.state);
      await call("cancelAllJobs");
    });

    test("the window is killed: nothing that it started lives on", async () => {
      await enginePid();
      const all = descendants(opened.pid).map(({ pid }) => pid);
      process.kill(opened.pid, "SIGKILL");
      await eventually(
        async () => (all.every((pid) => processStatus(pid).length === 0) ? true : undefined),
        "no orphans",
      );
    });
  },
);
