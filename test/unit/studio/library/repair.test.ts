import assert from "node:assert/strict";
import Database from "better-sqlite3";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { backUp, listBackups } from "../../../../src-main/studio/library/backups.ts";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { openOrRepair } from "../../../../src-main/studio/library/open-or-repair.ts";
import { repairLibrary } from "../../../../src-main/studio/library/repair.ts";
import { TrashStore } from "../../../../src-main/studio/library/trash-store.ts";
import { auditLibrary, filesIn, libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration, testImage } from "../../../fixtures/new-generation.ts";

/** Three pictures, a draft-like row, a backup, then two pictures more. */
async function madeLibrary(context: TestContext) {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const save = (seed: number) => library.save(newGeneration({ seed, image: testImage(8, 8, seed) }));
  const records = [await save(1), await save(2), await save(3)];
  library.withDatabase("setting", (database) => {
    database.exec("INSERT INTO settings (name, value) VALUES ('theme', '\"dark\"')");
    backUp(database, folder, new Date("2026-11-20T10:00:00Z"));
  });
  records.push(await save(4), await save(5));
  library.close();
  return { folder, records, file: path.join(folder, "library.db") };
}

function settingsIn(folder: string): unknown[] {
  const database = new Database(path.join(folder, "library.db"), { readonly: true });
  const values = database.prepare("SELECT value FROM settings").pluck().all();
  database.close();
  return values;
}

test("a sound library is left as it is", async (context) => {
  const { folder, file } = await madeLibrary(context);
  const before = readFileSync(file);
  assert.equal(repairLibrary(folder, { why: "damage" }), undefined);
  assert.deepEqual(readFileSync(file), before);
  assert.equal(existsSync(path.join(folder, "damaged")), false);
});

test("a damaged one comes back from its backup and from the pictures that are newer; what was damaged is kept", async (context) => {
  const { folder, records, file } = await madeLibrary(context);
  const damaged = readFileSync(file).fill(0xa5, 4096, 3 * 4096);
  writeFileSync(file, damaged);
  const report = repairLibrary(folder, { why: "damage" }) ?? assert.fail();
  assert.match(report.finding ?? "", /damaged|malformed/);
  assert.equal(report.backup?.createdAt, "2026-11-20T10:00:00.000Z");
  assert.deepEqual(
    [report.pictures, report.rebuilt, report.refused, report.missing, report.problems],
    [5, 2, [], [], []],
  );
  assert.deepEqual(readFileSync(path.join(report.keptIn ?? "", "library.db")), damaged);
  assert.equal(path.dirname(report.keptIn ?? ""), path.join(folder, "damaged"));
  assert.deepEqual(auditLibrary(folder).findings, []);
  assert.deepEqual(settingsIn(folder), ['"dark"']);
  const library = openLibrary(folder, { mode: "write" });
  for (const record of records.slice(0, 3)) assert.deepEqual(library.find(record.id), record);
  for (const { id, prompt, seed, tree, sampling } of records)
    assert.deepEqual((({ prompt, seed, tree, sampling }) => ({ prompt, seed, tree, sampling }))(library.find(id)), {
      prompt,
      seed,
      tree,
      sampling,
    });
  library.close();
  assert.deepEqual(
    filesIn(folder).filter((name) => /restored|tmp/.test(name)),
    [],
  );
});

test("backups that are no good are passed over, and without any everything comes from the pictures", async (context) => {
  const { folder, file } = await madeLibrary(context);
  const [backup] = listBackups(folder);
  const broken = path.join(folder, "backups", "library-v101-20261121T100000.db");
  writeFileSync(broken, readFileSync(backup?.file ?? "").fill(0, 0, 100));
  const half = path.join(folder, "backups", "library-v101-20261122T100000.db");
  writeFileSync(half, readFileSync(backup?.file ?? "").fill(0x5a, 4096, 20_000));
  writeFileSync(file, "no database at all");
  const first = repairLibrary(folder, { why: "damage" }) ?? assert.fail();
  assert.deepEqual(
    first.refused.map((refused) => refused.file),
    [half, broken],
  );
  assert.equal(first.backup?.file, backup?.file);
  assert.equal(first.pictures, 5);
  rmSync(path.join(folder, "backups"), { recursive: true });
  writeFileSync(file, "no database at all");
  const second = repairLibrary(folder, { why: "damage" }) ?? assert.fail();
  assert.deepEqual([second.backup, second.pictures, second.rebuilt], [undefined, 5, 5]);
  assert.notEqual(second.keptIn, first.keptIn);
  assert.deepEqual(auditLibrary(folder).findings, []);
});

