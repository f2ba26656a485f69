/** @file Real small file systems: read-only ones, and ones filled to the last block in the middle of saving. */

import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TachieError } from "../../src-main/contract/errors.ts";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { auditLibrary, filesIn, libraryFolder } from "../fixtures/library-folder.ts";
import { cannotMount, mountSmall, remount } from "../fixtures/mount.ts";
import { newGeneration, testImage } from "../fixtures/new-generation.ts";

const skip = cannotMount ?? false;
const BLOCK = 4096;

async function fillLibrary(folder: string, count: number): Promise<GenerationRecord[]> {
  const library = openLibrary(folder, { mode: "write" });
  const records = [];
  for (let seed = 0; seed < count; seed++) records.unshift(await library.save(newGeneration({ seed })));
  library.close();
  return records;
}

test("on a read-only file system readers read, and writers are told", { skip }, async (context) => {
  const disk = mountSmall(context, 4 << 20);
  const folder = path.join(disk, "library");
  const records = await fillLibrary(folder, 3);
  // As a crash leaves it: log and shared memory beside the database, then the same without the latter.
  const crashed = path.join(disk, "crashed");
  const writer = openLibrary(folder, { mode: "write" });
  records.unshift(await writer.save(newGeneration({ seed: 99 })));
  cpSync(folder, crashed, { recursive: true });
  cpSync(folder, `${crashed}-copied`, { recursive: true });
  rmSync(path.join(`${crashed}-copied`, "library.db-shm"));
  writer.close();
  remount(disk, "ro");
  const before = filesIn(disk);
  const inFolder = (place: string) =>
    records.map((record) => ({ ...record, file: record.file.replace(folder, place) }));
  for (const place of [folder, crashed, `${crashed}-copied`]) {
    const reader = openLibrary(place, { mode: "read" });
    assert.deepEqual(reader.history({ limit: 10 }), inFolder(place), place);
    reader.close();
    assert.throws(() => openLibrary(place, { mode: "write" }), { code: "library.read-only" });
  }
  assert.deepEqual(openLibrary(path.join(disk, "none"), { mode: "read" }).history({ limit: 1 }), []);
  assert.throws(() => openLibrary(path.join(disk, "none"), { mode: "write" }), { code: "library.read-only" });
  assert.deepEqual(filesIn(disk), before);
});

test(
  "a disk that becomes read-only while the library is open refuses the save and keeps the rest",
  { skip },
  async (context) => {
    const disk = mountSmall(context, 4 << 20);
    const folder = path.join(disk, "library");
    const records = await fillLibrary(folder, 2);
    // tmpfs cannot be remounted while files are open for writing, so a bind mount over the pictures takes its place.
    const library = openLibrary(folder, { mode: "write" });
    const images = path.join(folder, "images");
    const { spawnSync } = await import("node:child_process");
    assert.equal(spawnSync("mount", ["--bind", images, images]).status, 0);
    try {
      assert.equal(spawnSync("mount", ["-o", "remount,bind,ro", images]).status, 0);
      await assert.rejects(library.save(newGeneration()), { code: "library.read-only" });
    } finally {
      spawnSync("umount", [images]);
    }
    await library.save(newGeneration());
    library.close();
    const { ids, findings } = auditLibrary(folder);
    assert.deepEqual([ids.length, findings], [records.length + 1, []]);
  },
);

