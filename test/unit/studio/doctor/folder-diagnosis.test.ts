/** @file Whether a folder can be used is found out without touching it. */

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { diagnoseFolder } from "../../../../src-main/studio/doctor/folder-diagnosis.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

test("a folder that is there, and one that will be made below it, are fine", async (t) => {
  const root = temporaryFolder(t);
  const there = await diagnoseFolder(root);
  assert.deepEqual([there.exists, there.problem], [true, undefined]);
  assert.ok((there.freeBytes ?? 0) > 0);
  const future = path.join(root, "a", "b");
  const later = await diagnoseFolder(future);
  assert.deepEqual([later.exists, later.problem], [false, undefined]);
  assert.equal(existsSync(future), false);
});

test("a file in the way and a link to nowhere are told by name", async (t) => {
  const root = temporaryFolder(t);
  const file = path.join(root, "file");
  writeFileSync(file, "");
  const link = path.join(root, "link");
  symlinkSync(path.join(root, "gone"), link);
  for (const [folder, pattern] of [
    [path.join(file, "library"), /file is a file/],
    [path.join(link, "library"), /link is a link to .*gone/],
  ] as const) {
    const { problem } = await diagnoseFolder(folder);
    assert.equal(problem?.code, "file.unwritable");
    assert.match(problem.message, pattern);
  }
});

test(
  "a folder that may not be written to",
  { skip: process.getuid?.() === 0 && "root may write anywhere" },
  async (t) => {
    const folder = path.join(temporaryFolder(t), "locked");
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    assert.match((await diagnoseFolder(folder)).problem?.message ?? "", /may not be written to/);
  },
);
