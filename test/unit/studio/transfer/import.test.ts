import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { repairLibrary } from "../../../../src-main/studio/library/repair.ts";
import { readPngMetadata } from "../../../../src-main/studio/png/png-metadata.ts";
import { importPictures } from "../../../../src-main/studio/transfer/import-pictures.ts";
import { FOREIGN_TEXTS, foreignPng } from "../../../fixtures/foreign-pngs.ts";
import { auditLibrary, libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration } from "../../../fixtures/new-generation.ts";
import { ownPng, ownRecord, pngWithTexts } from "../../../fixtures/own-png.ts";
import { StudioStand } from "../../../fixtures/studio-stand.ts";

function newFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-import-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function importInto(library: Parameters<typeof importPictures>[0], ...paths: string[]) {
  const signal = new AbortController().signal;
  return importPictures(library, { paths, signal, onProgress: () => undefined, onAdded: () => undefined });
}

test("one picture of each tool comes with its prompt, settings, time and name, and its pixels and texts untouched", async (context) => {
  const from = newFolder(context);
  const tools = Object.keys(FOREIGN_TEXTS);
  for (const [index, tool] of tools.entries()) {
    mkdirSync(path.join(from, tool));
    const file = path.join(from, tool, `絵 ${index}.png`);
    writeFileSync(file, await foreignPng(tool, 40 + index));
    utimesSync(file, 1_600_000_000 + index, 1_600_000_000 + index);
  }
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const report = await importInto(library, from);
  assert.deepEqual(
    [report.found, report.imported.length, report.duplicates, report.silent, report.refused],
    [tools.length, tools.length, [], [], []],
  );
  for (const [index, tool] of tools.entries()) {
    const { file = "", id = "" } = report.imported.find((entry) => entry.file.includes(`/${tool}/`)) ?? {};
    const record = library.find(id);
    assert.deepEqual([record.origin?.tool, record.origin?.fileName], [tool, `絵 ${index}.png`]);
    assert.equal(record.seed, 40 + index, tool);
    assert.ok(record.origin?.known.includes("seed") && record.origin.known.includes("steps"), tool);
    assert.ok(record.prompt.includes(String(40 + index)), tool);
    assert.equal(record.texts.positive, record.prompt);
    assert.equal(Date.parse(record.createdAt), (1_600_000_000 + index) * 1000);
    const [before, after] = [readPngMetadata(file), readPngMetadata(record.file)];
    assert.equal(after.kind, "own");
    assert.deepEqual(
      after.texts.filter(({ keyword }) => keyword !== "tachie"),
      before.texts,
    );
    assert.ok(readFileSync(record.file).includes(readFileSync(file).subarray(33)), "everything after IHDR, as it was");
  }
  assert.deepEqual(
    library.history({ limit: 9 }).map(({ origin }) => origin?.tool),
    tools.toReversed(),
    "in the order of their times",
  );
  const comfy = library.history({ limit: 9 }).find(({ origin }) => origin?.tool === "comfyui");
  assert.equal(comfy?.dialect, "readme");
  assert.equal(comfy.texts.negative, "bad");
  library.close();
  assert.deepEqual(auditLibrary(folder).findings, []);
  // And a rebuilding knows them too.
  const before = openLibrary(folder, { mode: "read" });
  const records = before.history({ limit: 9 });
  before.close();
  assert.equal(repairLibrary(folder, { why: "pictures" })?.rebuilt, tools.length);
  const rebuilt = openLibrary(folder, { mode: "write" });
  assert.deepEqual(rebuilt.history({ limit: 9 }), records);
  assert.equal((await importInto(rebuilt, from)).duplicates.length, tools.length);
  rebuilt.close();
});

test("our own pictures come back byte for byte with their ids, and everything is imported once", async (context) => {
  const from = newFolder(context);
  const source = openLibrary(libraryFolder(context), { mode: "write" });
  const records = [await source.save(newGeneration({ seed: 1 })), await source.save(newGeneration({ seed: 2 }))];
  source.close();
  for (const { file } of records) writeFileSync(path.join(from, path.basename(file)), readFileSync(file));
  writeFileSync(path.join(from, "again.PNG"), readFileSync(records[0]?.file ?? ""));
  writeFileSync(path.join(from, "a.png"), await foreignPng("a1111"));
  writeFileSync(path.join(from, "b.png"), await foreignPng("a1111"));
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  context.after(() => library.close());
  const report = await importInto(library, from, path.join(from, "a.png"));
  assert.deepEqual([report.found, report.imported.length, report.duplicates.length], [5, 3, 2]);
  for (const { id, file, prompt, createdAt } of records) {
    const found = library.find(id);
    assert.deepEqual(readFileSync(found.file), readFileSync(file));
    assert.deepEqual([found.prompt, found.createdAt, found.origin], [prompt, createdAt, undefined]);
  }
  const again = await importInto(library, from);
  assert.deepEqual([again.imported, again.duplicates.length], [[], 5]);
  assert.ok(again.duplicates.every(({ id }) => library.find(id).id === id));
  // One that another program has saved anew: the same picture by its record, whatever its bytes.
  writeFileSync(path.join(from, "c.png"), await ownPng(ownRecord({ id: records[1]?.id ?? "" })));
  const third = await importInto(library, path.join(from, "c.png"));
  assert.deepEqual(third.duplicates, [{ file: path.join(from, "c.png"), id: records[1]?.id }]);
});

