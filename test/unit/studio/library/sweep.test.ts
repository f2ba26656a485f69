import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { filesIn, libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration } from "../../../fixtures/new-generation.ts";
import { ownPng, ownRecord, pngWithTexts } from "../../../fixtures/own-png.ts";

/** A library with one picture, closed; its record. */
async function withOnePicture(folder: string) {
  const library = openLibrary(folder, { mode: "write" });
  const record = await library.save(newGeneration());
  library.close();
  return record;
}

function reopen(folder: string) {
  const library = openLibrary(folder, { mode: "write" });
  const ids = library.history({ limit: 100 }).map(({ id }) => id);
  library.close();
  return { ids, sweep: library.sweep ?? assert.fail() };
}

test("temporary files in the picture folders go, and nothing else does", async (context) => {
  const folder = libraryFolder(context);
  const { file } = await withOnePicture(folder);
  const month = path.dirname(file);
  writeFileSync(path.join(month, "0f8k2m4x7q.png.tmp"), "half a pic");
  const foreign = {
    [path.join(month, "notes.txt")]: "mine",
    [path.join(month, "holiday.png")]: await pngWithTexts({}),
    [path.join(month, "other.png")]: await pngWithTexts({ parameters: "a\nSteps: 1, Sampler: x, CFG scale: 1" }),
    [path.join(month, "broken.png")]: (await ownPng()).subarray(0, 400),
    [path.join(folder, "work.tmp")]: "mine",
    [path.join(folder, "images", "work.tmp")]: "mine",
  };
  mkdirSync(path.join(month, "folder.tmp"));
  for (const [name, content] of Object.entries(foreign)) writeFileSync(name, content);
  const { ids, sweep } = reopen(folder);
  assert.deepEqual(sweep.removed, [path.relative(folder, path.join(month, "0f8k2m4x7q.png.tmp"))]);
  assert.deepEqual([sweep.adopted, sweep.missing, ids.length], [[], [], 1]);
  assert.deepEqual(
    sweep.problems.map(({ where }) => path.basename(where)),
    ["broken.png"],
  );
  for (const [name, content] of Object.entries(foreign)) assert.deepEqual(readFileSync(name), Buffer.from(content));
  assert.ok(!filesIn(folder).some((name) => name.endsWith("png.tmp")));
});

test("a picture of ours without a row is adopted; a copy of one that has a row is not", async (context) => {
  const folder = libraryFolder(context);
  const { file, id } = await withOnePicture(folder);
  copyFileSync(file, path.join(path.dirname(file), "a copy.png"));
  mkdirSync(path.join(folder, "images/2026/03"), { recursive: true });
  const record = ownRecord({ parentId: "0f8k2m4x7p" });
  writeFileSync(path.join(folder, "images/2026/03", `${record.id}.png`), await ownPng(record));
  const { ids, sweep } = reopen(folder);
  assert.deepEqual([sweep.adopted, sweep.problems], [[record.id], []]);
  assert.deepEqual(ids.toSorted(), [id, record.id].toSorted());
  assert.deepEqual(reopen(folder).sweep.adopted, []);
});

test("a picture that was resized since is nobody's orphan", async (context) => {
  const folder = libraryFolder(context);
  mkdirSync(path.join(folder, "images/2026/03"), { recursive: true });
  writeFileSync(path.join(folder, "images/2026/03/0f8k2m4x7q.png"), await ownPng(ownRecord({ width: 64 })));
  assert.deepEqual(reopen(folder).sweep.adopted, []);
});

test("one damaged orphan does not keep the others out", async (context) => {
  const folder = libraryFolder(context);
  const month = path.join(folder, "images/2026/03");
  mkdirSync(month, { recursive: true });
  for (const id of ["0f8k2m4x7a", "0f8k2m4x7b", "0f8k2m4x7c"]) {
    const png = await ownPng(ownRecord({ id }));
    writeFileSync(path.join(month, `${id}.png`), id.endsWith("b") ? png.subarray(0, 900) : png);
  }
  const { sweep } = reopen(folder);
  assert.deepEqual(sweep.adopted, ["0f8k2m4x7a", "0f8k2m4x7c"]);
  assert.equal(sweep.problems.length, 1);
});

test(
  "files that come back are no longer missing, and folders elsewhere that are linked count",
  { skip: process.platform === "win32" },
  async (context) => {
    const folder = libraryFolder(context);
    const { file, id } = await withOnePicture(folder);
    const aside = path.join(folder, "aside.png");
    renameSync(file, aside);
    assert.deepEqual(reopen(folder).sweep.missing, [id]);
    assert.deepEqual(reopen(folder).sweep.missing, [id]);
    renameSync(aside, file);
    assert.deepEqual(reopen(folder).sweep.missing, []);

    const year = path.dirname(path.dirname(file));
    renameSync(year, path.join(folder, "old year"));
    assert.deepEqual(reopen(folder).sweep.missing, [id]);
    symlinkSync(path.join(folder, "old year"), year);
    assert.deepEqual(reopen(folder).sweep.missing, []);
    renameSync(file, aside);
    symlinkSync(aside, file);
    assert.deepEqual(reopen(folder).sweep.missing, []);
    unlinkSync(file);
    symlinkSync("/nowhere", `${file}.tmp`);
    assert.deepEqual(reopen(folder).sweep.removed, [], "a link is nobody's to remove");
  },
);
