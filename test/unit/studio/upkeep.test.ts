import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { listBackups } from "../../../src-main/studio/library/backups.ts";
import { openLibrary } from "../../../src-main/studio/library/library.ts";
import { Upkeep } from "../../../src-main/studio/upkeep/upkeep.ts";
import { verifyLibrary } from "../../../src-main/studio/upkeep/verify-library.ts";
import { libraryFolder } from "../../fixtures/library-folder.ts";
import { newGeneration, testImage } from "../../fixtures/new-generation.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const verify = (library: Parameters<typeof verifyLibrary>[0], signal = new AbortController().signal) =>
  verifyLibrary(library, { signal, onProgress: () => undefined });

test("a backup is a sound library of its own, made while the studio works", async () => {
  await using stand = new StudioStand();
  await stand.client.generate({ prompt: "1girl", model: "fake-model", count: 3 });
  const making = stand.client.backupLibrary({});
  await stand.client.generate({ prompt: "2girls", model: "fake-model" });
  const backup = await making;
  assert.deepEqual((await stand.client.libraryHealth({})).backups, [backup]);
  assert.deepEqual((await stand.client.libraryHealth({})).check?.findings, []);
  const copy = new Database(backup.file, { readonly: true });
  assert.equal(copy.pragma("integrity_check", { simple: true }), "ok");
  assert.ok(Number(copy.prepare("SELECT count(*) FROM generations").pluck().get()) >= 3);
  copy.close();
});

test("a damaged database is told of, and never takes the place of a sound backup", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  for (let seed = 0; seed < 30; seed++)
    await library.save(newGeneration({ seed, prompt: `prompt ${seed} `.repeat(100), image: testImage(4, 4, seed) }));
  const upkeep = new Upkeep({ library, repair: undefined, emptyOldTrash: () => undefined, onHealth: () => undefined });
  const { file } = await upkeep.backUp();
  library.close();
  const database = path.join(folder, "library.db");
  const bytes = readFileSync(database);
  writeFileSync(database, bytes.fill(0xa5, bytes.length - 3 * 4096, bytes.length - 4096));
  await assert.rejects(upkeep.backUp(), { code: "library.corrupt" });
  assert.deepEqual(
    listBackups(folder).map((backup) => backup.file),
    [file],
  );
  assert.ok((upkeep.health().check?.findings.length ?? 0) > 0);
  await upkeep.stop();
  await assert.rejects(upkeep.backUp(), { code: "job.cancelled" });
});

test("once a day: due when the newest backup, or the first picture, is a day old", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  context.after(() => library.close());
  const told: number[] = [];
  const upkeep = new Upkeep({
    library,
    repair: undefined,
    emptyOldTrash: () => told.push(-1),
    onHealth: ({ backups }) => told.push(backups.length),
  });
  assert.equal(upkeep.isBackupDue(Date.now() + 9 * DAY_MS), false, "there is nothing to lose yet");
  await library.save(newGeneration());
  assert.deepEqual([upkeep.isBackupDue(), upkeep.isBackupDue(Date.now() + DAY_MS + 1000)], [false, true]);
  await upkeep.look();
  assert.deepEqual([told, upkeep.health().check?.isWhole], [[-1, 0], false], "a quick check at the start");
  library.withDatabase("ageing", (database) =>
    database.exec(`UPDATE generations SET created_ms = created_ms - ${DAY_MS}`),
  );
  await upkeep.look();
  assert.deepEqual([told, upkeep.health().check?.isWhole], [[-1, 0, -1, 1], true]);
  assert.deepEqual([upkeep.isBackupDue(), upkeep.isBackupDue(Date.now() + DAY_MS + 1000)], [false, true]);
  await upkeep.stop();
});

test("what a backup that was cut off left goes with the next one", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  context.after(() => library.close());
  await library.save(newGeneration());
  mkdirSync(path.join(folder, "backups"));
  for (const name of ["library-v101-20261101T000000.db.tmp", "library-v101-20261101T000000.db.tmp-journal", "work.tmp"])
    writeFileSync(path.join(folder, "backups", name), "x");
  const upkeep = new Upkeep({ library, repair: undefined, emptyOldTrash: () => undefined, onHealth: () => undefined });
  const { file } = await upkeep.backUp();
  assert.deepEqual(readdirSync(path.join(folder, "backups")).sort(), [path.basename(file), "work.tmp"].sort());
});

test("verifying a sound library finds nothing, whoever has it open", async () => {
  await using stand = new StudioStand();
  const { images } = await stand.client.generate({ prompt: "1girl", model: "fake-model", count: 3 });
  await stand.studio.thumbnail(images[0]?.id ?? "");
  await stand.client.trashPictures({ ids: [images[1]?.id ?? ""] });
  const seen: number[] = [];
  const report = await stand.client.verifyLibrary({}, { onProgress: ({ done, total }) => seen.push(done, total) });
  assert.deepEqual(seen, [1, 3, 2, 3, 3, 3]);
  const { isSound, pictures, trashed, database, missing, damaged, orphans, thumbnails, unreadable } = report;
  assert.deepEqual(
    { isSound, pictures, trashed, database, missing, damaged, orphans, thumbnails, unreadable },
    {
      isSound: true,
      pictures: 3,
      trashed: 1,
      database: [],
      missing: [],
      damaged: [],
      orphans: [],
      thumbnails: { count: 1, useless: [] },
      unreadable: [],
    },
  );
  assert.ok(report.bytes > 300);
});

