import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { GenerateProgress } from "../../src-main/contract/studio.ts";
import { SERVER_FILE } from "../../src-main/server/server-note.ts";
import { HAND_OVER_FILE } from "../../src-main/studio/hand-over.ts";
import { acquireWriterLock } from "../../src-main/studio/library/writer-lock.ts";
import { ask } from "../fixtures/server-bench.ts";
import { ServeBench, openPage } from "../fixtures/serve-bench.ts";

const bench = new ServeBench();
bench.writeModel();
after(() => bench[Symbol.dispose]());

const request = {
  prompt: "1girl, silver hair",
  model: "tiny",
  size: { width: 64, height: 64 },
  sampling: { steps: 2 },
};
/** Takes minutes, so that whatever is done to it is done in the middle. */
const endless = { ...request, size: { width: 512, height: 512 }, sampling: { steps: 200, solver: "rk4" } } as const;
const debugging = { TACHIE_DEBUG: "1" };
/** What takes a moment, with room for a machine that is busy with other things. */
const SOON_MS = 20_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + SOON_MS; !condition(); await sleep(20))
    if (Date.now() > deadline) throw new Error("waited in vain");
}

test("a picture is made through the wire, read by its id, and a command hands its job to the server", async () => {
  const { command, ...serving } = await bench.serve();
  const { client, cookie } = await openPage(serving);
  const progress: GenerateProgress[] = [];
  const { images } = await client.generate({ ...request, seed: 5 }, { onProgress: (value) => progress.push(value) });
  const [image] = images;
  assert.ok(image);
  assert.equal(image.seed, 5);
  assert.ok(progress.some((value) => value.kind === "step" && value.stage === "denoise"));
  const { status, body, headers } = await ask(serving.port, `/image/${image.id}`, cookie);
  assert.deepEqual([status, headers["content-type"]], [200, "image/png"]);
  assert.deepEqual(body, readFileSync(image.file));
  assert.equal((await ask(serving.port, `/image/${image.id.slice(0, 8)}`, cookie)).status, 404, "whole ids only");
  await assert.rejects(client.again({ id: "nosuchid" }), { name: "TachieError", code: "library.not-found" });

  const handed = await bench.run(["generate", "--model", "tiny", "--size", "64x64", "--steps", "2", "--json"], {
    input: "1girl",
  });
  assert.equal(handed.code, 0, handed.stderr);
  assert.match(handed.stderr, new RegExp(`process ${serving.pid}\\), which takes the job`));
  const [other] = handed.json.images ?? [];
  assert.equal((await ask(serving.port, `/image/${other?.id ?? ""}`, cookie)).status, 200);

  command.child.kill("SIGTERM");
  assert.equal((await command.result).code, 0, command.stderr);
  assert.deepEqual(
    bench
      .history()
      .map(({ id }) => id)
      .sort(),
    [image.id, other?.id].sort(),
  );
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  test(`${signal} in the middle of a picture ends the step, frees the library and leaves no process`, async () => {
    const before = bench.history().length;
    const { command, ...serving } = await bench.serve([], debugging);
    const { client } = await openPage(serving);
    let isRunning = false;
    const call = client.generate(endless, {
      onProgress: (value) => (isRunning ||= value.kind === "step" && value.stage === "denoise" && value.step > 0),
    });
    const rejected = assert.rejects(call, { code: "engine.lost" });
    await until(() => isRunning);
    const [, enginePid] = await command.said(/engine running as process (\d+)/);
    const at = performance.now();
    command.child.kill(signal);
    const { code, stderr } = await command.result;
    const tookMs = performance.now() - at;
    await rejected;
    assert.equal(code, 0, stderr);
    assert.ok(tookMs < SOON_MS, `${tookMs} ms`);
    await until(() => !isAlive(Number(enginePid)));
    acquireWriterLock(bench.library).release();
    for (const note of [SERVER_FILE, HAND_OVER_FILE])
      assert.equal(existsSync(path.join(bench.library, note)), false, note);
    assert.equal(readdirSync(bench.library).filter((name) => name.includes("tmp")).length, 0);
    assert.equal(bench.history().length, before);
  });

test("a queued job tells its steps with previews, is put back when the server ends, and goes on with the next one", async () => {
  const first = await bench.serve();
  const page = await openPage(first);
  const previews: number[] = [];
  page.onEvent("jobProgress", ({ preview }) => previews.push(preview?.pixels.length ?? 0));
  const job = await page.client.enqueue({ ...request, seed: 9, sampling: { steps: 200 } });
  await until(() => previews.some((length) => length > 0));
  first.command.child.kill("SIGTERM");
  assert.equal((await first.command.result).code, 0, first.command.stderr);

  const second = await bench.serve();
  const again = await openPage(second);
  const isDone = async () => (await again.client.queue({})).jobs.find(({ id }) => id === job.id)?.state === "done";
  const saved: string[] = [];
  again.onEvent("pictureSaved", ({ id }) => saved.push(id));
  for (const deadline = Date.now() + SOON_MS; !(await isDone()); await sleep(50)) assert.ok(Date.now() < deadline);
  const done = (await again.client.queue({})).jobs.find(({ id }) => id === job.id);
  assert.deepEqual(
    done?.images.map(({ seed }) => seed),
    [9],
  );
  assert.deepEqual(saved, [done.images[0]?.id]);
  const { body } = await ask(second.port, `/image/${saved[0] ?? ""}`, again.cookie);
  const reading = await again.client.readPng({ bytes: body });
  assert.equal(reading.kind === "own" ? reading.record.id : reading.kind, saved[0]);
  second.command.child.kill("SIGINT");
  assert.equal((await second.command.result).code, 0);
});

test("a server that is killed takes its engine with it, and the next one serves the library", async () => {
  const { command, ...serving } = await bench.serve([], debugging);
  const { client } = await openPage(serving);
  const rejected = assert.rejects(client.generate(endless), { code: "engine.lost" });
  const [, enginePid] = await command.said(/engine running as process (\d+)/);
  command.child.kill("SIGKILL");
  await rejected;
  await until(() => !isAlive(Number(enginePid)));
  assert.ok(existsSync(path.join(bench.library, SERVER_FILE)), "the note stayed behind");
  const next = await bench.serve();
  assert.notEqual(next.address, serving.address);
  next.command.child.kill("SIGINT");
  assert.equal((await next.command.result).code, 0);
});

test("a second server on a library is told where the first one is", async () => {
  const first = await bench.serve();
  if (process.platform !== "win32")
    assert.equal(statSync(path.join(bench.library, SERVER_FILE)).mode & 0o077, 0, "it holds the token");
  const { code, json, stderr } = await bench.run(["serve", "--json"]);
  assert.equal(code, 1, stderr);
  assert.equal(json.error?.code, "library.locked");
  assert.ok(json.error.message.includes(`process ${first.pid}`));
  assert.ok(json.error.message.includes(first.address));
  assert.match(json.error.remedy, /Open that address/);
  first.command.child.kill("SIGINT");
  await first.command.result;

  // Whoever holds the library without a word is waited for, as long as a command takes to end.
  const lock = acquireWriterLock(bench.library);
  writeFileSync(
    path.join(bench.library, SERVER_FILE),
    JSON.stringify({ pid: process.pid, address: "http://evil.test/" }),
  );
  const waiting = bench.serve();
  await sleep(1500);
  lock.release();
  const { command } = await waiting;
  command.child.kill("SIGINT");
  assert.equal((await command.result).code, 0);
});

test("wrong words are refused before anything is opened; other hosts are warned of", async () => {
  for (const words of [
    ["--port", "70000"],
    ["--port", "x"],
    ["--host", ""],
    ["--library", ""],
  ]) {
    const { code, json } = await bench.run(["serve", "--json", ...words]);
    assert.deepEqual([code, json.error?.code], [2, "usage.invalid"], words.join(" "));
  }
  const { code, json } = await bench.run(["serve", "--json", "--host", "no.such.host.invalid"]);
  assert.deepEqual([code, json.error?.code], [1, "server.unavailable"]);
  const { command, address, port } = await bench.serve(["--host", "0.0.0.0"]);
  assert.match(command.stderr, /WARNING: others on the network/);
  assert.ok(address.startsWith(`http://127.0.0.1:${port}/`));
  assert.equal((await ask(port, "/", { host: "evil.test" })).status, 421);
  const taken = await bench.run([
    "serve",
    "--json",
    "--port",
    String(port),
    "--library",
    path.join(bench.root, "other"),
  ]);
  assert.deepEqual([taken.code, taken.json.error?.code], [1, "server.unavailable"], taken.stderr);
  command.child.kill("SIGINT");
  await command.result;
});

test("start makes the example in a new library, and without a display says why there is no window, and serves", async () => {
  const environment = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };
  const library = path.join(bench.root, "new");
  const command = bench.start(["start", "--json", "--library", library], { environment });
  await command.said(/The library is /);
  assert.match(command.stderr, /first makes the example assets\/examples\/duet\.xml/);
  assert.match(command.stderr, /No window: there is no display/);
  const [pictures = "", served = ""] = command.stdout.split("\n");
  const { images } = JSON.parse(pictures) as { images: { file: string; width: number }[] };
  assert.equal(images.length, 1);
  assert.equal(readFileSync(images[0]!.file).subarray(1, 4).toString(), "PNG");
  const { address, port } = JSON.parse(served) as { address: string; port: number };
  assert.equal((await ask(port, new URL(address).search.replace("?", "/?"))).status, 303);
  command.child.kill("SIGINT");
  assert.equal((await command.result).code, 0, command.stderr);
});

test("start that is interrupted at its first picture ends there, and opens nothing", async () => {
  const environment = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };
  const command = bench.start(["start", "--library", path.join(bench.root, "interrupted")], { environment });
  await command.said(/The picture goes into/);
  command.child.kill("SIGINT");
  const { stdout, stderr } = await command.result;
  assert.doesNotMatch(stdout, /http:/);
  assert.doesNotMatch(stderr, /No window/);
});
