/** @file A component out of a registry that drops connections, lies, lacks it or has another one. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { create } from "tar";
import { CUDA_PROVIDER, componentFor } from "../../src-main/studio/components/component-manifest.ts";
import type { ComponentPackage } from "../../src-main/studio/components/component-manifest.ts";
import { fetchComponent } from "../../src-main/studio/components/fetch-component.ts";
import type { FetchComponentOptions } from "../../src-main/studio/components/fetch-component.ts";
import { lockFolder } from "../../src-main/studio/models/folder-lock.ts";
import { temporaryFolder } from "../unit/graph/temporary-folder.ts";
import { FaultyServer } from "./faulty-server.ts";
import type { Injected } from "./faulty-server.ts";
import { QUICK_LIMITS } from "./interruptions.ts";

const NAME = "com.example.provider";
const CONTENTS = { "libshared.so": randomBytes(20_000, 1), "libcuda.so": randomBytes(600_000, 2) };

/** Bytes that do not compress, so that an archive is long enough to break off in. */
function randomBytes(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24));
}

function sum(algorithm: string, bytes: Buffer, encoding: "hex" | "base64" = "hex"): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

interface Stand {
  readonly server: FaultyServer;
  readonly wanted: ComponentPackage;
  readonly archive: Buffer;
  readonly folder: string;
  fetch(
    more?: Partial<FetchComponentOptions> & { readonly wanted?: ComponentPackage },
  ): ReturnType<typeof fetchComponent>;
  /** What lies where the component's folder lies. */
  beside(): string[];
}

interface Served {
  readonly faults?: readonly Injected[];
  /** Of the description; of the pinned archive where absent. */
  readonly integrity?: string;
  readonly served?: Buffer;
}

async function stand(t: TestContext, { faults = [], integrity, served }: Served = {}): Promise<Stand> {
  const root = temporaryFolder(t);
  const source = path.join(root, "source", "package", "Plugins");
  mkdirSync(source, { recursive: true });
  for (const [name, bytes] of Object.entries({ ...CONTENTS, "libother.so": Buffer.from("not wanted") }))
    writeFileSync(path.join(source, name), bytes);
  const file = path.join(root, "archive.tgz");
  await create({ file, cwd: path.join(root, "source"), gzip: true }, ["package"]);
  const archive = readFileSync(file);
  const wanted: ComponentPackage = {
    package: NAME,
    version: "1.2.3",
    integrity: `sha512-${sum("sha512", archive, "base64")}`,
    sizeBytes: archive.length,
    sha256: sum("sha256", archive),
    files: Object.entries(CONTENTS).map(([name, bytes]) => ({
      name,
      path: `package/Plugins/${name}`,
      sizeBytes: bytes.length,
      sha256: sum("sha256", bytes),
    })),
  };
  const server = await FaultyServer.start({ isHub: false });
  t.after(() => server[Symbol.asyncDispose]());
  const { base } = server;
  const tarball = server.add(`${NAME}/-/${NAME}-1.2.3.tgz`, served ?? archive, faults);
  const dist = { tarball, integrity: integrity ?? wanted.integrity };
  server.add(`${NAME}/1.2.3`, Buffer.from(JSON.stringify({ name: NAME, version: "1.2.3", dist })));
  const home = path.join(root, "data");
  const folder = path.join(home, "cuda");
  return {
    server,
    wanted,
    archive,
    folder,
    fetch: ({ wanted: other = wanted, ...more } = {}) =>
      fetchComponent(other, {
        folder,
        registry: base,
        signal: new AbortController().signal,
        limits: QUICK_LIMITS,
        retries: 0,
        ...more,
      }),
    beside: () => (existsSync(home) ? readdirSync(home) : []),
  };
}

function assertWhole({ folder, beside }: Stand): void {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(CONTENTS).sort(), "the wanted files and no others");
  for (const [name, bytes] of Object.entries(CONTENTS))
    assert.ok(readFileSync(path.join(folder, name)).equals(bytes), name);
  assert.deepEqual(beside(), ["cuda"], "nothing is left behind");
}

test("fetched, verified, unpacked; and a second time there is nothing to do, even offline", async (t) => {
  const one = await stand(t);
  const positions: number[] = [];
  const fetched = await one.fetch({ onProgress: ({ doneBytes }) => void positions.push(doneBytes) });
  assert.equal(fetched.isNew, true);
  assertWhole(one);
  assert.equal(positions.at(-1), one.archive.length);
  await one.server[Symbol.asyncDispose]();
  assert.equal((await one.fetch()).isNew, false);
});