test("a database that is gone or empty comes back too", async (context) => {
  const { folder, file } = await madeLibrary(context);
  for (const lose of [() => rmSync(file), () => writeFileSync(file, "")]) {
    lose();
    const { library, repair } = openOrRepair(folder);
    assert.equal(repair?.backup?.createdAt, "2026-11-20T10:00:00.000Z");
    assert.equal(library.page({ limit: 1 }).total, 5);
    library.close();
    assert.deepEqual(settingsIn(folder), ['"dark"']);
  }
});

test("whoever stays opens a damaged library repaired, and a sound one as it is", async (context) => {
  const { folder, file } = await madeLibrary(context);
  const sound = openOrRepair(folder);
  assert.equal(sound.repair, undefined);
  sound.library.close();
  writeFileSync(file, readFileSync(file).subarray(0, 10_000));
  const { library, repair } = openOrRepair(folder);
  assert.equal(repair?.pictures, 5);
  assert.equal(library.page({ limit: 1 }).total, 5);
  library.close();
});

test("a database of another program is nobody's damage: refused, and left where it is", (context) => {
  const folder = libraryFolder(context);
  mkdirSync(folder);
  const foreign = new Database(path.join(folder, "library.db"));
  foreign.exec("CREATE TABLE bookmarks (url TEXT)");
  foreign.close();
  const before = readFileSync(path.join(folder, "library.db"));
  assert.throws(() => openOrRepair(folder), { code: "library.corrupt", message: /another program/ });
  assert.deepEqual(readFileSync(path.join(folder, "library.db")), before);
});

test("a repair that was interrupted between its moves is finished by the next opening, without losing a log's rows", async (context) => {
  const { folder, file } = await madeLibrary(context);
  const whole = path.join(folder, "library-restored.db");
  copyFileSync(file, whole);
  renameSync(file, path.join(folder, "moved-away.db"));
  // The log of the damaged one would be taken for the restored one's.
  writeFileSync(`${file}-wal`, Buffer.alloc(5000, 7));
  const library = openLibrary(folder, { mode: "write" });
  assert.equal(library.page({ limit: 1 }).total, 5);
  library.close();
  assert.equal(existsSync(whole), false);
  const [kept = ""] = readdirSync(path.join(folder, "damaged"));
  assert.deepEqual(readdirSync(path.join(folder, "damaged", kept)), ["library.db-wal"]);
  assert.deepEqual(auditLibrary(folder).findings, []);
});

test("what was removed for good since the backup does not come back as a missing picture", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const [a, b] = [await library.save(newGeneration({ seed: 1 })), await library.save(newGeneration({ seed: 2 }))];
  const trash = new TrashStore(library);
  trash.trash([a.id, b.id]);
  library.withDatabase("backing up", (database) => backUp(database, folder));
  trash.empty([a.id]);
  library.close();
  writeFileSync(path.join(folder, "library.db"), "x");
  const report = repairLibrary(folder, { why: "damage" }) ?? assert.fail();
  assert.deepEqual([report.pictures, report.missing.length], [1, 1]);
  assert.deepEqual(auditLibrary(folder), { ids: [b.id], findings: [] });
});

test("rebuilding takes nothing but the pictures, and a library that somebody writes to is left alone", async (context) => {
  const { folder } = await madeLibrary(context);
  const writer = openLibrary(folder, { mode: "write" });
  assert.throws(() => repairLibrary(folder, { why: "pictures" }), { code: "library.locked" });
  writer.close();
  const report = repairLibrary(folder, { why: "pictures" }) ?? assert.fail();
  assert.deepEqual([report.finding, report.backup, report.rebuilt], [undefined, undefined, 5]);
  assert.deepEqual(settingsIn(folder), []);
  assert.deepEqual(settingsIn(report.keptIn ?? ""), ['"dark"'], "what a rebuilding cannot know is in what was kept");
});

test("the newest few backups are kept, and of earlier versions fewer", async (context) => {
  const { folder } = await madeLibrary(context);
  const library = openLibrary(folder, { mode: "write" });
  for (const day of [1, 2, 3]) writeFileSync(path.join(folder, "backups", `library-v90-2026110${day}T000000.db`), "");
  writeFileSync(path.join(folder, "backups", "notes.txt"), "mine");
  library.withDatabase("backing up", (database) => {
    for (let hour = 10; hour < 20; hour++) backUp(database, folder, new Date(`2026-11-23T${hour}:00:00Z`));
  });
  library.close();
  const backups = listBackups(folder);
  assert.deepEqual(
    backups.map(({ createdAt }) => createdAt.slice(8, 13)),
    ["23T19", "23T18", "23T17", "23T16", "23T15", "23T14", "23T13", "03T00", "02T00"],
  );
  assert.ok(existsSync(path.join(folder, "backups", "notes.txt")));
});