test("verifying names every file that is gone, changed, cut, of no picture, and every thumbnail of no use", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const records = [];
  for (let seed = 0; seed < 6; seed++) records.push(await library.save(newGeneration({ seed })));
  library.close();
  const [gone, flipped, cut, touched, , other] = records.map(({ file, id }) => ({
    file,
    id,
    name: path.relative(folder, file),
  }));
  rmSync(gone?.file ?? "");
  const bytes = readFileSync(flipped?.file ?? "");
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
  writeFileSync(flipped?.file ?? "", bytes);
  writeFileSync(cut?.file ?? "", readFileSync(cut?.file ?? "").subarray(0, 500));
  utimesSync(touched?.file ?? "", 1, 1);
  const month = path.dirname(other?.file ?? "");
  writeFileSync(path.join(month, "holiday.txt"), "x");
  writeFileSync(path.join(month, "0abc.png.tmp"), "x");
  writeFileSync(path.join(month, "zz.png"), "no picture");
  const thumbnails = path.join(folder, "thumbnails");
  mkdirSync(path.join(thumbnails, "zzz"), { recursive: true });
  writeFileSync(path.join(thumbnails, "zzz", "zzzzzzzzzz.webp"), "x");
  mkdirSync(path.join(thumbnails, (other?.id ?? "").slice(0, 3)), { recursive: true });
  writeFileSync(path.join(thumbnails, (other?.id ?? "").slice(0, 3), `${other?.id ?? ""}.webp`), "RIFF....WEBP");
  // SQLite's own shared files come and go with every reader.
  const names = () =>
    readdirSync(folder, { recursive: true })
      .filter((name) => !/-(wal|shm)$/.test(String(name)))
      .sort();
  const before = names();
  const reader = openLibrary(folder, { mode: "read" });
  const report = await verify(reader);
  reader.close();
  assert.equal(report.isSound, false);
  assert.deepEqual(
    report.missing.map(({ id, reason }) => [id, reason]),
    [[gone?.id, "the file is gone"]],
  );
  assert.deepEqual(
    report.damaged.map(({ id }) => id),
    [flipped?.id, cut?.id],
  );
  assert.match(report.damaged[0]?.reason ?? "", /checksum/);
  assert.match(report.damaged[1]?.reason ?? "", /500 bytes instead of \d+; .*ends in the middle|claims/);
  assert.deepEqual(report.orphans.map(({ file }) => path.basename(file)).sort(), [
    "0abc.png.tmp",
    "holiday.txt",
    "zz.png",
  ]);
  assert.equal(report.thumbnails.count, 2);
  assert.deepEqual(report.thumbnails.useless.map(({ reason }) => reason).sort(), [
    "it is not whole",
    "its picture is gone",
  ]);
  assert.deepEqual(names(), before);
});

test("verifying ends when it is cancelled, and a folder without a library is sound and empty", async (context) => {
  const folder = libraryFolder(context);
  const none = openLibrary(folder, { mode: "read" });
  assert.deepEqual([(await verify(none)).pictures, (await verify(none)).isSound], [0, true]);
  none.close();
  const library = openLibrary(folder, { mode: "write" });
  context.after(() => library.close());
  for (let seed = 0; seed < 3; seed++) await library.save(newGeneration({ seed }));
  const abort = new AbortController();
  await assert.rejects(verifyLibrary(library, { signal: abort.signal, onProgress: () => abort.abort() }), {
    code: "job.cancelled",
  });
});

test("a studio that is to stay repairs a damaged library, and tells of it", async () => {
  await using stand = new StudioStand();
  await stand.client.generate({ prompt: "1girl", model: "fake-model", count: 2 });
  await stand.restart("run", () => {
    const file = path.join(stand.library, "library.db");
    writeFileSync(file, readFileSync(file).fill(0xa5, 4096, 12_288));
  });
  const { repair } = await stand.client.libraryHealth({});
  assert.deepEqual([repair?.pictures, repair?.rebuilt], [2, 2]);
  assert.ok(existsSync(path.join(repair?.keptIn ?? "", "library.db")));
});

test("what the library takes is told by part, month and model, and adds up", async () => {
  await using stand = new StudioStand();
  const { client } = stand;
  const { images } = await client.generate({ prompt: "1girl", model: "fake-model", count: 4 });
  const [first, second] = images;
  await client.trashPictures({ ids: [first?.id ?? ""] });
  await stand.studio.thumbnail(second?.id ?? "");
  await client.backupLibrary({});
  const use = await client.diskUse({});
  const sizeOf = (files: readonly string[]): number => files.reduce((sum, file) => sum + readFileSync(file).length, 0);
  assert.deepEqual(use.pictures, { count: 3, sizeBytes: sizeOf(images.slice(1).map(({ file }) => file)) });
  assert.deepEqual(use.trash, { count: 1, sizeBytes: sizeOf([first?.file ?? ""]) });
  assert.deepEqual([use.thumbnails.count, use.backups.count, use.damaged.count], [1, 1, 0]);
  assert.ok(use.database.sizeBytes > 4096 && use.thumbnails.sizeBytes > 20 && use.backups.sizeBytes > 4096);
  assert.deepEqual(use.models, [{ name: "fake-model", ...use.pictures }]);
  assert.equal(
    use.months.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    use.pictures.sizeBytes,
  );
  assert.match(use.months[0]?.name ?? "", /^\d{4}-\d\d$/);
});
