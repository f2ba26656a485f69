/** @file The queue on a disk that becomes full while it runs. */

import assert from "node:assert/strict";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { auditLibrary } from "../fixtures/library-folder.ts";
import { cannotMount, mountSmall } from "../fixtures/mount.ts";
import { StudioStand } from "../fixtures/studio-stand.ts";

const request = { prompt: "1girl, solo", model: "fake-model" };

test(
  "a full disk lets the queue rest and says so; the picture is kept, and with space again all goes on by itself",
  { skip: cannotMount ?? false },
  async (context) => {
    const disk = mountSmall(context, 4 << 20);
    await using stand = new StudioStand(path.join(disk, "library"));
    const ballast = path.join(disk, "ballast");
    await stand.client.saveCurrentDraft({ draft: { text: "old", negative: "", dialect: "plain", settings: {} } });
    stand.engine.behave = ({ seed }) => {
      if (seed !== 3) return;
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(ballast, Buffer.alloc((bavail - 2) * bsize, 1));
    };
    const size = { width: 128, height: 128 };
    await stand.client.enqueue({ ...request, size, seed: 1, count: 4 });
    await stand.client.enqueue({ ...request, size, seed: 20 });
    const rest = await stand.until(({ isPaused }) => isPaused);
    assert.equal(rest.pauseReason?.code, "disk.full");
    assert.deepEqual(
      rest.jobs.map(({ state, images }) => [state, images.length]),
      [
        ["running", 2],
        ["waiting", 0],
      ],
    );
    assert.equal((await stand.client.queue({})).isPaused, true);
    const draft = { text: "x".repeat(500_000), negative: "", dialect: "plain", settings: {} } as const;
    await assert.rejects(stand.client.saveCurrentDraft({ draft }), { code: "disk.full" });
    assert.equal((await stand.client.currentDraft({})).draft?.text, "old");
    const [newest] = (await stand.client.pictures({ limit: 1 })).pictures;
    assert.ok((await stand.studio.thumbnail(newest?.id ?? "")).length > 0, "shown, though it cannot be kept");

    rmSync(ballast);
    stand.engine.behave = () => undefined;
    const { jobs, isPaused, pauseReason } = await stand.untilIdle();
    assert.deepEqual([isPaused, pauseReason], [false, undefined]);
    assert.deepEqual(
      stand.engine.jobs.map(({ seed }) => seed),
      [1, 2, 3, 4, 20],
      "nothing was computed twice",
    );
    assert.deepEqual(
      jobs.map(({ state, images }) => [state, images.map(({ seed }) => seed)]),
      [
        ["done", [1, 2, 3, 4]],
        ["done", [20]],
      ],
    );
    assert.equal((await stand.client.pictures({ limit: 10 })).total, 5);
    await stand.restart("rest", () => assert.deepEqual(auditLibrary(stand.library).findings, []));
  },
);

/** A disk that has become full with the third picture, and what fills it. */
async function fullDisk(context: TestContext) {
  const disk = mountSmall(context, 4 << 20);
  const stand = new StudioStand(path.join(disk, "library"));
  const ballast = path.join(disk, "ballast");
  stand.engine.behave = ({ seed }) => {
    if (seed !== 3) return;
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc((bavail - 2) * bsize, 1));
  };
  await stand.client.enqueue({ ...request, size: { width: 128, height: 128 }, seed: 1, count: 4 });
  await stand.until(({ pauseReason }) => pauseReason?.code === "disk.full");
  stand.engine.behave = () => undefined;
  return { stand, ballast };
}

test(
  "a picture that waits for room is given up when its job is cancelled, and commands are told of the disk at once",
  { skip: cannotMount ?? false },
  async (context) => {
    const { stand: made, ballast } = await fullDisk(context);
    await using stand = made;
    const size = { width: 128, height: 128 };
    await assert.rejects(stand.client.generate({ ...request, size, seed: 9 }), { code: "disk.full" });
    const [job] = (await stand.client.queue({})).jobs;
    await stand.client.cancelJob({ id: job?.id ?? "" });
    rmSync(ballast);
    await stand.client.pauseQueue({ isPaused: false });
    await stand.client.enqueue({ ...request, seed: 30 });
    const { jobs } = await stand.untilIdle();
    assert.deepEqual(
      jobs.map(({ state, images }) => [state, images.length]),
      [
        ["cancelled", 2],
        ["done", 1],
      ],
    );
    await stand.restart("rest", () => assert.deepEqual(auditLibrary(stand.library).findings, []));
  },
);

test(
  "whoever paused the queue finds it paused after the disk had room again, with the picture saved",
  { skip: cannotMount ?? false },
  async (context) => {
    const { stand: made, ballast } = await fullDisk(context);
    await using stand = made;
    rmSync(ballast);
    await stand.client.pauseQueue({ isPaused: true });
    await stand.untilIdle();
    const { isPaused, jobs } = await stand.client.queue({});
    assert.deepEqual([isPaused, jobs[0]?.images.length], [true, 4], "the running job is finished, as with any pause");
  },
);

test(
  "a studio that ended while a picture waited for room goes on by itself when it is started again",
  { skip: cannotMount ?? false },
  async (context) => {
    const { stand: made, ballast } = await fullDisk(context);
    await using stand = made;
    await stand.restart("run", () => rmSync(ballast));
    const { jobs, isPaused } = await stand.untilIdle();
    assert.deepEqual([jobs[0]?.state, jobs[0]?.images.length, isPaused], ["done", 4, false]);
    await stand.restart("rest", () => assert.deepEqual(auditLibrary(stand.library).findings, []));
  },
);

test(
  "on a disk that is full to the last block the trash can be emptied, and that makes room",
  { skip: cannotMount ?? false },
  async (context) => {
    const disk = mountSmall(context, 4 << 20);
    await using stand = new StudioStand(path.join(disk, "library"), "rest");
    const size = { width: 128, height: 128 };
    const { images } = await stand.client.generate({ ...request, size, count: 20 });
    const ids = images.map(({ id }) => id);
    for (const id of ids) await stand.studio.thumbnail(id);
    await stand.client.trashPictures({ ids: ids.slice(1) });
    // The log is begun anew, so that it has no room of its own.
    await stand.restart("rest");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(path.join(disk, "ballast"), Buffer.alloc(bavail * bsize, 1));
    assert.equal(statfsSync(disk).bavail, 0);
    await assert.rejects(stand.client.generate({ ...request, size }), { code: "disk.full" });
    const { removed, failures } = await stand.client.emptyTrash({});
    assert.deepEqual([[...removed].sort(), failures], [ids.slice(1).sort(), []]);
    await stand.client.generate({ ...request, size });
    assert.ok((await stand.studio.thumbnail(ids[0] ?? "")).length > 0);
    await stand.restart("rest", () => assert.deepEqual(auditLibrary(stand.library).findings, []));
  },
);
