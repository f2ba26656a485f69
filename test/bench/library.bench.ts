/**
 * @file The library at size: opening, the first page, finding, searching, inserting a row, and a whole durable save.
 *
 * node test/bench/library.bench.ts [--pictures 100000] [--saves 300] [--size 1024x1024]
 *
 * Rows are inserted as a save does it, a commit each, over at least 1,000 distinct PNG and thumbnail files under a name a
 * picture; most of them are written in larger transactions first, and the last 2,000 are measured. Then every kind of
 * search is run. A line: p50, p95, p99 and the longest in milliseconds, how many were measured, and the limit.
 */

import Database from "better-sqlite3";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { GenerationWriter } from "../../src-main/studio/library/generation-writer.ts";
import { IdSource } from "../../src-main/studio/library/identifiers.ts";
import { imagePath } from "../../src-main/studio/library/image-listing.ts";
import { AlbumStore } from "../../src-main/studio/collections/album-store.ts";
import { MarkStore } from "../../src-main/studio/collections/mark-store.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import type { Library } from "../../src-main/studio/library/library.ts";
import { completeSearch } from "../../src-main/studio/library/search/completion.ts";
import { searchFacets } from "../../src-main/studio/library/search/facets.ts";
import { searchPictures } from "../../src-main/studio/library/search/picture-search.ts";
import { thumbnailPath } from "../../src-main/studio/library/thumbnail-path.ts";
import { MIGRATIONS } from "../../src-main/studio/library/migrations/index.ts";
import { openWritableDatabase } from "../../src-main/studio/library/writable-database.ts";
import { makeFiles, makePrompt, place } from "./library/made-pictures.ts";
import { newGeneration, settingsOf, testImage } from "../fixtures/new-generation.ts";

const { values } = parseArgs({
  options: {
    pictures: { type: "string", default: "100000" },
    saves: { type: "string", default: "300" },
    size: { type: "string", default: "1024x1024" },
  },
});
const [rows, saves] = [Number(values.pictures), Number(values.saves)];
const [width = 0, height = 0] = values.size.split("x").map(Number);
const MEASURED_INSERTS = 2000;
const base = mkdtempSync(path.join(tmpdir(), "tachie-bench-"));