test(
  "a disk filled to the last block, at every stage of a save: typed, nothing half, and it goes on once there is room",
  { skip },
  async (context) => {
    const outcomes = { saved: 0, refused: 0 };
    // With every number of free blocks a save gets one step further before it runs out.
    for (const free of [0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40]) {
      const disk = mountSmall(context, 2 << 20);
      const folder = path.join(disk, "library");
      const library = openLibrary(folder, { mode: "write" });
      const kept = [await library.save(newGeneration({ seed: 1 })), await library.save(newGeneration({ seed: 2 }))];
      const ballast = fillUpTo(disk, free);
      for (let attempt = 0; attempt < 3; attempt++)
        try {
          // New texts each time, so that the tables grow as well.
          kept.push(
            await library.save(
              newGeneration({ prompt: `prompt ${attempt} `.repeat(500), image: testImage(24, 24, attempt) }),
            ),
          );
          outcomes.saved++;
        } catch (error) {
          assert.equal((error as TachieError).code, "disk.full", String(error));
          outcomes.refused++;
        }
      for (const record of kept) assert.deepEqual(library.find(record.id), record);
      assert.deepEqual(
        filesIn(folder).filter((file) => file.endsWith(".tmp")),
        [],
      );
      const pictures = filesIn(path.join(folder, "images"));
      assert.equal(pictures.length, kept.length, `with ${free} blocks free`);
      // A reader finds its way on the full disk too.
      const reader = openLibrary(folder, { mode: "read" });
      assert.equal(reader.history({ limit: 10 }).length, kept.length);
      reader.close();
      rmSync(ballast);
      kept.push(await library.save(newGeneration({ seed: 3 })));
      library.close();
      const { ids, findings } = auditLibrary(folder);
      assert.deepEqual([findings, ids], [[], kept.map(({ id }) => id).sort()], `with ${free} blocks free`);
    }
    assert.ok(outcomes.saved > 3 && outcomes.refused > 20, JSON.stringify(outcomes));
  },
);

test(
  "a library on a disk that is full already: readers read, a writer is told, nothing is harmed",
  { skip },
  async (context) => {
    const disk = mountSmall(context, 2 << 20);
    const folder = path.join(disk, "library");
    const records = await fillLibrary(folder, 3);
    const ballast = fillUpTo(disk, 0);
    const reader = openLibrary(folder, { mode: "read" });
    assert.deepEqual(reader.history({ limit: 10 }), records);
    reader.close();
    assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "disk.full" });
    assert.throws(() => openLibrary(path.join(disk, "another"), { mode: "write" }), { code: "disk.full" });
    rmSync(ballast);
    const writer = openLibrary(folder, { mode: "write" });
    assert.deepEqual(writer.history({ limit: 10 }), records);
    writer.close();
    assert.deepEqual(auditLibrary(folder).findings, []);
  },
);

test("a migration on a full disk changes nothing", { skip }, async (context) => {
  const { MIGRATIONS } = await import("../../src-main/studio/library/migrations/index.ts");
  const stars = {
    version: 900,
    name: "stars",
    sql: "ALTER TABLE generations ADD COLUMN star INTEGER NOT NULL DEFAULT 0;",
  };
  const disk = mountSmall(context, 2 << 20);
  const folder = path.join(disk, "library");
  const records = await fillLibrary(folder, 2);
  const migrations = [...MIGRATIONS, stars];
  let refused = 0;
  for (let free = 0; ; free += 2) {
    const ballast = fillUpTo(disk, free);
    try {
      openLibrary(folder, { mode: "write", seams: { migrations } }).close();
      break; // room enough
    } catch (error) {
      assert.equal((error as TachieError).code, "disk.full", String(error));
      refused++;
    } finally {
      rmSync(ballast);
    }
    assert.deepEqual(
      filesIn(folder).filter((file) => file.endsWith(".tmp")),
      [],
    );
    const library = openLibrary(folder, { mode: "write" });
    assert.deepEqual(library.history({ limit: 5 }), records);
    library.close();
  }
  assert.ok(refused > 5, `${refused} refused`);
  const library = openLibrary(folder, { mode: "write", seams: { migrations } });
  assert.deepEqual(library.history({ limit: 5 }), records);
  library.close();
});

test(
  "a folder that may not be written to is read-only for us, whoever we are",
  { skip: process.getuid?.() === 0 ? "root may write anywhere" : false },
  async (context) => {
    const folder = libraryFolder(context);
    const records = await fillLibrary(folder, 1);
    const { chmodSync } = await import("node:fs");
    chmodSync(folder, 0o555);
    try {
      assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "library.read-only" });
      assert.deepEqual(openLibrary(folder, { mode: "read" }).history({ limit: 2 }), records);
    } finally {
      chmodSync(folder, 0o755);
    }
  },
);

/** Fills a file system until only `free` blocks are left. Returns the file that does it. */
function fillUpTo(disk: string, free: number): string {
  const ballast = path.join(disk, "ballast");
  mkdirSync(disk, { recursive: true });
  const { bavail, bsize } = statfsSync(disk);
  assert.equal(bsize, BLOCK);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail - free) * BLOCK));
  return ballast;
}
