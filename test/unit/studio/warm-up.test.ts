import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Draft } from "../../../src-main/contract/drafts.ts";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { createStudio } from "../../../src-main/studio/studio.ts";
import { StudioStand, clientOf } from "../../fixtures/studio-stand.ts";
import { writeFakeModel } from "../../fixtures/fake-model.ts";

const QUIET_MS = 20;
/** Long enough for many warm-ups, if anything asked for them. */
const LONG_MS = 15 * QUIET_MS;

const draft: Draft = {
  text: "1girl, red hair",
  negative: "",
  dialect: "readme",
  settings: { model: "fake-model", size: { width: 32, height: 48 }, toggles: { precision: "fp32" }, count: 5 },
};

function stand(): StudioStand {
  return new StudioStand(undefined, undefined, { warmUpAfterMs: QUIET_MS });
}

async function untilWarmed({ engine }: StudioStand, count: number): Promise<void> {
  for (let waitedMs = 0; engine.warmUps.length < count; waitedMs += 2) {
    if (waitedMs > 10_000) throw new Error(`${engine.warmUps.length} warm-ups instead of ${count}`);
    await sleep(2);
  }
  await sleep(LONG_MS);
  assert.equal(engine.warmUps.length, count);
}

test("what the draft would use is made ready, once", async () => {
  await using bench = stand();
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 1);
  const [job] = bench.engine.warmUps;
  assert.deepEqual(
    [path.basename(job?.model ?? ""), job?.texts.positive, job?.size, job?.toggles.precision],
    ["fake-model", draft.text, draft.settings.size, "fp32"],
  );
  // Neither other words nor another size load anything.
  await bench.client.saveCurrentDraft({
    draft: { ...draft, text: "1boy", settings: { ...draft.settings, size: { width: 64, height: 64 } } },
  });
  await untilWarmed(bench, 1);
});

test("other toggles, another model and an engine started anew are made ready again", async () => {
  await using bench = stand();
  writeFakeModel(path.join(bench.root, "models", "other-model"));
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 1);
  await bench.client.saveCurrentDraft({
    draft: { ...draft, settings: { ...draft.settings, toggles: { optimise: "off" } } },
  });
  await untilWarmed(bench, 2);
  assert.equal(bench.engine.warmUps[1]?.toggles.optimise, "off");
  await bench.client.saveCurrentDraft({ draft: { ...draft, settings: {} } });
  await bench.client.changeSettings({ changes: { model: "other-model" } });
  await untilWarmed(bench, 3);
  assert.equal(path.basename(bench.engine.warmUps[2]?.model ?? ""), "other-model");
  bench.engine.become({ kind: "starting" });
  bench.engine.become({ kind: "ready" });
  await untilWarmed(bench, 4);
});

test("an empty prompt and one that is no whole XML keep nothing from being made ready", async () => {
  for (const text of ["", "<character_1>"]) {
    await using bench = stand();
    await bench.client.saveCurrentDraft({ draft: { ...draft, text } });
    await untilWarmed(bench, 1);
    assert.notEqual(bench.engine.warmUps[0]?.texts.positive, "");
  }
});

test("a job that is queued has it given up, and is served as without it", async () => {
  await using bench = stand();
  let given: AbortSignal | undefined;
  bench.engine.behaveWarm = (signal) =>
    new Promise((_resolve, reject) => {
      given = signal;
      signal?.addEventListener("abort", () => reject(new TachieError("job.cancelled", "cancelled")));
    });
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 1);
  assert.equal(given?.aborted, false);
  await bench.client.enqueue({ prompt: "1girl", model: "fake-model" });
  const { jobs } = await bench.untilIdle();
  assert.deepEqual([given?.aborted, jobs[0]?.state, jobs[0]?.images.length], [true, "done", 1]);
  await untilWarmed(bench, 1);
});

test("nothing is made ready while there is a job", async () => {
  await using bench = stand();
  let end = (): void => undefined;
  bench.engine.behave = () => new Promise((resolve) => (end = resolve));
  await bench.client.enqueue({ prompt: "1girl", model: "fake-model" });
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 0);
  end();
  await untilWarmed(bench, 1);
});

test("what failed is not tried again before the draft is another, nor by an engine started anew", async () => {
  await using bench = stand();
  bench.engine.behaveWarm = () => {
    throw new TachieError("engine.lost", "as told");
  };
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 1);
  bench.engine.become({ kind: "starting" });
  bench.engine.become({ kind: "ready" });
  await bench.client.saveCurrentDraft({ draft: { ...draft, text: "1boy" } });
  await untilWarmed(bench, 1);
  await bench.client.saveCurrentDraft({
    draft: { ...draft, settings: { ...draft.settings, toggles: { optimise: "off" } } },
  });
  await untilWarmed(bench, 2);
});

test("on a CPU only small models are made ready, on a GPU any", async () => {
  await using bench = stand();
  bench.engine.weightBytes = 1e9;
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 0);
  bench.engine.provider = "cuda";
  bench.engine.become({ kind: "starting" });
  bench.engine.become({ kind: "ready" });
  await untilWarmed(bench, 1);
});

test("nothing is made ready where the author wishes none or the engine does not run", async () => {
  await using bench = stand();
  await bench.client.changeSettings({ changes: { warmUp: "off" } });
  await bench.client.saveCurrentDraft({ draft });
  await untilWarmed(bench, 0);
  bench.engine.become({ kind: "off" });
  await bench.client.changeSettings({ changes: { warmUp: "on" } });
  await untilWarmed(bench, 0);
  bench.engine.become({ kind: "ready" });
  await untilWarmed(bench, 1);
});

test("a model that is being checked is left alone until that is over", async () => {
  await using bench = stand();
  // Something to verify for a while: the file's hash is read from its first byte to its last.
  const weights = path.join(bench.root, "models", "fake-model", "transformer.safetensors");
  writeFileSync(weights, Buffer.alloc(1 << 28));
  await bench.client.verifyModel({ name: "fake-model" });
  const isChecking = async (): Promise<boolean> =>
    (await bench.client.modelTasks({})).tasks.some(({ state }) => state === "running");
  await bench.client.saveCurrentDraft({ draft });
  while (await isChecking()) {
    assert.equal(bench.engine.warmUps.length, 0);
    await sleep(5);
  }
  await untilWarmed(bench, 1);
});

test("nothing is made ready for a studio that nobody looks at", async () => {
  await using bench = stand();
  await bench.client.changeSettings({ changes: { warmUp: "off" } });
  const unseen = createStudio({
    libraryFolder: path.join(bench.root, "unseen"),
    engine: bench.engine,
    places: { folders: [path.join(bench.root, "models")] },
    warmUpAfterMs: QUIET_MS,
  });
  try {
    await clientOf(unseen).saveCurrentDraft({ draft });
    await untilWarmed(bench, 0);
    unseen.onEvent(() => undefined);
    await untilWarmed(bench, 1);
  } finally {
    await unseen.stop();
    unseen.close();
  }
});
