/** @file Measured ladders in a library: kept whole, newest first, also in one that was made before there were any. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchmarkStore } from "../../../../src-main/studio/benchmarks/benchmark-store.ts";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { NO_ROWS } from "../../../fixtures/diagnosis.ts";
import { libraryFolder } from "../../../fixtures/library-folder.ts";
import { makeOldLibrary } from "../../../fixtures/old-library.ts";

test("what was added is listed, also after the library was closed", (context) => {
  const folder = libraryFolder(context);
  let library = openLibrary(folder, { mode: "write" });
  const store = new BenchmarkStore(library);
  assert.deepEqual(store.list(), []);
  const older = store.add(NO_ROWS, Date.UTC(2026, 0, 1));
  const newer = store.add({ ...NO_ROWS, cores: 4 }, Date.UTC(2026, 0, 2));
  assert.deepEqual([older.createdAt, older.report], ["2026-01-01T00:00:00.000Z", NO_ROWS]);
  library.close();
  library = openLibrary(folder, { mode: "write" });
  assert.deepEqual(new BenchmarkStore(library).list(), [newer, older]);
  library.close();
});

test("a library of the version before gets the table and keeps its pictures", async (context) => {
  const folder = libraryFolder(context);
  const record = await makeOldLibrary(folder, 90);
  const library = openLibrary(folder, { mode: "write" });
  assert.deepEqual(library.find(record.id), record);
  const added = new BenchmarkStore(library).add(NO_ROWS);
  assert.deepEqual(new BenchmarkStore(library).list(), [added]);
  library.close();
});
