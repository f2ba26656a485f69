/** @file Damaged databases: every one ends in pictures or in a typed error, for writers and readers, and never in a crash. */

import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../src-main/contract/errors.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { memoryLibraryFolder } from "../fixtures/library-folder.ts";
import { newGeneration, testImage } from "../fixtures/new-generation.ts";

const COUNT = Number(process.env["TACHIE_DAMAGED_DATABASES"] ?? 120);
const CODES: readonly ErrorCode[] = ["library.corrupt", "library.newer", "library.not-found", "file.unreadable"];

/** A library of some pages; with its log as a crash leaves it where `isCrashed`. */
async function makeLibrary(context: TestContext, isCrashed: boolean): Promise<string> {
  const folder = memoryLibraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  for (let seed = 0; seed < 12; seed++)
    await library.save(newGeneration({ seed, prompt: `prompt ${seed} `.repeat(200), image: testImage(4, 4, seed) }));
  if (!isCrashed) {
    library.close();
    return folder;
  }
  const crashed = `${folder}-crashed`;
  cpSync(folder, crashed, { recursive: true });
  library.close();
  return crashed;
}

/** @returns the code of what was thrown, or "ok" */
function use(folder: string, mode: "read" | "write"): string {
  let library;
  try {
    library = openLibrary(folder, { mode });
    for (const { id } of library.history({ limit: 100 })) library.find(id);
    return "ok";
  } catch (error) {
    if (isTachieError(error) && CODES.includes(error.code)) return error.code;
    throw new Error("untyped", { cause: error });
  } finally {
    library?.close();
  }
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function flip(bytes: Buffer, at: number, bit: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

function damage(file: string, kind: number, random: (below: number) => number): string {
  const bytes = readFileSync(file);
  const at = random(Math.max(1, bytes.length));
  switch (kind) {
    case 0:
      for (let flips = 1 + random(30); flips > 0; flips--) flip(bytes, random(bytes.length), random(8));
      writeFileSync(file, bytes);
      return "flipped bits";
    case 1:
      truncateSync(file, at);
      return `cut at ${at}`;
    case 2: {
      const page = 4096 * random(Math.ceil(bytes.length / 4096));
      writeFileSync(file, bytes.fill(0, page, page + 4096));
      return `page at ${page} zeroed`;
    }
    case 3: {
      const [from, to] = [4096 * random(bytes.length / 4096), 4096 * random(bytes.length / 4096)];
      bytes.copyWithin(to, from, from + 4096);
      writeFileSync(file, bytes);
      return `page at ${from} copied to ${to}`;
    }
    case 4:
      // Near the beginning: the header and the tables' own definitions.
      for (let flips = 1 + random(5); flips > 0; flips--) bytes[random(Math.min(4096, bytes.length))] = random(256);
      writeFileSync(file, bytes);
      return "first page overwritten";
    default:
      writeFileSync(file, Buffer.concat([bytes.subarray(0, at), Buffer.alloc(5000, random(256))]));
      return `foreign bytes from ${at}`;
  }
}

test(`${COUNT} damaged databases: typed or sound, read as well as written`, async (context) => {
  const originals = [await makeLibrary(context, false), await makeLibrary(context, true)];
  const outcomes = new Map<string, number>();
  const folder = `${originals[0] ?? ""}-damaged`;
  for (let index = 0; index < COUNT; index++) {
    const random = randomFrom(index + 1);
    const original = originals[index % 2] ?? assert.fail();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const names = index % 2 === 0 ? ["library.db"] : ["library.db", "library.db-wal", "library.db-shm"];
    for (const name of names) copyFileSync(path.join(original, name), path.join(folder, name));
    const target = names[random(names.length)] ?? "library.db";
    const what = `${damage(path.join(folder, target), random(6), random)} in ${target} (case ${index})`;
    for (const mode of ["read", "write", "read"] as const) {
      try {
        const outcome = `${mode} ${use(folder, mode)}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (cause) {
        throw new Error(`${what}, ${mode}`, { cause });
      }
    }
  }
  context.diagnostic(JSON.stringify(Object.fromEntries(outcomes)));
  assert.ok((outcomes.get("write library.corrupt") ?? 0) > COUNT / 5, "the damage is not found");
});

test("a log that is missing loses its rows from the table only: the pictures bring them back", async (context) => {
  const crashed = await makeLibrary(context, true);
  rmSync(path.join(crashed, "library.db-wal"));
  rmSync(path.join(crashed, "library.db-shm"));
  const library = openLibrary(crashed, { mode: "write" });
  assert.equal(library.history({ limit: 100 }).length, 12);
  library.close();
});

test("a damaged database is refused to a writer before anything is changed in it", async (context) => {
  const folder = await makeLibrary(context, false);
  const file = path.join(folder, "library.db");
  const bytes = readFileSync(file).fill(0xa5, 8192, 12288);
  writeFileSync(file, bytes);
  assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "library.corrupt", where: file });
  assert.deepEqual(readFileSync(file), bytes);
  for (const content of ["", "not a database, but a long enough text ".repeat(50)]) {
    writeFileSync(file, content);
    if (content !== "") assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "library.corrupt" });
    else {
      const rebuilt = openLibrary(folder, { mode: "write" });
      assert.equal(rebuilt.sweep?.adopted.length, 12);
      rebuilt.close();
    }
  }
});

test("a folder or a file in the wrong place is a typed error", (context) => {
  const folder = memoryLibraryFolder(context);
  mkdirSync(path.join(folder, "library.db"), { recursive: true });
  for (const mode of ["read", "write"] as const)
    assert.throws(() => openLibrary(folder, { mode }), { code: "file.unreadable" });
  const file = path.join(folder, "a file");
  writeFileSync(file, "");
  assert.throws(() => openLibrary(file, { mode: "read" }), { code: "file.unreadable" });
  assert.throws(() => openLibrary(file, { mode: "write" }), { code: /^file\./ });
  assert.throws(() => openLibrary(path.join(file, "below"), { mode: "write" }), { code: /^file\./ });
});
