import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { openModelFolder } from "../../models/model-folder.ts";
import { TachieError } from "../../src-main/contract/errors.ts";
import type { DownloadManifest } from "../../src-main/studio/models/download-manifest.ts";
import { NEWBIE_MANIFEST, readDownloadManifest } from "../../src-main/studio/models/download-manifest.ts";
import type { DownloadProgress } from "../../src-main/studio/models/download-meter.ts";
import { downloadModel } from "../../src-main/studio/models/download-model.ts";
import type { DownloadRequest } from "../../src-main/studio/models/download-model.ts";
import { fetchFile } from "../../src-main/studio/models/fetch-file.ts";
import { listModels } from "../../src-main/studio/models/list-models.ts";
import type { PartialHandle } from "../../src-main/studio/models/partial-file.ts";
import { accessTo } from "../../src-main/studio/models/remote-file.ts";
import { removeModel } from "../../src-main/studio/models/remove-model.ts";
import { verifyModel } from "../../src-main/studio/models/verify-model.ts";
import { FILES, flipBit, temporaryFolder, writeSmallModel } from "../unit/studio/models/small-model.ts";
import { cannotMount, mountSmall } from "../fixtures/mount.ts";
import { COMMIT, FaultyServer } from "./faulty-server.ts";
import type { FaultyServerOptions } from "./faulty-server.ts";
import { QUICK_LIMITS, identityOf, sumOf } from "./interruptions.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
/** A checkpoint costs three waits for the disk. */
const MODEL_LIMITS = { ...QUICK_LIMITS, checkpointBytes: 1 << 20 };
const REPOSITORY = "NewBie-AI/NewBie-image-Exp0.1";
let bytesOf: ReadonlyMap<string, Buffer>;
let totalBytes: number;
before(() => {
  const model = writeSmallModel(folder.at("published"), true);
  bytesOf = new Map(Object.values(FILES).map((file) => [file, readFileSync(path.join(model, file))]));
  totalBytes = [...bytesOf.values()].reduce((sum, bytes) => sum + bytes.length, 0);
});

const published = readDownloadManifest(NEWBIE_MANIFEST);

/** A server that has the small model in the place of the published one. */
async function serveModel(options: FaultyServerOptions = {}): Promise<FaultyServer> {
  const server = await FaultyServer.start(options);
  for (const [file, bytes] of bytesOf) server.add(`${REPOSITORY}/resolve/main/${file}`, bytes);
  return server;
}

function requestFor(server: FaultyServer, name: string, more: Partial<DownloadRequest> = {}): DownloadRequest {
  return {
    manifest: published,
    modelsFolder: folder.at("installed"),
    name,
    access: accessTo(server.base, undefined),
    limits: MODEL_LIMITS,
    signal: new AbortController().signal,
    ...more,
  };
}

const keyOf = (file: string): string => `${REPOSITORY}/resolve/main/${file}`;

test("the shipped manifest names every part, with sources, and invents no sums", () => {
  assert.deepEqual(published.files.map((file) => file.path).sort(), Object.values(FILES).sort());
  for (const file of published.files) {
    assert.equal(file.sha256, undefined);
    assert.equal(file.sizeBytes, undefined);
  }
});

test("a model is fetched, checked, and made a model; its commit and sums are recorded", async () => {
  await using server = await serveModel();
  const progress: DownloadProgress[] = [];
  const model = await downloadModel(requestFor(server, "whole", { onProgress: (one) => progress.push(one) }));
  assert.equal(model.fetchedBytes, totalBytes);
  assert.equal(openModelFolder(model.folder).manifest.textEncoding, "gemma3+jina");
  assert.deepEqual(model.record.sources, [`${REPOSITORY}@${COMMIT}`]);
  for (const [file, bytes] of bytesOf) {
    const recorded = model.record.files.find((one) => one.path === file);
    assert.deepEqual([recorded?.sha256, recorded?.origin], [sumOf(bytes), "published"]);
  }
  const left = readdirSync(model.folder, { recursive: true }).map(String);
  assert.deepEqual(
    left.filter((file) => statSync(path.join(model.folder, file)).isFile()).sort(),
    [...Object.values(FILES), "model.json", "record.json"].sort(),
  );
  assert.equal(progress.at(-1)?.doneBytes, totalBytes);
  assert.ok(progress.every(({ doneBytes, totalBytes: all }) => doneBytes <= all && all === totalBytes));
  assert.equal((await verifyModel({ folder: model.folder, modelsFolder: folder.at("installed") })).status, "ok");
  assert.equal(listModels([folder.at("installed")]).find(({ name }) => name === "whole")?.condition, "ready");
  // Run again, it looks at what is there and fetches nothing.
  assert.equal((await downloadModel(requestFor(server, "whole"))).fetchedBytes, 0);
  flipBit(path.join(model.folder, FILES.vae), 99_999);
  rmSync(path.join(model.folder, FILES.textTokenizer));
  const repaired = await downloadModel(requestFor(server, "whole"));
  const expected = (bytesOf.get(FILES.vae)?.length ?? 0) + (bytesOf.get(FILES.textTokenizer)?.length ?? 0);
  assert.equal(repaired.fetchedBytes, expected);
  assert.equal((await verifyModel({ folder: model.folder, modelsFolder: folder.at("installed") })).status, "ok");
});

