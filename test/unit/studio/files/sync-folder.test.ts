import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWritableFolder } from "../../../../src-main/studio/files/sync-folder.ts";

// Node's recursive mkdirSync never returns here.
test(
  "a folder that takes no new names is an error, not an endless loop",
  { skip: process.platform !== "linux" },
  () => {
    assert.throws(() => makeWritableFolder("/proc/tachie/library"), { code: "file.unwritable" });
  },
);
