import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { GenerationRecord } from "../../../../src-main/contract/generation.ts";
import type { TachieError } from "../../../../src-main/contract/errors.ts";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { recordFromPng } from "../../../../src-main/studio/png/record-from-png.ts";
import { auditLibrary, filesIn, libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration, settingsOf, testImage } from "../../../fixtures/new-generation.ts";

test("what was saved is found again, exactly, by this opening, the next one, and a reader", async (context) => {
  const folder = libraryFolder(context);
  const writer = openLibrary(folder, { mode: "write" });
  const entries = [
    newGeneration({ parentId: "0f8k2m4x7q" }),
    newGeneration({ loras: [], tree: null, texts: { system: "", positive: "", negative: "" }, prompt: "" }),
    newGeneration({ seed: Number.MAX_SAFE_INTEGER, prompt: "a\0b \u{1F600} 二人\r\n 'x' \\" }),
    newGeneration({ timings: { loadMs: 0, encodeMs: 1.23456789, denoiseMs: 3, decodeMs: 4, stepMs: [0.1234567] } }),
  ];
  const saved = [];
  for (const entry of entries) saved.push(await writer.save(entry));
  for (const [index, record] of saved.entries()) {
    const settings = settingsOf(entries[index] ?? newGeneration());
    const { id, file, isFileMissing, createdAt, timings, ...rest } = record;
    assert.deepEqual(rest, settings);
    assert.equal(isFileMissing, false);
    assert.equal(file, path.join(folder, "images", createdAt.slice(0, 4), createdAt.slice(5, 7), `${id}.png`));
    assert.ok(timings.saveMs > 0 && timings.totalMs >= 2500 && timings.totalMs < 60_000);
    assert.deepEqual(writer.find(record.id), record);
  }
  assert.deepEqual(saved[3]?.timings.stepMs, [0.123]);
  const reader = openLibrary(folder, { mode: "read" });
  assert.deepEqual(reader.history({ limit: 10 }), saved.toReversed());
  reader.close();
  writer.close();
  const again = openLibrary(folder, { mode: "write" });
  assert.deepEqual(again.sweep, { removed: [], adopted: [], missing: [], problems: [] });
  assert.deepEqual(again.history({ limit: 10 }), saved.toReversed());
  again.close();
  assert.deepEqual(auditLibrary(folder), { ids: saved.map((record) => record.id), findings: [] });
});

test("the picture's pixels are stored as they are, and its file tells the same as its row", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const image = testImage(64, 96, 9);
  const { timings, ...record } = await library.save(newGeneration({ image }));
  assert.deepEqual(new Uint8Array(await sharp(record.file).raw().toBuffer()), image.pixels);
  const { timings: fromPng, ...rest } = recordFromPng(record.file);
  assert.deepEqual(rest, record);
  assert.deepEqual({ ...fromPng, saveMs: timings.saveMs, totalMs: timings.totalMs }, timings);
  library.close();
});

test("a lone surrogate, which neither file nor table can hold, becomes a replacement character at once", async (context) => {
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  const record = await library.save(newGeneration({ prompt: "a\ud800b" }));
  assert.equal(record.prompt, "a\ufffdb");
  assert.deepEqual(library.find(record.id), record);
  library.close();
});

test("prompts and texts that are the same are stored once", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  for (let seed = 0; seed < 3; seed++) await library.save(newGeneration({ seed }));
  await library.save(
    newGeneration({ prompt: "another", texts: { system: "", positive: "another", negative: "lowres, bad hands" } }),
  );
  library.close();
  const { default: Database } = await import("better-sqlite3");
  const database = new Database(path.join(folder, "library.db"));
  assert.equal(database.prepare("SELECT count(*) FROM prompts").pluck().get(), 2);
  assert.equal(database.prepare("SELECT count(*) FROM texts").pluck().get(), 3);
  database.close();
});

test("an id is found by any unique beginning of four characters or more, however it is typed", async (context) => {
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  const records: GenerationRecord[] = [];
  for (let seed = 0; seed < 3; seed++) records.push(await library.save(newGeneration({ seed })));
  const [first = assert.fail()] = records;
  assert.deepEqual(library.find(` ${first.id.toUpperCase()} `), first);
  assert.deepEqual(library.find(first.id.replaceAll("0", "O").replaceAll("1", "l")), first);
  const ambiguous = first.id.slice(0, 4);
  assert.throws(
    () => library.find(ambiguous),
    (error: TachieError) => error.code === "library.not-found" && records.every(({ id }) => error.message.includes(id)),
  );
  assert.throws(() => library.find(first.id.slice(0, 3)), { code: "library.not-found", message: /too short/ });
  assert.throws(() => library.find("zzzzzzzzzz"), { code: "library.not-found" });
  assert.throws(() => library.find("%___"), { code: "library.not-found" });
  assert.throws(() => library.find(""), { code: "library.not-found" });
  library.close();
});

