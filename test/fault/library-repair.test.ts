/**
 * @file Damaged databases and what becomes of them: a typed outcome each, the damaged files kept, every picture back whose
 * PNG is whole, and the library sound afterwards.
 */

import assert from "node:assert/strict";
import Database from "better-sqlite3";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { backUp } from "../../src-main/studio/library/backups.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { openOrRepair } from "../../src-main/studio/library/open-or-repair.ts";
import { repairLibrary } from "../../src-main/studio/library/repair.ts";
import { importPictures } from "../../src-main/studio/transfer/import-pictures.ts";
import { FOREIGN_TEXTS, foreignPng } from "../fixtures/foreign-pngs.ts";
import { auditLibrary, memoryLibraryFolder } from "../fixtures/library-folder.ts";
import { rounds, tally } from "../fixtures/loops.ts";
import { cannotMount, mountSmall, remount } from "../fixtures/mount.ts";
import { newGeneration, testImage } from "../fixtures/new-generation.ts";

const COUNT = rounds({ short: 40, long: 100 });
const PICTURES = 16;

interface Made {
  readonly folder: string;
  readonly ids: readonly string[];
}

/** A library with a backup that lacks its last pictures, and its log as a crash leaves it. */
async function makeLibrary(context: TestContext): Promise<Made> {
  const folder = memoryLibraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const ids: string[] = [];
  for (let seed = 0; seed < PICTURES; seed++) {
    const entry = newGeneration({ seed, prompt: `prompt ${seed} `.repeat(200), image: testImage(4, 4, seed) });
    ids.push((await library.save(entry)).id);
    if (seed === PICTURES / 2) library.withDatabase("backing up", (database) => backUp(database, folder));
  }
  const crashed = `${folder}-crashed`;
  cpSync(folder, crashed, { recursive: true });
  library.close();
  return { folder: crashed, ids };
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed * 7919 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Damage = (folder: string, random: (below: number) => number) => void;
const at = (folder: string, ending = ""): string => path.join(folder, `library.db${ending}`);

/** As SQLite leaves it after an orderly end: one file, so that there is something in it to damage. */
function checkpoint(folder: string): void {
  const database = new Database(at(folder));
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  "flipped bits"(folder, random) {
    checkpoint(folder);
    const bytes = readFileSync(at(folder));
    for (let flips = 1 + random(60); flips > 0; flips--) {
      const place = random(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random(8));
    }
    writeFileSync(at(folder), bytes);
  },
  "flipped bits in the log"(folder, random) {
    const bytes = readFileSync(at(folder, "-wal"));
    for (let flips = 1 + random(60); flips > 0; flips--) {
      const place = random(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random(8));
    }
    writeFileSync(at(folder, "-wal"), bytes);
  },
  truncation(folder, random) {
    checkpoint(folder);
    truncateSync(at(folder), random(readFileSync(at(folder)).length));
  },
  "a zeroed page"(folder, random) {
    checkpoint(folder);
    const bytes = readFileSync(at(folder));
    const page = 4096 * random(bytes.length / 4096);
    writeFileSync(at(folder), bytes.fill(0, page, page + 4096));
  },
  "a page in another's place"(folder, random) {
    checkpoint(folder);
    const bytes = readFileSync(at(folder));
    const [from, to] = [4096 * random(bytes.length / 4096), 4096 * random(bytes.length / 4096)];
    bytes.copyWithin(to, from, from + 4096);
    writeFileSync(at(folder), bytes);
  },
  "a log that is gone"(folder) {
    rmSync(at(folder, "-wal"));
    rmSync(at(folder, "-shm"), { force: true });
  },
  "a database that is gone"(folder) {
    rmSync(at(folder));
  },
  "an empty database"(folder) {
    writeFileSync(at(folder), "");
  },
  "a foreign file"(folder, random) {
    rmSync(at(folder, "-wal"));
    writeFileSync(at(folder), Buffer.alloc(5000 + random(5000), "no database at all "));
  },
  "a foreign database"(folder) {
    for (const ending of ["", "-wal", "-shm"]) rmSync(at(folder, ending), { force: true });
    const foreign = new Database(at(folder));
    foreign.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('mine')");
    foreign.close();
  },
};

test(`${COUNT} damaged databases are repaired: typed, sound, every picture there, what was damaged kept`, async (context) => {
  const made = await makeLibrary(context);
  const folder = `${made.folder}-damaged`;
  const outcomes: Record<string, number> = { sound: 0, "from a backup": 0, "from the pictures": 0 };
  for (let index = 0; index < COUNT; index++) {
    const random = randomFrom(index + 1);
    const [what, damage] = Object.entries(DAMAGES)[index % Object.keys(DAMAGES).length] ?? assert.fail();
    rmSync(folder, { recursive: true, force: true });
    cpSync(made.folder, folder, { recursive: true });
    // In a third there is no backup, or one that is no good.
    if (index % 3 === 1) rmSync(path.join(folder, "backups"), { recursive: true });
    if (index % 3 === 2)
      for (const name of readdirSync(path.join(folder, "backups")))
        truncateSync(path.join(folder, "backups", name), 9000);
    damage(folder, random);
    const before = existsSync(at(folder)) ? readFileSync(at(folder)) : undefined;
    const where = `${what} (case ${index})`;
    try {
      const { library, repair } = openOrRepair(folder);
      const pictures = library.history({ limit: 100 }).map(({ id }) => id);
      library.close();
      assert.deepEqual(pictures.sort(), [...made.ids].sort(), where);
      const audit = auditLibrary(folder);
      assert.deepEqual(audit.findings, [], where);
      if (repair === undefined) {
        outcomes["sound"] = (outcomes["sound"] ?? 0) + 1;
        continue;
      }
      const source = repair.backup === undefined ? "from the pictures" : "from a backup";
      outcomes[source] = (outcomes[source] ?? 0) + 1;
      assert.equal(repair.pictures, PICTURES, where);
      if (before !== undefined && before.length > 0)
        assert.deepEqual(readFileSync(path.join(repair.keptIn ?? "", "library.db")), before, where);
    } catch (cause) {
      throw new Error(where, { cause });
    }
  }
  tally(context, "damaged databases that were opened to stay", { databases: COUNT, ...outcomes });
  assert.ok(
    Object.values(outcomes).every((count) => count > 1),
    JSON.stringify(outcomes),
  );
});

test(
  "on a read-only file system a damaged library is a typed error, and nothing is moved",
  { skip: cannotMount ?? false },
  async (context) => {
    const made = await makeLibrary(context);
    const disk = mountSmall(context, 8 << 20);
    const folder = path.join(disk, "library");
    cpSync(made.folder, folder, { recursive: true });
    checkpoint(folder);
    writeFileSync(at(folder), readFileSync(at(folder)).fill(0xa5, 4096, 12_288));
    remount(disk, "ro");
    const before = readdirSync(folder, { recursive: true });
    assert.throws(() => openOrRepair(folder), { code: "library.read-only" });
    assert.throws(() => repairLibrary(folder, { why: "pictures" }), { code: "library.read-only" });
    assert.deepEqual(readdirSync(folder, { recursive: true }), before);
  },
);

test(
  "a repair on a disk that is full is a typed error, and works once there is room",
  { skip: cannotMount ?? false },
  async (context) => {
    const made = await makeLibrary(context);
    let refused = 0;
    for (const free of [0, 2, 8, 20, 40, 60]) {
      const disk = mountSmall(context, 4 << 20);
      const folder = path.join(disk, "library");
      cpSync(made.folder, folder, { recursive: true });
      checkpoint(folder);
      const damaged = readFileSync(at(folder)).fill(0xa5, 4096, 12_288);
      writeFileSync(at(folder), damaged);
      const ballast = path.join(disk, "ballast");
      const { bavail, bsize } = (await import("node:fs")).statfsSync(disk);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail - free) * bsize));
      try {
        repairLibrary(folder, { why: "damage" });
      } catch (error) {
        if (!isTachieError(error, "disk.full")) throw error;
        refused++;
        assert.deepEqual(readFileSync(at(folder)), damaged, "still where it was");
      }
      rmSync(ballast);
      const { library } = openOrRepair(folder);
      assert.equal(library.page({ limit: 1 }).total, PICTURES);
      library.close();
      assert.deepEqual(auditLibrary(folder).findings, []);
    }
    assert.ok(refused >= 3, `${refused} refused`);
  },
);

