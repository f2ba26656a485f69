/** @file The engine made ready ahead of the first picture, with the real engine and the starter. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { superviseEngine } from "../../src-main/process/engine-process.ts";
import { modelPlaces } from "../../src-main/studio/places.ts";
import { createStudio } from "../../src-main/studio/studio.ts";
import { clientOf } from "../fixtures/studio-stand.ts";

const IDLE_WATCH_MS = 1500;
/** Milliseconds of one count of /proc/PID/stat. */
const TICK_MS = 10;

test(
  "the first picture after a warm-up loads nothing, and until then the engine rests",
  { timeout: 120_000 },
  async (t) => {
    const root = mkdtempSync(path.join(os.tmpdir(), "tachie-warm-"));
    const engine = superviseEngine({});
    const warmUpAfterMs = 50;
    const studio = createStudio({
      libraryFolder: path.join(root, "library"),
      engine,
      places: modelPlaces(),
      warmUpAfterMs,
    });
    t.after(async () => {
      await studio.stop();
      studio.close();
      await engine.end();
      rmSync(root, { recursive: true });
    });
    const { client: engineClient } = await engine.connection();
    assert.equal((await engineClient.health({})).loadedModel, undefined);
    studio.onEvent(() => undefined);
    let health = await engineClient.health({});
    while (health.loadedModel === undefined) {
      await sleep(50);
      health = await engineClient.health({});
    }
    assert.equal(health.loadedModel.name, "starter");
    // Takes its turn after the warm-up, and so comes back when that has ended.
    await engineClient.describe({ model: health.loadedModel.folder });

    const usedMs = cpuMsOf(health.pid);
    if (usedMs === undefined) t.diagnostic("this system does not tell how busy a process is");
    else {
      await sleep(IDLE_WATCH_MS);
      const busyMs = (cpuMsOf(health.pid) ?? NaN) - usedMs;
      assert.ok(busyMs < 0.1 * IDLE_WATCH_MS, `busy for ${busyMs} of ${IDLE_WATCH_MS} ms`);
    }
    const request = { prompt: "1girl, red hair", size: { width: 64, height: 64 }, sampling: { steps: 1 } };
    const { images } = await clientOf(studio).generate(request);
    const [image] = images;
    assert.equal(image?.timings.loadMs, 0);
    assert.ok(image.timings.encodeMs > 0);
  },
);

/** Processor time that a process has taken, all threads together; Linux only. */
function cpuMsOf(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  // After the name in brackets, which may hold anything: the state is field 3, user and system time are 14 and 15.
  const fields = readFileSync(file, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
