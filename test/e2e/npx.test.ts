import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");

test("npx tachie runs the project's own command, from subfolders too, and installs nothing", () => {
  for (const cwd of [root, path.join(root, "assets/examples")]) {
    const { status, stdout, stderr } = spawnSync("npx", ["--no", "tachie", "prompt", "check", "duet.xml", "--json"], {
      cwd,
      encoding: "utf8",
    });
    // From the root the file is not there: the command itself says so.
    assert.equal(status, cwd === root ? 1 : 0, stderr);
    assert.match(stdout, cwd === root ? /"file.not-found"/ : /"characters":2/);
  }
});