test("a repair that is cut off at any of its moves is finished, or begun again, by whoever opens the library next", async (context) => {
  const made = await makeLibrary(context);
  // What putting the new database in place has done so far: which names are moved away, and whether the last is done.
  const names = ["library.db", "library.db-wal", "library.db-shm"];
  for (let moved = 0; moved <= names.length; moved++) {
    const folder = `${made.folder}-cut-${moved}`;
    cpSync(made.folder, folder, { recursive: true });
    const restored = path.join(folder, "library-restored.db");
    copyFileSync(path.join(folder, "backups", readdirSync(path.join(folder, "backups"))[0] ?? ""), restored);
    const kept = path.join(folder, "damaged", "20261125T000000");
    mkdirSync(kept, { recursive: true });
    for (const name of names.slice(0, moved)) {
      copyFileSync(path.join(folder, name), path.join(kept, name));
      rmSync(path.join(folder, name));
    }
    const { library } = openOrRepair(folder);
    assert.equal(library.page({ limit: 1 }).total, PICTURES, `${moved} moved`);
    library.close();
    assert.deepEqual(auditLibrary(folder).findings, [], `${moved} moved`);
  }
});

const REBUILT = 300;

test(`a rebuilding brings back every one of ${REBUILT} pictures whose PNG is whole, and names the others`, async (context) => {
  const folder = memoryLibraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const ids: string[] = [];
  const ours = REBUILT / 2;
  for (let seed = 0; seed < ours; seed++)
    ids.push(
      (
        await library.save(
          newGeneration({
            seed,
            prompt: `<character_1><n>number ${seed}</n></character_1>`,
            image: testImage(16, 16, seed),
          }),
        )
      ).id,
    );
  const from = `${folder}-from`;
  mkdirSync(from);
  const tools = Object.keys(FOREIGN_TEXTS);
  for (let index = 0; index < REBUILT - ours; index++)
    writeFileSync(path.join(from, `${index}.png`), await foreignPng(tools[index % tools.length] ?? "", index));
  const signal = new AbortController().signal;
  const { imported } = await importPictures(library, {
    paths: [from],
    signal,
    onProgress: () => undefined,
    onAdded: () => undefined,
  });
  ids.push(...imported.map(({ id }) => id));
  const records = new Map(library.history({ limit: REBUILT }).map((record) => [record.id, record]));
  library.close();
  assert.equal(records.size, REBUILT);
  // Every twentieth is damaged: cut, a bit of its record, a bit of its pixels.
  const damaged = ids.filter((_, index) => index % 20 === 7);
  for (const [index, id] of damaged.entries()) {
    const file = records.get(id)?.file ?? "";
    const bytes = readFileSync(file);
    const place = index % 3 === 1 ? bytes.indexOf("tachie") + 40 : bytes.length - 20;
    if (index % 3 === 0) truncateSync(file, bytes.length >> 1);
    else {
      bytes[place] = (bytes[place] ?? 0) ^ 4;
      writeFileSync(file, bytes);
    }
  }
  writeFileSync(path.join(folder, "library.db"), Buffer.alloc(20_000, 7));
  const report = repairLibrary(folder, { why: "damage" }) ?? assert.fail();
  assert.equal(report.rebuilt, REBUILT - damaged.length);
  assert.equal(report.problems.length, damaged.length);
  const rebuilt = openLibrary(folder, { mode: "read" });
  for (const { timings, ...record } of records.values()) {
    if (damaged.includes(record.id)) continue;
    const { timings: found, ...rest } = rebuilt.find(record.id);
    assert.deepEqual(rest, record);
    // How long its own saving took is the one thing that a picture cannot know.
    assert.deepEqual({ ...found, saveMs: 0, totalMs: 0 }, { ...timings, saveMs: 0, totalMs: 0 });
  }
  rebuilt.close();
  tally(context, "rebuilt from the pictures alone", {
    pictures: REBUILT,
    damaged: damaged.length,
    rebuilt: report.rebuilt,
  });
});