test("a token goes to the server that it is for and to no other host; none goes unencrypted over a network", async () => {
  await using server = await serveModel();
  await downloadModel(requestFor(server, "token", { access: accessTo(server.base, "secret") }));
  const seen = new Set(server.credentials.map(({ host, value }) => `${host} ${value ?? "none"}`));
  assert.deepEqual(seen, new Set(["hub Bearer secret", "storage none"]));
  const { base, authorization } = accessTo("https://me:a%20b@mirror.example/hub/", "secret");
  assert.deepEqual(
    [base, authorization],
    ["https://mirror.example/hub", `Basic ${Buffer.from("me:a b").toString("base64")}`],
  );
  for (const bad of ["", "mirror", "file:///x", "https://x/?a=1"])
    assert.throws(() => accessTo(bad, ""), { code: "usage.invalid" });
});

test("a cancelled download goes on where it stopped, by any name that is asked again", async () => {
  await using slow = await serveModel({ bytesPerSecond: 4_000_000 });
  const cancel = new AbortController();
  const reason = new TachieError("job.cancelled", "cancelled");
  const request = requestFor(slow, "cancelled", {
    signal: cancel.signal,
    onProgress: ({ doneBytes }) => {
      if (doneBytes > totalBytes / 2) cancel.abort(reason);
    },
  });
  await assert.rejects(downloadModel(request), reason);
  const entry = listModels([folder.at("installed")]).find(({ name }) => name === "cancelled");
  assert.deepEqual([entry?.condition, entry?.origin], ["unfinished", "downloaded"]);
  await using server = await serveModel();
  const { fetchedBytes } = await downloadModel(requestFor(server, "cancelled"));
  assert.ok(fetchedBytes <= totalBytes / 2, `${fetchedBytes} of ${totalBytes} bytes were fetched again`);
});

test("an unfinished download can be removed, with everything it has left", async () => {
  await using server = await serveModel();
  server.files.delete(keyOf(FILES.vae));
  await assert.rejects(downloadModel(requestFor(server, "left-over")), { code: "download.not-found" });
  const cancel = new AbortController();
  await using slow = await serveModel({ bytesPerSecond: 4_000_000 });
  const stopped = downloadModel(
    requestFor(slow, "left-over", {
      signal: cancel.signal,
      onProgress: ({ doneBytes }) => doneBytes > 500_000 && cancel.abort(),
    }),
  );
  await assert.rejects(stopped);
  assert.ok(existsSync(folder.at("installed", "left-over", "download.json")));
  removeModel({ name: "left-over", modelsFolder: folder.at("installed"), isForGood: true });
  assert.ok(!existsSync(folder.at("installed", "left-over")));
});

test("too little space is said before anything is fetched, with what is needed and what is free", async () => {
  await using server = await serveModel();
  const request = requestFor(server, "no-room", { freeBytes: async () => totalBytes });
  await assert.rejects(downloadModel(request), (error: TachieError) => {
    assert.equal(error.code, "disk.full");
    assert.match(error.message, /\d MB are needed in .*, but only \d.* MB are free/);
    return true;
  });
  assert.equal(server.sentBytes, 0);
  const enough = requestFor(server, "no-room", { freeBytes: async () => Math.ceil(totalBytes * 1.06) });
  assert.equal((await downloadModel(enough)).fetchedBytes, totalBytes);
});

test("a disk that fills up ends the download at once and leaves what can be gone on from", async () => {
  await using server = await FaultyServer.start();
  const bytes = Buffer.alloc(300_000, "abcdefghij");
  const address = server.add("o/n/resolve/main/f", bytes);
  const target = folder.at("filling");
  const fill =
    (limitBytes: number) =>
    async (file: string): Promise<PartialHandle> => {
      const handle = await open(file, "a+");
      await handle.close();
      const real = await open(file, "r+");
      const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      const write = async (data: Uint8Array, offset: number, length: number, position: number) => {
        if (position >= limitBytes) throw full;
        // The last write before the disk is full is a short one.
        return real.write(data, offset, Math.min(length, limitBytes - position), position);
      };
      return new Proxy(real, {
        get: (from, key) => {
          if (key === "write") return write;
          const value: unknown = Reflect.get(from, key);
          return typeof value === "function" ? (value as () => unknown).bind(from) : value;
        },
      });
    };
  const job = { ...identityOf(bytes), address, target, limits: QUICK_LIMITS, signal: new AbortController().signal };
  await assert.rejects(fetchFile({ ...job, openHandle: fill(100_000) }), { code: "disk.full" });
  assert.equal(server.credentials.filter(({ host }) => host === "storage").length, 1, "one request, no retries");
  assert.ok(!existsSync(target));
  const kept = statSync(`${target}.partial`).size;
  assert.ok(kept > 0 && kept <= 100_000, `${kept} bytes kept`);
  const before = server.sentBytes;
  assert.equal(await fetchFile(job), sumOf(bytes));
  assert.ok(server.sentBytes - before <= bytes.length - kept + QUICK_LIMITS.checkpointBytes);
});

