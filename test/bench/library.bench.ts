/**
 * @file The library at size: opening, the first page, finding, inserting a row, and a whole durable save.
 *
 * node test/bench/library.bench.ts [--rows 100000] [--saves 300] [--size 1024x1024]
 *
 * Rows are inserted as a save does it, a commit each, over a set of real PNG files; with many rows most of them are written
 * in larger transactions first, and the last 2,000 are measured.
 */

import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { GenerationWriter } from "../../src-main/studio/library/generation-writer.ts";
import { IdSource } from "../../src-main/studio/library/identifiers.ts";
import { imagePath } from "../../src-main/studio/library/image-listing.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { MIGRATIONS } from "../../src-main/studio/library/migrations/index.ts";
import { openWritableDatabase } from "../../src-main/studio/library/writable-database.ts";
import { newGeneration, settingsOf, testImage } from "../fixtures/new-generation.ts";
import { ownPng, ownRecord } from "../fixtures/own-png.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "100000" },
    saves: { type: "string", default: "300" },
    size: { type: "string", default: "1024x1024" },
  },
});
const [rows, saves] = [Number(values.rows), Number(values.saves)];
const [width = 0, height = 0] = values.size.split("x").map(Number);
const MEASURED_INSERTS = 2000;
const base = mkdtempSync(path.join(tmpdir(), "tachie-bench-"));

function percentiles(samples: readonly number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${sorted.length} samples)`;
}

function timed(what: string, run: () => void): void {
  const startedAt = performance.now();
  run();
  console.log(`${what}: ${(performance.now() - startedAt).toFixed(1)} ms`);
}

/** What a long prompt with the usual negative looks like. */
function record(id: string, createdAt: Date, file: string, index: number): GenerationRecord {
  const entry = newGeneration({ seed: index });
  const settings = settingsOf(entry);
  const prompt = `<character_1>\n<n>character ${index % 20_000}</n>\n${"<appearance>long hair, blue eyes</appearance>\n".repeat(12)}</character_1>`;
  return {
    ...settings,
    id,
    file,
    isFileMissing: false,
    createdAt: createdAt.toISOString(),
    prompt,
    tree: {
      characters: Array.from({ length: 12 }, (_entry, n) => ({ field: "appearance", tags: ["long hair", `tag ${n}`] })),
    },
    texts: {
      system: settings.texts.system,
      positive: prompt,
      negative: "lowres, bad anatomy, worst quality, ".repeat(40),
    },
    timings: { ...entry.timings, saveMs: 60, totalMs: 3000 },
  };
}

async function benchRows(): Promise<void> {
  const folder = path.join(base, "rows");
  mkdirSync(folder);
  const database = openWritableDatabase(folder, MIGRATIONS);
  const writer = new GenerationWriter(database);
  const ids = new IdSource(() => false);
  const png = await ownPng(ownRecord());
  const sha256 = createHash("sha256").update(png).digest();
  const insert: number[] = [];
  const begin = Date.UTC(2026, 0, 1);
  const bulk = Math.max(0, rows - MEASURED_INSERTS);
  const one = (index: number): (() => void) => {
    const createdAt = new Date(begin + index * 60_000);
    const id = ids.next(createdAt);
    const file = imagePath(id, createdAt);
    if (index % 100 === 0) {
      // Every hundredth picture is a real file; the sweep has to look at all rows all the same.
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), png);
    }
    const row = record(id, createdAt, path.join(folder, file), index);
    const stored = { file, bytes: png.length, sha256 };
    return index < bulk ? () => writer.insertRows(row, stored) : () => writer.insert(row, stored);
  };
  for (let start = 0; start < bulk; start += 2000)
    writer.transaction(() => {
      for (let index = start; index < Math.min(bulk, start + 2000); index++) one(index)();
    });
  for (let index = bulk; index < rows; index++) {
    const commit = one(index);
    const startedAt = performance.now();
    commit();
    insert.push(performance.now() - startedAt);
  }
  console.log(`insert and commit one picture's rows at ${rows} rows: ${percentiles(insert)}`);
  timed("closing with a checkpoint", () => void database.close());
  console.log(`library.db: ${(statSync(path.join(folder, "library.db")).size / 2 ** 20).toFixed(1)} MiB`);
  timed("quick_check of all of it", () => void new Database(path.join(folder, "library.db")).pragma("quick_check(1)"));
  timed(`opening for writing at ${rows} rows, first time (marks the missing)`, () =>
    openLibrary(folder, { mode: "write" }).close(),
  );
  timed(`opening for writing at ${rows} rows`, () => openLibrary(folder, { mode: "write" }).close());
  timed("opening for reading and the first page of 100", () => {
    const library = openLibrary(folder, { mode: "read" });
    library.history({ limit: 100 });
    library.close();
  });
  const library = openLibrary(folder, { mode: "read" });
  timed("first page of 100", () => void library.history({ limit: 100 }));
  const [newest] = library.history({ limit: 1 });
  timed("find by a prefix of eight", () => void library.find(newest?.id.slice(0, 8) ?? ""));
  library.close();
}

async function benchSaves(): Promise<void> {
  const library = openLibrary(path.join(base, "saves"), { mode: "write" });
  const image = testImage(width, height);
  const [whole, inner]: [number[], number[]] = [[], []];
  for (let seed = 0; seed < saves; seed++) {
    const entry = newGeneration({ seed, image });
    const startedAt = performance.now();
    const { timings } = await library.save(entry);
    whole.push(performance.now() - startedAt);
    inner.push(timings.saveMs);
  }
  console.log(`a whole durable save of ${width}x${height}: ${percentiles(whole)}`);
  console.log(`  of it up to the commit (saveMs): ${percentiles(inner)}`);
  const [{ file } = { file: "" }] = library.history({ limit: 1 });
  console.log(`  each file ${(statSync(file).size / 2 ** 20).toFixed(2)} MiB`);
  library.close();
}

try {
  await benchRows();
  await benchSaves();
} finally {
  rmSync(base, { recursive: true });
}
