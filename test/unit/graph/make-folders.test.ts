import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { makeFolders } from "../../../src-main/graph/make-folders.ts";

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
test("a folder that takes no new names is an error at once", { skip: process.platform !== "linux" }, () => {
  assert.throws(() => makeFolders("/proc/tachie/folder"), { code: "ENOENT" });
});

test("a link to a disk that is not attached is named, wherever it stands on the way", () => {
  const link = path.join(root, "link");
  symlinkSync(path.join(root, "not-attached"), link);
  for (const folder of [link, path.join(link, "a"), path.join(link, "a", "b")])
    assert.throws(() => makeFolders(folder), { code: "file.unwritable", where: link, message: /not-attached/ });
});
