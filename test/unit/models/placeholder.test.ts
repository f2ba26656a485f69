/** @file The placeholder model: made once, whole or not at all, by however many processes. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ensurePlaceholderModel } from "../../../models/placeholder.ts";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const MODULE = path.resolve(import.meta.dirname, "../../../models/placeholder.ts");
const SCRIPT = `
  const { ensurePlaceholderModel } = await import(process.argv[1]);
  const { hash, parameters } = ensurePlaceholderModel(process.argv[2]);
  console.log(JSON.stringify({ hash, parameters }));
`;

test("it is written on first use and then kept", (context) => {
  const folder = path.join(temporaryFolder(context), "deep", "placeholder");
  const first = ensurePlaceholderModel(folder);
  assert.ok(first.manifest.isPlaceholder && first.manifest.name === "placeholder");
  assert.ok(first.parameters > 1e6 && first.parameters < 3e6);
  const written = readFileSync(path.join(folder, "model.json"), "utf8");
  assert.equal(ensurePlaceholderModel(folder).hash, first.hash);
  assert.equal(readFileSync(path.join(folder, "model.json"), "utf8"), written);
  assert.deepEqual(readdirSync(path.dirname(folder)), ["placeholder"]);
});

test("four processes that start at once all get the same whole model", async (context) => {
  const folder = path.join(temporaryFolder(context), "placeholder");
  const run = promisify(execFile);
  const started = [1, 2, 3, 4].map(() =>
    run(process.execPath, ["--input-type=module", "--eval", SCRIPT, MODULE, folder]),
  );
  const answers = await Promise.all(started);
  assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
  assert.deepEqual(readdirSync(path.dirname(folder)), ["placeholder"]);
});

test("a damaged one is replaced", (context) => {
  const folder = path.join(temporaryFolder(context), "placeholder");
  const { hash } = ensurePlaceholderModel(folder);
  const damages = [
    () => truncateSync(path.join(folder, "vae/diffusion_pytorch_model.safetensors"), 1000),
    () => rmSync(path.join(folder, "clip_model"), { recursive: true }),
    () => writeFileSync(path.join(folder, "model.json"), '{"name":"placeholder","isPlaceholder":true}'),
  ];
  for (const damage of damages) {
    damage();
    assert.equal(ensurePlaceholderModel(folder).hash, hash);
  }
  assert.deepEqual(readdirSync(path.dirname(folder)), ["placeholder"]);
});

test("somebody's own folder is never touched", (context) => {
  const folder = temporaryFolder(context);
  for (const [name, contents] of [
    ["notes.txt", "mine"],
    ["model.json", '{"name":"mine","isPlaceholder":false}'],
  ] as const) {
    const own = path.join(folder, name.replace(".", "-"));
    mkdirSync(own);
    writeFileSync(path.join(own, name), contents);
    assert.throws(
      () => ensurePlaceholderModel(own),
      (error) => isTachieError(error, "file.exists"),
    );
    assert.equal(readFileSync(path.join(own, name), "utf8"), contents);
  }
});

test("what a killed process left behind is swept, what is still being written is not", (context) => {
  const parent = temporaryFolder(context);
  const folder = path.join(parent, "placeholder");
  for (const name of ["placeholder.0123456789ab.part", "placeholder.ba9876543210.part", "other.0123456789ab.part"]) {
    mkdirSync(path.join(parent, name));
    writeFileSync(path.join(parent, name, "x"), "x");
  }
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  for (const name of ["placeholder.0123456789ab.part", "other.0123456789ab.part"])
    utimesSync(path.join(parent, name), longAgo, longAgo);
  ensurePlaceholderModel(folder);
  assert.deepEqual(readdirSync(parent).sort(), [
    "other.0123456789ab.part",
    "placeholder",
    "placeholder.ba9876543210.part",
  ]);
});

test(
  "a place where no folder can be made is a typed error, not an endless loop",
  { skip: process.platform !== "linux" },
  () => {
    assert.throws(() => ensurePlaceholderModel("/proc/tachie/models/placeholder"), { code: "file.unwritable" });
  },
);
