import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ModelTask } from "../../../../src-main/contract/models.ts";
import { FaultyServer } from "../../../fault/faulty-server.ts";
import type { FaultyServerOptions } from "../../../fault/faulty-server.ts";
import { StudioStand } from "../../../fixtures/studio-stand.ts";
import { FILES, flipBit, temporaryFolder, writeSmallModel } from "./small-model.ts";

const REPOSITORY = "NewBie-AI/NewBie-image-Exp0.1";
const LICENCE = "You may use it for what is not commercial.";
const folder = temporaryFolder();
let bytesOf: ReadonlyMap<string, Buffer>;
before(() => {
  const model = writeSmallModel(folder.at("published"), true);
  bytesOf = new Map(Object.values(FILES).map((file) => [file, readFileSync(path.join(model, file))]));
});
after(() => folder[Symbol.dispose]());

async function serveModel(options: FaultyServerOptions = {}): Promise<FaultyServer> {
  const server = await FaultyServer.start(options);
  for (const [file, bytes] of bytesOf) server.add(`${REPOSITORY}/resolve/main/${file}`, bytes);
  server.add(`${REPOSITORY}/resolve/main/LICENSE.md`, Buffer.from(LICENCE), [], true);
  return server;
}

async function ended(stand: StudioStand, id: string): Promise<ModelTask> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 10) {
    const task = (await stand.client.modelTasks({})).tasks.find((candidate) => candidate.id === id);
    if (task !== undefined && task.state !== "running") return task;
    await sleep(10);
  }
  throw new Error("the task never ended");
}

async function withServer(server: FaultyServer): Promise<StudioStand> {
  const stand = new StudioStand();
  await stand.client.changeSettings({ changes: { downloadBase: server.base } });
  return stand;
}

async function licenceOf(stand: StudioStand): Promise<string> {
  const { downloadable } = await stand.client.modelShop({});
  return downloadable.find(({ name }) => name === "newbie-exp0.1")?.licence ?? "";
}

test("the shop tells of NewBie: size, licence, place, server and free space; the licence's text comes from the server", async () => {
  await using server = await serveModel();
  await using stand = await withServer(server);
  const shop = await stand.client.modelShop({});
  assert.equal(shop.folder, path.join(stand.root, "models"));
  assert.equal(shop.base, server.base);
  assert.ok((shop.freeBytes ?? 0) > 0);
  const [newbie] = shop.downloadable;
  assert.equal(newbie?.name, "newbie-exp0.1");
  assert.ok(newbie.sizeBytes > 1e9 && newbie.licence.length > 10 && newbie.licenceUrl.startsWith("https://"));
  assert.deepEqual(await stand.client.modelLicence({ name: "newbie-exp0.1" }), { text: LICENCE });
  await assert.rejects(stand.client.modelLicence({ name: "other" }), { code: "model.not-found" });
});

