/** @file The queue on a disk that becomes full while it runs. */

import assert from "node:assert/strict";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { auditLibrary } from "../fixtures/library-folder.ts";
import { cannotMount, mountSmall } from "../fixtures/mount.ts";
import { StudioStand } from "../fixtures/studio-stand.ts";

const request = { prompt: "1girl, solo", model: "fake-model" };

test(
  "a full disk lets the queue rest and says so; with space again it goes on where it was when asked",
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
        ["waiting", 2],
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
    await stand.client.pauseQueue({ isPaused: false });
    const { jobs } = await stand.untilIdle();
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