test("a damaged file is replaced, and what else lies in the folder stays", async (t) => {
  const one = await stand(t);
  await one.fetch();
  const file = path.join(one.folder, "libcuda.so");
  const bytes = readFileSync(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  writeFileSync(path.join(one.folder, "libonnxruntime.so.1"), "joined");
  assert.equal((await one.fetch()).isNew, true);
  assert.ok(readFileSync(file).equals(CONTENTS["libcuda.so"]));
  assert.equal(readFileSync(path.join(one.folder, "libonnxruntime.so.1"), "utf8"), "joined");
});

test("a connection that breaks is taken up where it broke", async (t) => {
  const one = await stand(t, {
    faults: [
      { fault: "drop", after: 200_000 },
      { fault: "busy-503", after: 0 },
      { fault: "truncated-length", after: 100_000 },
    ],
  });
  await one.fetch();
  assertWhole(one);
  assert.ok(one.server.sentBytes < 1.5 * one.archive.length, "what had arrived was not sent again");
});

test("a cancelled transfer leaves no component, and the next one goes on with it", async (t) => {
  const one = await stand(t);
  const abort = new AbortController();
  await assert.rejects(
    one.fetch({
      signal: abort.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 100_000) abort.abort(new Error("enough"));
      },
    }),
    /enough/,
  );
  assert.equal(existsSync(one.folder), false);
  assert.ok(one.beside().some((name) => name.endsWith(".tgz.partial")));
  const before = one.server.sentBytes;
  await one.fetch();
  assertWhole(one);
  assert.ok(one.server.sentBytes - before <= one.archive.length);
});

test("bytes that are not the pinned ones are never unpacked", async (t) => {
  const faults = Array.from({ length: 4 }, () => ({ fault: "corrupt", after: 5000 }) as const);
  const one = await stand(t, { faults });
  await assert.rejects(one.fetch(), { code: "download.mismatch", message: /com\.example\.provider@1\.2\.3/ });
  assert.deepEqual(one.beside(), []);
  await one.fetch();
  assertWhole(one);
});

test("a registry that states another sum than is pinned is not even asked for the bytes", async (t) => {
  const one = await stand(t, { integrity: "sha512-AAAA" });
  const error = { code: "download.mismatch", where: /sha512-AAAA instead of sha512-/ };
  await assert.rejects(one.fetch(), error);
  assert.ok(one.server.sentBytes < 1000);
});

test("an archive whose files differ from the pinned ones changes nothing in the folder", async (t) => {
  const one = await stand(t);
  await one.fetch();
  const [shared, cuda] = one.wanted.files;
  const file = path.join(one.folder, "libshared.so");
  writeFileSync(file, "older");
  const wanted = { ...one.wanted, files: [shared!, { ...cuda!, sha256: "0".repeat(64) }] };
  await assert.rejects(one.fetch({ wanted }), { code: "download.mismatch", where: cuda!.path });
  assert.equal(readFileSync(file, "utf8"), "older");
  assert.deepEqual(one.beside(), ["cuda"]);
});

test("a sum over the whole that is wrong refuses an archive whose other sum is right", async (t) => {
  const one = await stand(t, { integrity: "sha512-BBBB" });
  const wanted = { ...one.wanted, integrity: "sha512-BBBB" };
  await assert.rejects(one.fetch({ wanted }), { code: "download.mismatch", message: /not the archive that is pinned/ });
  assert.deepEqual(one.beside(), []);
});

test("a registry without the package, one that refuses, one that is broken and none at all", async (t) => {
  const one = await stand(t);
  const wanted = { ...one.wanted, version: "9.9.9" };
  await assert.rejects(one.fetch({ wanted }), { code: "download.not-found", message: /provider@9\.9\.9/ });
  one.server.files.get(`${NAME}/1.2.3`)?.faults.push({ fault: "error-500", after: 0 });
  await assert.rejects(one.fetch(), { code: "download.unreachable" });
  one.server.files.get(`${NAME}/1.2.3`)?.faults.push({ fault: "html-200", after: 0 });
  await assert.rejects(one.fetch(), { code: "download.unreachable" });
  await one.server[Symbol.asyncDispose]();
  await assert.rejects(one.fetch(), { code: "download.unreachable" });
  assert.equal(existsSync(one.folder), false);
});

test("one at a time", async (t) => {
  const one = await stand(t);
  mkdirSync(path.dirname(one.folder), { recursive: true });
  const other = lockFolder(`${one.folder}.lock`, "fetching");
  await assert.rejects(one.fetch(), { code: "models.busy" });
  other[Symbol.dispose]();
  assert.equal((await one.fetch()).isNew, true);
});

test("both systems' packages are pinned, of the version that the runtime's package has", () => {
  const version = /[\d.]+/.exec(
    (
      JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
        dependencies: Record<string, string>;
      }
    ).dependencies["onnxruntime-node"] ?? "",
  )?.[0];
  assert.equal(
    version,
    "1.29.0",
    "another version of the runtime needs another provider: see assets/components/README.md",
  );
  for (const [platform, ending] of [
    ["linux", ".so"],
    ["win32", ".dll"],
  ] as const) {
    const wanted = componentFor(CUDA_PROVIDER, platform, "x64");
    assert.match(wanted.integrity, /^sha512-[\w+/]{86}==$/);
    assert.deepEqual(
      wanted.files.map(({ name }) => name.endsWith(ending)),
      [true, true],
    );
    assert.match(wanted.files[1]?.name ?? "", /providers_cuda/);
  }
  assert.throws(() => componentFor(CUDA_PROVIDER, "darwin", "arm64"), { code: "engine.unsupported" });
});