test("a download needs its licence accepted, is told of as it goes, and ends as a model that can be checked and chosen", async () => {
  await using server = await serveModel({ bytesPerSecond: 8_000_000 });
  await using stand = await withServer(server);
  const wrong = { name: "newbie-exp0.1", licence: "whatever" };
  await assert.rejects(stand.client.downloadModel(wrong), { code: "licence.not-accepted" });
  const wanted = { name: "newbie-exp0.1", licence: await licenceOf(stand) };
  const { id, state } = await stand.client.downloadModel(wanted);
  assert.equal(state, "running");
  await assert.rejects(stand.client.downloadModel(wanted), { code: "models.busy" });
  await assert.rejects(stand.client.dismissModelTask({ id }), { code: "models.busy" });
  const done = await ended(stand, id);
  assert.equal(done.state, "done", JSON.stringify(done.failure));
  const reports = stand.events.flatMap(({ name, payload }) =>
    name === "modelTasks" ? (payload as { tasks: ModelTask[] }).tasks : [],
  );
  const seen = new Set(reports.map(({ progress }) => progress?.doneBytes ?? 0));
  assert.ok(seen.size > 3, `${seen.size} different amounts`);
  const totalBytes = [...bytesOf.values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(done.progress?.totalBytes, totalBytes);
  assert.ok(stand.events.some(({ name }) => name === "models"));
  const { models } = await stand.client.models({});
  assert.equal(models.find(({ name }) => name === "newbie-exp0.1")?.condition, "ready");

  const verified = await ended(stand, (await stand.client.verifyModel({ name: "newbie-exp0.1" })).id);
  assert.equal(verified.verdict, "ok");
  const vae = path.join(stand.root, "models", "newbie-exp0.1", FILES.vae);
  flipBit(vae, 99_999);
  const damaged = await ended(stand, (await stand.client.verifyModel({ name: "newbie-exp0.1" })).id);
  assert.equal(damaged.verdict, "damaged");
  assert.equal(damaged.findings?.[0]?.severity, "error");
  assert.match(damaged.findings[0].message, /vae/);
  assert.equal((await ended(stand, (await stand.client.downloadModel(wanted)).id)).state, "done", "repaired");
  assert.deepEqual(readFileSync(vae), bytesOf.get(FILES.vae));
  const { tasks } = await stand.client.modelTasks({});
  assert.equal(tasks.length, 1, "what came of a model before is forgotten");
  assert.deepEqual((await stand.client.dismissModelTask({ id: tasks[0]?.id ?? "" })).tasks, []);
});

test("a cancelled download, and one that the studio's end cut off, are unfinished and go on where they stopped", async () => {
  await using slow = await serveModel({ bytesPerSecond: 1_500_000 });
  await using stand = await withServer(slow);
  const wanted = { name: "newbie-exp0.1", licence: await licenceOf(stand) };
  const begun = async (bytes: number): Promise<string> => {
    const { id } = await stand.client.downloadModel(wanted);
    const sent = slow.sentBytes;
    while (slow.sentBytes < sent + bytes) await sleep(10);
    return id;
  };
  const id = await begun(600_000);
  await stand.client.cancelModelTask({ id });
  assert.equal((await ended(stand, id)).state, "cancelled");
  const [unfinished] = (await stand.client.models({})).models.filter(({ condition }) => condition === "unfinished");
  assert.equal(unfinished?.download?.of, "newbie-exp0.1");
  assert.equal(unfinished.title, "NewBie image Exp0.1");
  const { doneBytes, totalBytes } = unfinished.download;
  assert.ok(doneBytes > 100_000 && doneBytes < totalBytes, `${doneBytes} of ${totalBytes}`);
  await assert.rejects(stand.client.verifyModel({ name: "newbie-exp0.1" }), { code: "model.incomplete" });

  await begun(600_000);
  await stand.restart();
  assert.deepEqual((await stand.client.modelTasks({})).tasks, []);
  await using server = await serveModel();
  await stand.client.changeSettings({ changes: { downloadBase: server.base } });
  const last = await stand.client.downloadModel(wanted);
  assert.equal((await ended(stand, last.id)).state, "done");
  assert.ok(server.sentBytes <= totalBytes - 500_000, `${server.sentBytes} of ${totalBytes} fetched again`);
});

test("a server that is not there, or lacks the model, ends a download with a reason and a remedy", async () => {
  await using server = await FaultyServer.start();
  await using stand = await withServer(server);
  const wanted = { name: "newbie-exp0.1", licence: await licenceOf(stand) };
  const lacking = await ended(stand, (await stand.client.downloadModel(wanted)).id);
  assert.deepEqual([lacking.state, lacking.failure?.code], ["failed", "download.not-found"]);
  assert.ok(!existsSync(path.join(stand.root, "models", "newbie-exp0.1")), "nothing is left");
  for (const downloadBase of ["nowhere", "file:///etc", "https://me:pw@mirror.example", "https://x/?a"])
    await assert.rejects(stand.client.changeSettings({ changes: { downloadBase } }), { code: "wire.invalid" });
});

test("files of another program are added where they are, and removed from the list alone", async () => {
  await using stand = new StudioStand();
  const source = folder.at("published");
  const id = (await stand.client.addModel({ paths: [source], name: "mine" })).id;
  const added = await ended(stand, id);
  assert.deepEqual([added.state, added.model], ["done", "mine"], JSON.stringify(added.failure));
  await stand.client.changeSettings({ changes: { model: "mine" } });
  const removed = await stand.client.removeModel({ name: "mine" });
  assert.deepEqual([removed.origin, removed.trash], ["added", undefined]);
  assert.ok(existsSync(path.join(source, FILES.vae)));
  assert.equal((await stand.client.settings({})).model, undefined, "the starter is chosen again");
  const failed = await ended(stand, (await stand.client.addModel({ paths: [folder.at("published", "vae")] })).id);
  assert.equal(failed.failure?.code, "model.incomplete");
  await assert.rejects(stand.client.addModel({ paths: ["ComfyUI/models"] }), { code: "file.not-found" });
  await assert.rejects(stand.client.addModel({ paths: [source], name: "../x" }), { code: "usage.invalid" });
});

test("a model that a job needs, that is being checked, or that is not Tachie's to remove, stays", async () => {
  await using stand = new StudioStand();
  const added = await ended(stand, (await stand.client.addModel({ paths: [folder.at("published")], name: "mine" })).id);
  assert.equal(added.state, "done");
  await stand.client.pauseQueue({ isPaused: true });
  await stand.client.enqueue({ prompt: "1girl", model: "mine" });
  await assert.rejects(stand.client.removeModel({ name: "mine" }), { code: "model.in-use" });
  await stand.client.cancelAllJobs({});
  const { id } = await stand.client.verifyModel({ name: "mine" });
  await assert.rejects(stand.client.removeModel({ name: "mine" }), { code: "model.in-use" });
  await ended(stand, id);
  await assert.rejects(stand.client.removeModel({ name: "fake-model" }), { code: "model.unsupported" });
  await assert.rejects(stand.client.removeModel({ name: "nothing" }), { code: "model.not-found" });
  await assert.rejects(stand.client.removeModel({ name: ".." }), { code: "usage.invalid" });
  assert.equal((await stand.client.removeModel({ name: "mine" })).name, "mine");
});

test("the starter stays", async () => {
  await using stand = new StudioStand(undefined, "rest", { withStarter: true });
  await assert.rejects(stand.client.removeModel({ name: "starter" }), {
    code: "model.unsupported",
    message: /part of Tachie/,
  });
});