test("what cannot be imported is named with its reason, and the rest is imported all the same", async (context) => {
  const from = newFolder(context);
  writeFileSync(path.join(from, "good.png"), await foreignPng("a1111"));
  writeFileSync(path.join(from, "silent.png"), await pngWithTexts({ Comment: "hello" }));
  writeFileSync(path.join(from, "cut.png"), (await ownPng()).subarray(0, 500));
  writeFileSync(path.join(from, "text.png"), "no picture");
  writeFileSync(path.join(from, "resized.png"), await ownPng(ownRecord({ width: 16 })));
  writeFileSync(path.join(from, "notes.txt"), "mine");
  mkdirSync(path.join(from, "folder.png"));
  mkdirSync(path.join(from, ".hidden"));
  writeFileSync(path.join(from, ".hidden", "x.png"), await foreignPng("a1111", 2));
  symlinkSync(from, path.join(from, "ring"));
  symlinkSync(path.join(from, "nowhere"), path.join(from, "dangling.png"));
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const report = await importInto(library, from);
  assert.deepEqual([report.found, report.imported.length, report.silent], [5, 1, [path.join(from, "silent.png")]]);
  assert.deepEqual(report.refused.map(({ file, error }) => [path.basename(file), error.code]).sort(), [
    ["cut.png", "image.invalid"],
    ["resized.png", "image.invalid"],
    ["text.png", "image.invalid"],
  ]);
  for (const { file, error } of report.refused) assert.ok(error.message.includes(file));
  await assert.rejects(importInto(library, path.join(from, "none")), { code: "file.not-found" });
  await assert.rejects(importInto(library, path.join(from, "notes.txt")), { code: "image.invalid" });
  assert.equal((await importInto(library, folder)).found, 0, "the library itself is nothing to be imported");
  library.close();
  assert.deepEqual(auditLibrary(folder).findings, []);
});

test("a picture whose id has letters that ours never have is found by it all the same", async (context) => {
  const from = newFolder(context);
  const ids = ["0lio0lio00", "0110011000"];
  for (const id of ids) writeFileSync(path.join(from, `${id}.png`), await ownPng(ownRecord({ id })));
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  context.after(() => library.close());
  assert.equal((await importInto(library, from)).imported.length, 2);
  for (const id of ids) assert.equal(library.find(id).id, id);
  assert.deepEqual(
    library.page({ limit: 1, before: "0lio0lio00" }).pictures.map(({ id }) => id),
    ["0110011000"],
  );
});

test("prompts that no tree can be made of are kept as text", async (context) => {
  const from = newFolder(context);
  const prompt = `<!DOCTYPE x [<!ENTITY a "b">]>1girl`;
  writeFileSync(
    path.join(from, "a.png"),
    await pngWithTexts({ parameters: `${prompt}\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1` }),
  );
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const { imported } = await importInto(library, from);
  assert.equal(library.find(imported[0]?.id ?? "").prompt, prompt);
  library.close();
});

test("progress is told, windows are told batch by batch, and what was stored before a cancelling stays", async (context) => {
  await using stand = new StudioStand();
  const from = newFolder(context);
  for (let n = 0; n < 150; n++) writeFileSync(path.join(from, `${n}.png`), await foreignPng("a1111", n));
  const abort = new AbortController();
  const seen: number[] = [];
  await assert.rejects(
    stand.client.importPictures(
      { paths: [from] },
      {
        signal: abort.signal,
        onProgress({ imported = 0, total }) {
          assert.equal(total, 150);
          seen.push(imported);
          abort.abort();
        },
      },
    ),
    { code: "job.cancelled" },
  );
  // The batch that was being written meanwhile is stored, and told, too.
  const first = seen.at(-1) ?? 0;
  assert.ok(first > 0 && first < 150);
  assert.equal((await stand.client.pictures({ limit: 1 })).total, first);
  const rest = await stand.client.importPictures({ paths: [from] });
  assert.deepEqual([rest.imported.length, rest.duplicates.length], [150 - first, first]);
  const told = stand.events.flatMap(({ name, payload }) =>
    name === "picturesChanged" ? (payload as { added: { id: string }[] }).added.map(({ id }) => id) : [],
  );
  assert.equal(new Set(told).size, 150);
  const [newest] = rest.imported;
  assert.ok(newest);
  await assert.rejects(stand.client.again({ id: newest.id }), { code: "image.foreign", message: /a1111/ });
});
