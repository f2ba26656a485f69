import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import {
  databaseVersion,
  migrate,
  MIGRATIONS,
  requireOrder,
} from "../../../../src-main/studio/library/migrations/index.ts";
import { planAgain } from "../../../../src-main/studio/generation-plan.ts";
import type { Migration } from "../../../../src-main/studio/library/migrations/migration.ts";
import { auditLibrary, libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration } from "../../../fixtures/new-generation.ts";

const LATEST = MIGRATIONS.at(-1)?.version ?? 0;
const STARS: Migration = {
  version: 900,
  name: "stars",
  sql: "ALTER TABLE generations ADD COLUMN star INTEGER NOT NULL DEFAULT 0;",
};
const BROKEN: Migration = {
  version: 900,
  name: "broken",
  sql: "CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1);",
};

function contents(database: Database.Database): unknown {
  return database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
}

test("versions rise, and a list that does not is refused", () => {
  const one = { name: "one", sql: "" };
  assert.throws(
    () =>
      requireOrder([
        { ...one, version: 20 },
        { ...one, version: 20 },
      ]),
    { code: "internal.bug" },
  );
  assert.throws(() => requireOrder([{ ...one, version: 0 }]), { code: "internal.bug" });
  assert.throws(() => requireOrder([{ ...one, version: 1.5 }]), { code: "internal.bug" });
});

test("from every earlier version the same tables come out, each with its version", () => {
  const whole = new Database(":memory:");
  migrate(whole, MIGRATIONS);
  for (let done = 0; done <= MIGRATIONS.length; done++) {
    const database = new Database(":memory:");
    migrate(database, MIGRATIONS.slice(0, done));
    assert.equal(databaseVersion(database), MIGRATIONS[done - 1]?.version ?? 0);
    migrate(database, MIGRATIONS);
    assert.deepEqual(contents(database), contents(whole));
    assert.equal(databaseVersion(database), MIGRATIONS.at(-1)?.version);
  }
});

for (const { version, name } of MIGRATIONS)
  test(`migration ${version} makes strict tables of ${name}, and nothing when it has run already`, () => {
    const database = new Database(":memory:");
    const upTo = MIGRATIONS.filter((migration) => migration.version <= version);
    migrate(database, upTo);
    const before = contents(database);
    migrate(database, upTo);
    assert.deepEqual(contents(database), before);
    const tables = database.pragma("table_list") as { name: string; type: string; strict: number }[];
    assert.ok(tables.some((table) => table.name === name));
    for (const table of tables)
      if (table.type === "table" && !table.name.startsWith("sqlite_")) assert.equal(table.strict, 1, table.name);
  });

test("a picture without the step cache has no skips, another keeps its own and is made again with them", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const stepCache = { calibration: "c".repeat(64), skipped: [4, 5, 7], evaluations: 20 };
  const [plain, skipping] = [await library.save(newGeneration()), await library.save(newGeneration({ stepCache }))];
  assert.equal(library.find(plain.id).stepCache, undefined);
  assert.deepEqual(library.find(skipping.id).stepCache, stepCache);
  assert.deepEqual(planAgain(library.find(skipping.id), "/m").jobs[0]?.stepCache, stepCache);
  library.close();
});

test("a migration that fails leaves the version before, whole", () => {
  const database = new Database(":memory:");
  migrate(database, MIGRATIONS);
  const before = contents(database);
  assert.throws(() => migrate(database, [...MIGRATIONS, BROKEN]), /no such table/);
  assert.deepEqual(contents(database), before);
  assert.equal(databaseVersion(database), MIGRATIONS.at(-1)?.version);
});

test("an existing library is copied before it is migrated, and keeps everything", async (context) => {
  const folder = libraryFolder(context);
  const old = openLibrary(folder, { mode: "write" });
  const record = await old.save(newGeneration());
  old.close();
  assert.equal(readdirSync(folder).includes("backups"), false, "a new library needs no copy");
  const seams = { migrations: [...MIGRATIONS, STARS] };
  const migrated = openLibrary(folder, { mode: "write", seams });
  assert.deepEqual(migrated.find(record.id), record);
  migrated.close();
  const backups = readdirSync(path.join(folder, "backups"));
  assert.equal(backups.length, 1);
  assert.match(backups[0] ?? "", new RegExp(`^library-v${LATEST}-\\d{8}T\\d{6}\\.db$`));
  const copy = new Database(path.join(folder, "backups", backups[0] ?? ""), { readonly: true });
  assert.equal(databaseVersion(copy), LATEST);
  assert.equal(copy.prepare("SELECT count(*) FROM generations").pluck().get(), 1);
  copy.close();
  openLibrary(folder, { mode: "write", seams }).close();
  assert.equal(readdirSync(path.join(folder, "backups")).length, 1, "no migration, no copy");
});

test("a library of a later version is refused to writers and readers, and stays as it is", (context) => {
  const folder = libraryFolder(context);
  openLibrary(folder, { mode: "write", seams: { migrations: [...MIGRATIONS, STARS] } }).close();
  for (const mode of ["write", "read"] as const)
    assert.throws(() => openLibrary(folder, { mode }), {
      code: "library.newer",
      message: new RegExp(`version 900.*up to ${LATEST}$`),
    });
  assert.deepEqual(auditLibrary(folder), { ids: [], findings: [] });
});

test("a reader of a library of an earlier version sees it migrated, and leaves it as it is", async (context) => {
  const folder = libraryFolder(context);
  const writer = openLibrary(folder, { mode: "write" });
  const record = await writer.save(newGeneration());
  const reader = openLibrary(folder, { mode: "read", seams: { migrations: [...MIGRATIONS, STARS] } });
  assert.deepEqual(reader.history({ limit: 2 }), [record], "also what is still in the log of a writer");
  reader.close();
  writer.close();
  const database = new Database(path.join(folder, "library.db"));
  assert.equal(databaseVersion(database), LATEST);
  database.close();
});

test("a database of another program is refused and not touched", (context) => {
  const folder = libraryFolder(context);
  mkdirSync(folder);
  const file = path.join(folder, "library.db");
  const foreign = new Database(file);
  foreign.exec("CREATE TABLE bookmarks (url TEXT)");
  foreign.close();
  for (const mode of ["write", "read"] as const)
    assert.throws(() => openLibrary(folder, { mode }), { code: "library.corrupt", message: /another program/ });
  const after = new Database(file);
  assert.equal(after.pragma("journal_mode", { simple: true }), "delete");
  assert.equal(contents(after) instanceof Array && (contents(after) as unknown[]).length, 1);
  after.close();
  rmSync(file);
});

test("tables that were altered are found when the library is opened", (context) => {
  const folder = libraryFolder(context);
  openLibrary(folder, { mode: "write" }).close();
  const database = new Database(path.join(folder, "library.db"));
  database.exec("DROP INDEX generations_by_time");
  database.close();
  for (const mode of ["write", "read"] as const)
    assert.throws(() => openLibrary(folder, { mode }), { code: "library.corrupt", message: /generations_by_time/ });
});
