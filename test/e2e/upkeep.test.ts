/** @file Trash, import, export and upkeep by command, alone and beside a studio that has the library open. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import type { ExportReport, ImportReport } from "../../src-main/contract/transfer.ts";
import type { EmptiedTrash, TrashChange, TrashPage } from "../../src-main/contract/trash.ts";
import type { BackupFile, LibraryReport, RepairReport } from "../../src-main/contract/upkeep.ts";
import { hostHandOver } from "../../src-main/studio/hand-over.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { CommandBench } from "../fixtures/command-bench.ts";
import { FOREIGN_TEXTS, foreignPng } from "../fixtures/foreign-pngs.ts";
import { newGeneration } from "../fixtures/new-generation.ts";
import { StudioStand } from "../fixtures/studio-stand.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

async function json<T>(words: readonly string[], code = 0): Promise<T> {
  const result = await bench.run([...words, "--json"]);
  assert.equal(result.code, code, result.stderr);
  return result.json as T;
}

async function fill(count: number): Promise<string[]> {
  const library = openLibrary(bench.library, { mode: "write" });
  const ids: string[] = [];
  for (let seed = 0; seed < count; seed++) ids.unshift((await library.save(newGeneration({ seed }))).id);
  library.close();
  return ids;
}

test("pictures are trashed, listed, restored and removed by id", async () => {
  const [a = "", b = "", c = ""] = await fill(3);
  assert.deepEqual(await json<TrashChange>(["trash", a, b]), { ids: [a, b] });
  assert.deepEqual(
    bench.history().map(({ id }) => id),
    [c],
  );
  const listed = await json<TrashPage>(["trash"]);
  assert.deepEqual([listed.total, listed.pictures.map(({ id }) => id).sort()], [2, [a, b].sort()]);
  assert.match((await bench.run(["trash"])).stdout, new RegExp(`${a}.*\\n.*\\n2 pictures in the trash`));
  assert.deepEqual(await json<TrashChange>(["restore", a]), { ids: [a] });
  assert.equal((await bench.run(["show", b])).code, 0, "what is in the trash can still be looked at");
  const refused = await bench.run(["trash", "--empty", a, "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [1, "library.not-found"]);
  const emptied = await json<EmptiedTrash>(["trash", "--empty"]);
  assert.deepEqual([emptied.removed, emptied.failures], [[b], []]);
  assert.match((await bench.run(["trash", "zzzz"])).stderr, /Run `tachie history`/);
  assert.match((await bench.run(["trash"])).stdout, /^The trash is empty\.\n$/);
});

test("a running studio does it, and its windows are told", async () => {
  await using stand = new StudioStand(bench.library, "rest");
  const host = await hostHandOver(bench.library, stand.studio.handlers);
  try {
    const [id = ""] = bench.history().map((record) => record.id);
    const result = await bench.run(["trash", id, "--json"]);
    assert.match(result.stderr, /open in another Tachie/);
    assert.deepEqual(stand.events.at(-1), { name: "picturesChanged", payload: { added: [], gone: [id] } });
    assert.deepEqual(await json<TrashChange>(["restore", id]), { ids: [id] });
    const from = path.join(bench.root, "one");
    mkdirSync(from);
    writeFileSync(path.join(from, "a.png"), await foreignPng("novelai", 5));
    const report = await json<ImportReport>(["import", from]);
    assert.equal(report.imported.length, 1);
    assert.equal((await stand.client.picture({ id: report.imported[0]?.id ?? "" })).origin?.tool, "novelai");
    assert.ok((await json<BackupFile>(["library", "backup"])).sizeBytes > 0);
  } finally {
    await host.close();
  }
});

test("a folder is imported with its prompts, and what is exported of it is what was asked for", async () => {
  const from = path.join(bench.root, "from");
  mkdirSync(from);
  for (const tool of Object.keys(FOREIGN_TEXTS))
    writeFileSync(path.join(from, `${tool}.png`), await foreignPng(tool, 7));
  writeFileSync(path.join(from, "broken.png"), "no picture");
  const report = await json<ImportReport>(["import", from]);
  assert.deepEqual([report.imported.length, report.refused.map(({ error }) => error.code)], [7, ["image.invalid"]]);
  const again = await bench.run(["import", from]);
  assert.match(
    again.stdout,
    /^0 pictures imported of 8 PNGs[^]*7 in the library already:[^]*1 that cannot be imported:\n.*broken\.png/,
  );
  const out = path.join(bench.root, "out");
  mkdirSync(out);
  const ids = report.imported.map(({ id }) => id);
  for (const [form, ending, count] of [
    ["png", ".png", 7],
    ["bare-png", ".png", 7],
    ["webp", ".webp", 7],
    ["zip", ".zip", 1],
    ["sheet", ".png", 1],
  ] as const) {
    const { files } = await json<ExportReport>(["export", ...ids, "--as", form, "--out", out]);
    assert.equal(files.length, count);
    for (const file of files) assert.ok(file.endsWith(ending) && existsSync(file));
  }
  assert.equal(readdirSync(out).length, 23, "nothing was overwritten");
  const unknown = await bench.run(["export", ids[0] ?? "", "--as", "gif"]);
  assert.deepEqual([unknown.code, /bare-png/.test(unknown.stderr)], [2, true]);
  assert.equal((await bench.run(["export", "--out", path.join(out, "none"), ids[0] ?? ""])).code, 1);
});

test("a library is verified, backed up, damaged, told of, repaired and rebuilt", async () => {
  const before = bench.history().map(({ id }) => id);
  const backup = await json<BackupFile>(["library", "backup"]);
  assert.ok(existsSync(backup.file));
  const sound = await json<LibraryReport>(["library", "verify"]);
  assert.deepEqual([sound.isSound, sound.pictures], [true, before.length]);
  assert.deepEqual(await json(["library", "repair"]), { isRepaired: false });
  const file = path.join(bench.library, "library.db");
  writeFileSync(file, readFileSync(file).fill(0xa5, 4096, 12_288));
  const damaged = await bench.run(["library", "verify"]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout + damaged.stderr, /damaged[^]*`tachie library repair`/);
  const refused = await bench.run(["generate", "--json"], { input: "1girl" });
  assert.deepEqual([refused.json.error?.code, refused.code], ["library.corrupt", 1]);
  assert.match(refused.json.error?.remedy ?? "", /tachie library repair/);
  const repaired = await json<RepairReport>(["library", "repair"]);
  assert.deepEqual([repaired.backup?.file, repaired.pictures], [backup.file, before.length]);
  assert.deepEqual(
    bench.history().map(({ id }) => id),
    before,
  );
  const rebuilt = await bench.run(["library", "rebuild"]);
  assert.match(rebuilt.stdout, /The former database is kept in .*damaged[^]*The library has \d+ pictures/);
  assert.deepEqual(
    bench.history().map(({ id }) => id),
    before,
  );
  assert.equal((await json<LibraryReport>(["library", "verify"])).isSound, true);
  assert.match(
    (await bench.run(["library", "usage"])).stdout,
    /^pictures +\d.* kB  \d+ files\n[^]*By month:\n\d{4}-\d\d [^]*By model:\n/,
  );
});