test("history comes newest first, in pages", async (context) => {
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  const ids: string[] = [];
  for (let seed = 0; seed < 7; seed++) ids.unshift((await library.save(newGeneration({ seed }))).id);
  const pages: string[][] = [];
  for (let before: string | undefined; ;) {
    const page = library.history(before === undefined ? { limit: 3 } : { limit: 3, before });
    if (page.length === 0) break;
    pages.push(page.map(({ id }) => id));
    before = page.at(-1)?.id;
  }
  assert.deepEqual(pages, [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  assert.deepEqual(library.history({ limit: 0 }), []);
  assert.throws(() => library.history({ limit: 1, before: "zzzzzzzzzz" }), { code: "library.not-found" });
  for (const limit of [-1, 1.5, NaN]) assert.throws(() => library.history({ limit }), { code: "settings.invalid" });
  library.close();
});

test("pictures saved at once each get an id and a place of their own", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const records = await Promise.all(
    Array.from({ length: 20 }, (_entry, seed) => library.save(newGeneration({ seed }))),
  );
  assert.equal(new Set(records.map(({ id }) => id)).size, 20);
  library.close();
  assert.deepEqual(auditLibrary(folder), { ids: records.map(({ id }) => id).sort(), findings: [] });
});

test("closing waits for saves under way, and refuses later ones", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const saving = library.save(newGeneration());
  library.close();
  await assert.rejects(library.save(newGeneration()), { code: "internal.bug" });
  const { id } = await saving;
  openLibrary(folder, { mode: "write" }).close();
  assert.deepEqual(auditLibrary(folder), { ids: [id], findings: [] });
});

test("a clean end leaves the database, the pictures and the empty lock, nothing else", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const { file } = await library.save(newGeneration());
  library.close();
  assert.deepEqual(filesIn(folder), [path.relative(folder, file), "library.db", "library.lock"]);
  assert.equal(readFileSync(path.join(folder, "library.lock")).length, 0);
});

test("where there is no library, a reader finds nothing and makes nothing, and sees it once it is there", async (context) => {
  const folder = libraryFolder(context);
  const reader = openLibrary(folder, { mode: "read" });
  assert.deepEqual(reader.history({ limit: 5 }), []);
  assert.throws(() => reader.find("0f8k2m4x7q"), { code: "library.not-found" });
  assert.equal(existsSync(folder), false);
  const writer = openLibrary(folder, { mode: "write" });
  const record = await writer.save(newGeneration());
  assert.deepEqual(reader.history({ limit: 5 }), [record]);
  await assert.rejects(reader.save(newGeneration()), { code: "library.read-only" });
  reader.close();
  writer.close();
});

test("an empty database file is a library without pictures, for a reader, and a new one for a writer", (context) => {
  const folder = libraryFolder(context);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "library.db"), "");
  const reader = openLibrary(folder, { mode: "read" });
  assert.deepEqual(reader.history({ limit: 5 }), []);
  reader.close();
  openLibrary(folder, { mode: "write" }).close();
  assert.deepEqual(auditLibrary(folder), { ids: [], findings: [] });
});

test("a picture whose file is gone is still known, and marked", async (context) => {
  const folder = libraryFolder(context);
  const writer = openLibrary(folder, { mode: "write" });
  const [lost, kept] = [await writer.save(newGeneration()), await writer.save(newGeneration())];
  unlinkSync(lost.file);
  assert.deepEqual(writer.find(lost.id), { ...lost, isFileMissing: true });
  writer.close();
  const again = openLibrary(folder, { mode: "write" });
  assert.deepEqual(again.sweep?.missing, [lost.id]);
  assert.deepEqual(again.history({ limit: 2 }), [kept, { ...lost, isFileMissing: true }]);
  again.close();
});

test("when the database is lost, the pictures give it back", async (context) => {
  const folder = libraryFolder(context);
  const writer = openLibrary(folder, { mode: "write" });
  const saved = [];
  for (let seed = 0; seed < 5; seed++) saved.push(await writer.save(newGeneration({ seed, parentId: "0f8k2m4x7q" })));
  writer.close();
  rmSync(path.join(folder, "library.db"));
  const again = openLibrary(folder, { mode: "write" });
  assert.deepEqual(
    again.sweep?.adopted.toSorted(),
    saved.map(({ id }) => id),
  );
  for (const { timings, ...record } of saved) {
    const { timings: found, ...rest } = again.find(record.id);
    assert.deepEqual(rest, record);
    assert.deepEqual({ ...found, saveMs: timings.saveMs, totalMs: timings.totalMs }, timings);
  }
  again.close();
  assert.deepEqual(auditLibrary(folder).findings, []);
});

test("a library may be moved as a whole, and a picture folder that is taken away meanwhile is made again", async (context) => {
  const folder = libraryFolder(context);
  const writer = openLibrary(folder, { mode: "write" });
  const { id } = await writer.save(newGeneration());
  rmSync(path.join(folder, "images"), { recursive: true });
  await assert.rejects(writer.save(newGeneration()), { code: "file.unwritable" });
  const kept = await writer.save(newGeneration());
  writer.close();
  const moved = `${folder} moved`;
  renameSync(folder, moved);
  const reader = openLibrary(moved, { mode: "read" });
  assert.deepEqual(reader.find(kept.id), { ...kept, file: kept.file.replace(folder, moved) });
  assert.equal(reader.find(id).isFileMissing, true);
  reader.close();
});
