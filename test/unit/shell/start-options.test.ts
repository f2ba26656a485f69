import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { readStartOptions } from "../../../src-main/shell/start-options.ts";
import { utilityExit } from "../../../src-main/shell/utility-exit.ts";

test("the library is the one that is named, in either form, or the usual one", () => {
  const folder = (...words: string[]): string => readStartOptions(words, "/usual").libraryFolder;
  assert.equal(folder("--no-sandbox", "."), "/usual");
  assert.equal(folder("--library", "/a"), path.resolve("/a"));
  assert.equal(folder(".", "--library=/a b", "x.png"), path.resolve("/a b"));
  assert.equal(folder("--library", "below"), path.resolve("below"));
  for (const words of [["--library"], ["--library="], ["--library", "--other"], ["--library", ""]])
    assert.throws(
      () => folder(...words),
      (error) => isTachieError(error, "usage.invalid"),
    );
});

test("an exit code of a utility process is a signal's number where the system knows signals", () => {
  assert.deepEqual(utilityExit(0, "linux"), { code: 0 });
  assert.deepEqual(utilityExit(1, "linux"), { code: 1 });
  assert.deepEqual(utilityExit(9, "linux"), { signal: "SIGKILL" });
  assert.deepEqual(utilityExit(11, "linux"), { signal: "SIGSEGV" });
  assert.deepEqual(utilityExit(15, "darwin"), { signal: "SIGTERM" });
  assert.deepEqual(utilityExit(9, "win32"), { code: 9 });
});
