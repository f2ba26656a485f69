/** @file `tachie doctor` as a person runs it: on this machine, whatever it has. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import type { DoctorReport } from "../../src-main/contract/doctor.ts";
import { FaultyServer } from "../fault/faulty-server.ts";
import { CommandBench } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

test("the whole report as JSON, with the engine's part, and nothing written anywhere", async () => {
  const { code, json } = await bench.run(["doctor", "--json"]);
  const report = json as unknown as DoctorReport;
  assert.equal(code, 0);
  assert.equal(report.canMakePictures, true);
  assert.match(report.engine?.runtime ?? "", /^onnxruntime-node 1\.29/);
  assert.ok((report.engine?.cpu.usableCores ?? 0) > 0);
  assert.equal(report.engine?.gpu.componentFolder, path.join(bench.data, "cuda"));
  assert.equal(report.library.folder, bench.library);
  assert.deepEqual([report.library.exists, report.data.exists], [false, false]);
  assert.ok(report.models.some(({ name, condition }) => name === "starter" && condition === "ready"));
});

test("a library that cannot be is what is wrong, in words and in the exit code", async () => {
  const file = path.join(bench.root, "file");
  writeFileSync(file, "");
  const { code, stdout } = await bench.run(["doctor", "--library", path.join(file, "library")]);
  assert.equal(code, 1);
  assert.match(stdout, /Library .*NOT USABLE[^]*! .*file is a file[^]*Pictures cannot be made\.\n$/);
});

test("--fix without a GPU fetches nothing and says so; --force asks the registry that npm is told of", async (t) => {
  const { json } = await bench.run(["doctor", "--json"]);
  const { engine } = json as unknown as DoctorReport;
  if (engine?.gpu.state !== "absent") return t.skip("there is a GPU");
  const plain = await bench.run(["doctor", "--fix"]);
  assert.equal(plain.code, 0);
  assert.match(plain.stderr, /nothing to fetch: no NVIDIA GPU/);
  await using server = await FaultyServer.start({ isHub: false });
  mkdirSync(bench.data, { recursive: true });
  const forced = await bench.run(["doctor", "--fix", "--force", "--json"], {
    environment: { npm_config_registry: server.base },
  });
  assert.equal(forced.code, 1);
  assert.equal(forced.json.error?.code, process.arch === "x64" ? "download.not-found" : "engine.unsupported");
  assert.equal((await bench.run(["doctor", "--force"])).code, 2);
});