function at(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One line of the table: percentiles in milliseconds, and whether the 95th (of inserts the 99th) is below its limit. */
function tell(what: string, samples: readonly number[], limitMs?: number): void {
  const share = samples.length >= 1000 ? 0.99 : 0.95;
  const figures = [0.5, 0.95, 0.99, 1].map((one) => at(samples, one).toFixed(2).padStart(9)).join("");
  const verdict = limitMs === undefined ? "" : at(samples, share) < limitMs ? `  < ${limitMs}` : `  NOT < ${limitMs}`;
  console.log(`${what.slice(0, 64).padEnd(64)}${figures}${String(samples.length).padStart(6)}${verdict}`);
}

function repeated(count: number, run: () => unknown): number[] {
  return Array.from({ length: count }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
}

function timed(what: string, run: () => void): void {
  const startedAt = performance.now();
  run();
  console.log(`${what}: ${(performance.now() - startedAt).toFixed(1)} ms`);
}

/** Searches of every kind that the language has; each is run with its page, its total, and anew every time. */
const SEARCHES: readonly string[] = [
  "",
  "hair",
  "rain",
  "serafuku",
  "海边",
  "水手服",
  '"blue sky"',
  "blu*",
  "hair left:blue_hair",
  "c2.clothing:serafuku left:blue_hair",
  "right:smile",
  "hair:blue",
  "eyes:red -smile",
  "clothing:dress -clothing=white_dress",
  "count:2girls",
  "-count:2girls -hair",
  "tag:smile or tag:blush or steps<20",
  "seed:42",
  "seed:1000..2000",
  "steps<30",
  "size:1024x1024",
  "toggle:flash",
  "toggle:graph=on",
  "model:starter",
  "lora:ink",
  "solver:euler",
  "date:2026-03",
  "date:2026-01-05..2026-01-20 hair",
  "star",
  "star hair or album:best",
  "note:remember",
  "nothingofthekind",
  "background:street style:sketch count:1girl -rain steps>=20 model:starter",
];
const DISTINCT_FILES = 1000;
/** Prompts are used for a few pictures each, as an author tries seeds. */
const PICTURES_PER_PROMPT = 4;

function record(id: string, createdAt: Date, file: string, index: number): GenerationRecord {
  const entry = newGeneration({ seed: index });
  const settings = settingsOf(entry);
  const prompt = makePrompt(Math.floor(index / PICTURES_PER_PROMPT));
  const steps = 12 + (index % 30);
  return {
    ...settings,
    id,
    file,
    isFileMissing: false,
    createdAt: createdAt.toISOString(),
    width: index % 3 === 0 ? 1024 : 832,
    height: index % 3 === 0 ? 1024 : 1216,
    steps,
    sampling: { ...settings.sampling, steps, solver: index % 5 === 0 ? "rk4" : "euler" },
    model: ["starter", "newbie-exp0.1", "mine"][index % 3] ?? "",
    loras: index % 4 === 0 ? settings.loras : [],
    toggles: { ...settings.toggles, attention: index % 2 === 0 ? "flash" : "plain" },
    prompt,
    tree: { note: "the bench searches by the prompt" },
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
  const made = await makeFiles(path.join(base, "files"), Math.min(DISTINCT_FILES, rows));
  const database = openWritableDatabase(folder, MIGRATIONS);
  const writer = new GenerationWriter(database);
  const ids = new IdSource(() => false);
  const insert: number[] = [];
  const begin = Date.UTC(2026, 0, 1);
  const bulk = Math.max(0, rows - MEASURED_INSERTS);
  const one = (index: number): (() => void) => {
    const createdAt = new Date(begin + index * 60_000);
    const id = ids.next(createdAt);
    const file = imagePath(id, createdAt);
    const from = made[index % made.length];
    if (from === undefined) throw new Error("there are no files");
    place(from.png, path.join(folder, file));
    place(from.thumbnail, path.join(folder, thumbnailPath(id)));
    const row = record(id, createdAt, path.join(folder, file), index);
    const stored = { file, bytes: from.bytes, sha256: from.sha256 };
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
  tell("insert and commit one picture's rows", insert, 10);
  timed("closing with a checkpoint", () => void database.close());
  console.log(`library.db: ${(statSync(path.join(folder, "library.db")).size / 2 ** 20).toFixed(1)} MiB`);
  timed("quick_check of all of it", () => void new Database(path.join(folder, "library.db")).pragma("quick_check(1)"));
  timed(`opening for writing at ${rows} rows`, () => openLibrary(folder, { mode: "write" }).close());
  mark(folder);
  timed("opening for reading and the first page of 100", () => {
    const library = openLibrary(folder, { mode: "read" });
    library.page({ limit: 100 });
    library.close();
  });
  const library = openLibrary(folder, { mode: "read" });
  tell(
    "first page of 100",
    repeated(20, () => library.page({ limit: 100 })),
    100,
  );
  const [newest] = library.history({ limit: 1 });
  timed("find by a prefix of eight", () => void library.find(newest?.id.slice(0, 8) ?? ""));
  benchSearches(library);
  library.close();
}

/** Every hundredth picture has a star, a note, and a place in an album. */
function mark(folder: string): void {
  const library = openLibrary(folder, { mode: "write" });
  const ids = library
    .history({ limit: Math.min(rows, 5000) })
    .flatMap(({ id }, index) => (index % 100 === 0 ? [id] : []));
  const [marks, albums] = [new MarkStore(library), new AlbumStore(library)];
  marks.star(ids, true);
  for (const id of ids) marks.note(id, "remember this one");
  albums.add(albums.create("Best of").id, ids);
  library.close();
}

function benchSearches(library: Library): void {
  const all: number[] = [];
  for (const query of SEARCHES) {
    let total = 0;
    const samples = repeated(10, () => {
      total = searchPictures(library, { query, limit: 100 }).total;
    });
    all.push(...samples);
    tell(`search ${query === "" ? "everything" : query} (${total})`, samples, 150);
  }
  tell("all searches", all, 150);
  const before = searchPictures(library, { query: "hair", limit: 500 }).next;
  if (before !== undefined)
    tell(
      "a later page of a search",
      repeated(10, () => searchPictures(library, { query: "hair", limit: 100, before })),
      150,
    );
  for (const query of ["", "hair", "count:2girls -rain"])
    tell(
      `facets of ${query === "" ? "everything" : query}`,
      repeated(10, () => searchFacets(library, query)),
      150,
    );
  for (const text of ["clothing:wh", "hair:", "blu", "model:", "date:"])
    tell(
      `completion of ${text}`,
      repeated(10, () => completeSearch(library, text, text.length)),
      150,
    );
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
  tell(`a whole durable save of ${width}x${height}`, whole);
  tell("  of it up to the commit (saveMs)", inner);
  const [{ file } = { file: "" }] = library.history({ limit: 1 });
  console.log(`  each file ${(statSync(file).size / 2 ** 20).toFixed(2)} MiB`);
  library.close();
}

console.log(
  `${"milliseconds".padEnd(64)}${["p50", "p95", "p99", "max"].map((name) => name.padStart(9)).join("")}     n`,
);
try {
  await benchRows();
  await benchSaves();
} finally {
  rmSync(base, { recursive: true });
}
