import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { makeFolders, makeWritableFolder } from "../../../../src-main/studio/files/sync-folder.ts";

const root = mkdtempSync(path.join(tmpdir(), "tachie-folders-"));
after(() => rmSync(root, { recursive: true }));

test("missing folders are made from the top, and the first of them is named", () => {
  const folder = path.join(root, "a", "b", "c");
  assert.equal(makeFolders(folder), path.join(root, "a"));
  assert.ok(existsSync(folder));
  assert.equal(makeFolders(folder), undefined);
  assert.equal(makeFolders(path.join(root, "a", "d")), path.join(root, "a", "d"));
});

test("a file in the way is an error", () => {
  const file = path.join(root, "file");
  writeFileSync(file, "");
  assert.throws(() => makeFolders(file), { code: "EEXIST" });
  assert.throws(() => makeFolders(path.join(file, "below")), { code: "ENOTDIR" });
});

// Node's recursive mkdirSync never returns here.
test(
  "a folder that takes no new names is an error, not an endless loop",
  { skip: process.platform !== "linux" },
  () => {
    assert.throws(() => makeWritableFolder("/proc/tachie/library"), { code: "file.unwritable" });
  },
);