test("a real disk that fills up", { skip: cannotMount ?? false }, async (context) => {
  const mount = mountSmall(context, 256 << 10);
  await using server = await FaultyServer.start();
  const bytes = Buffer.alloc(1_000_000, "klmnopqrst");
  const address = server.add("o/n/resolve/main/f", bytes);
  const job = { ...identityOf(bytes), address, limits: QUICK_LIMITS, signal: new AbortController().signal };
  const target = path.join(mount, "f");
  await assert.rejects(fetchFile({ ...job, target }), { code: "disk.full" });
  assert.deepEqual(readdirSync(mount).sort(), ["f.partial", "f.partial.json"]);
  execFileSync("mount", ["-o", "remount,size=4m", mount]);
  const before = server.sentBytes;
  assert.equal(await fetchFile({ ...job, target }), sumOf(bytes));
  assert.ok(server.sentBytes - before < bytes.length, "it went on from what was there");
});

test("refusals are typed, said once, and not repeated", async () => {
  await using server = await serveModel();
  const { createServer } = await import("node:http");
  for (const [status, code] of [
    [401, "download.refused"],
    [403, "download.refused"],
    [404, "download.not-found"],
    [410, "download.not-found"],
    [400, "download.unreachable"],
  ] as const) {
    let requests = 0;
    const refusing = createServer((request, response) => {
      requests++;
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => void refusing.listen(0, "127.0.0.1", resolve));
    const { port } = refusing.address() as { port: number };
    const access = { base: `http://127.0.0.1:${port}` };
    const manifest = { ...published, files: published.files.slice(0, 1) };
    await assert.rejects(downloadModel(requestFor(server, `refused-${status}`, { access, manifest })), { code });
    assert.ok(requests <= 2, `${requests} requests for ${status}`);
    refusing.closeAllConnections();
    refusing.close();
  }
});

test("where the first source lacks a file the next one serves", async () => {
  await using server = await serveModel();
  server.files.delete(keyOf(FILES.textTokenizer));
  server.add("google/gemma-3-4b-it/resolve/main/tokenizer.json", bytesOf.get(FILES.textTokenizer) ?? Buffer.alloc(0));
  const { record } = await downloadModel(requestFor(server, "second-source"));
  assert.deepEqual(record.sources, [`${REPOSITORY}@${COMMIT}`, `google/gemma-3-4b-it@${COMMIT}`]);
});

test("small files that the hub keeps in git are checked by git's sum", async () => {
  await using server = await serveModel();
  const bytes = bytesOf.get(FILES.textTokenizer) ?? Buffer.alloc(0);
  server.add(keyOf(FILES.textTokenizer), bytes, [{ fault: "corrupt", after: 10 }], true);
  const { record } = await downloadModel(requestFor(server, "git"));
  const recorded = record.files.find((file) => file.path === FILES.textTokenizer);
  assert.deepEqual([recorded?.sha256, recorded?.origin], [sumOf(bytes), "published"]);
  assert.equal((await downloadModel(requestFor(server, "git"))).fetchedBytes, 0);
});

test("a server that states no sums is refused; accepted, its files are flagged", async () => {
  await using server = await serveModel({ isHub: false });
  await assert.rejects(downloadModel(requestFor(server, "unstated")), { code: "download.unverifiable" });
  assert.equal(server.sentBytes, 0);
  const model = await downloadModel(requestFor(server, "unstated", { isUnverifiedAccepted: true }));
  assert.equal(model.findings.filter(({ code }) => code === "sum.unpinned").length, 6);
  assert.ok(model.record.files.every(({ origin }) => origin === "recorded"));
});

test("sums of the manifest are held against the server, before and after", async () => {
  await using server = await serveModel();
  const pinned = (sha256: string): DownloadManifest => ({
    ...published,
    files: published.files.map((file) => (file.path === FILES.vae ? { ...file, sha256 } : file)),
  });
  const other = requestFor(server, "pinned", { manifest: pinned("0".repeat(64)) });
  await assert.rejects(downloadModel(other), { code: "download.mismatch" });
  const right = sumOf(bytesOf.get(FILES.vae) ?? Buffer.alloc(0));
  assert.equal(
    (await downloadModel(requestFor(server, "pinned", { manifest: pinned(right) }))).fetchedBytes,
    totalBytes,
  );
  // A server that says one thing and sends another, each time.
  const lying = server.files.get(keyOf(FILES.transformer));
  lying?.faults.push(...Array.from({ length: 9 }, () => ({ fault: "corrupt" as const, after: 1000 })));
  await assert.rejects(downloadModel(requestFor(server, "lied-to")), { code: "download.mismatch" });
  const place = folder.at("installed", "lied-to", "transformer");
  assert.deepEqual(readdirSync(place), [], "nothing of a wrong file is left");
});

test("a server that is gone is given up after several tries, and the message says why", async () => {
  const server = await serveModel();
  const request = requestFor(server, "gone", { limits: { ...MODEL_LIMITS, retries: 2 } });
  await server[Symbol.asyncDispose]();
  await assert.rejects(downloadModel(request), (error: TachieError) => {
    assert.equal(error.code, "download.unreachable");
    assert.match(error.message, /in 3 tries: .*ECONNREFUSED/);
    return true;
  });
});

test("a server that never gets on, one byte at a time, comes to an end", async () => {
  await using server = await FaultyServer.start();
  const bytes = Buffer.alloc(200_000, 1);
  const faults = Array.from({ length: 50 }, () => ({ fault: "drop" as const, after: 1 }));
  const address = server.add("o/n/resolve/main/f", bytes, faults);
  const job = { ...identityOf(bytes), address, target: folder.at("slowest"), limits: QUICK_LIMITS };
  await assert.rejects(fetchFile({ ...job, signal: new AbortController().signal }), { code: "download.unreachable" });
});

test("a pause that the server asks for is kept, a very long one is not", async () => {
  const { createServer } = await import("node:http");
  let requests = 0;
  const busy = createServer((_, response) => {
    requests++;
    response.writeHead(503, { "retry-after": "3600" }).end();
  });
  await new Promise<void>((resolve) => void busy.listen(0, "127.0.0.1", resolve));
  const { port } = busy.address() as { port: number };
  const job = { sizeBytes: 5, address: `http://127.0.0.1:${port}/x`, target: folder.at("busy"), limits: QUICK_LIMITS };
  await assert.rejects(fetchFile({ ...job, signal: new AbortController().signal }), (error: TachieError) => {
    assert.match(error.message, /503 .*asks to come back in 60 minutes/);
    return error.code === "download.unreachable";
  });
  assert.equal(requests, 1);
  busy.closeAllConnections();
  busy.close();
});

test("two at once: the second is told; a lock left behind by a kill is taken over", async () => {
  await using slow = await serveModel({ bytesPerSecond: 20_000_000 });
  await using server = await serveModel();
  const cancel = new AbortController();
  const first = assert.rejects(downloadModel(requestFor(slow, "locked", { signal: cancel.signal })));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(downloadModel(requestFor(server, "locked")), { code: "models.busy" });
  cancel.abort();
  await first;
  const place = folder.at("installed", "stale");
  mkdirSync(place);
  const lock = path.join(place, "download.lock");
  writeFileSync(lock, JSON.stringify({ pid: process.pid, host: "elsewhere" }));
  await assert.rejects(downloadModel(requestFor(server, "stale")), { code: "models.busy" });
  utimesSync(lock, new Date(0), new Date(0));
  await downloadModel(requestFor(server, "stale"));
  assert.ok(!existsSync(lock));
});

test("a model that is somebody else's is not written over", async () => {
  await using server = await serveModel();
  const place = folder.at("installed", "somebodys");
  mkdirSync(place);
  writeFileSync(path.join(place, "model.json"), "{}");
  await assert.rejects(downloadModel(requestFor(server, "somebodys")), { code: "model.exists" });
  assert.deepEqual(readdirSync(place), ["model.json"]);
});

test("the right files that make no model are kept, and what is wrong is said", async () => {
  await using server = await serveModel();
  const manifest = { ...published, files: published.files.filter((file) => file.path !== FILES.vae) };
  await assert.rejects(downloadModel(requestFor(server, "no-vae", { manifest })), (error: TachieError) => {
    assert.equal(error.code, "model.incomplete");
    assert.match(error.message, /as published, but are no whole model:[^]*missing: the VAE/);
    return true;
  });
  assert.ok(!existsSync(folder.at("installed", "no-vae", "model.json")));
  assert.equal((await downloadModel(requestFor(server, "no-vae"))).fetchedBytes, bytesOf.get(FILES.vae)?.length);
});
