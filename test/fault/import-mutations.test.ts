/** @file Damaged PNGs by the thousand, imported: each imported, known already, silent or refused with a typed error. */

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { importPictures } from "../../src-main/studio/transfer/import-pictures.ts";
import { FOREIGN_TEXTS, foreignPng } from "../fixtures/foreign-pngs.ts";
import { auditLibrary, memoryLibraryFolder } from "../fixtures/library-folder.ts";
import { rounds, tally, timeoutMs } from "../fixtures/loops.ts";
import { mutatedPngs } from "../fixtures/png-mutations.ts";

const COUNT = rounds({ short: 1500, long: 20_000 });
/** Files in a folder at once. */
const BATCH = 500;

test(
  `${COUNT} mutated PNGs are imported: typed, no crash, and the library is sound`,
  { timeout: timeoutMs({ short: 120_000, long: 900_000 }) },
  async (context) => {
    const folder = memoryLibraryFolder(context);
    const from = `${folder}-from`;
    const library = openLibrary(folder, { mode: "write" });
    const counts = { imported: 0, duplicates: 0, silent: 0, refused: 0 };
    const foreign = await Promise.all(Object.keys(FOREIGN_TEXTS).map((tool) => foreignPng(tool)));
    const codes = new Set<string>();
    const importAll = async (): Promise<void> => {
      const report = await importPictures(library, {
        paths: [from],
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onAdded: () => undefined,
      });
      const { found, imported, duplicates, silent, refused } = report;
      assert.equal(imported.length + duplicates.length + silent.length + refused.length, found);
      for (const { error } of refused) codes.add(error.code);
      counts.imported += imported.length;
      counts.duplicates += duplicates.length;
      counts.silent += silent.length;
      counts.refused += refused.length;
      // What was taken is a picture of the library like any other.
      for (const { id } of imported) assert.equal(library.find(id).isFileMissing, false);
      rmSync(from, { recursive: true });
    };
    let index = 0;
    for await (const png of mutatedPngs(COUNT, 3, foreign)) {
      if (index % BATCH === 0) mkdirSync(from);
      writeFileSync(path.join(from, `${index}.png`), png);
      if (++index % BATCH === 0) await importAll();
    }
    if (index % BATCH !== 0) await importAll();
    library.close();
    assert.deepEqual(auditLibrary(folder).findings, []);
    const reopened = openLibrary(folder, { mode: "write" });
    assert.deepEqual([reopened.sweep?.adopted, reopened.sweep?.missing, reopened.sweep?.problems], [[], [], []]);
    reopened.close();
    tally(context, "mutated PNGs imported", { ...counts, codes: [...codes].sort().join(" ") });
    assert.equal(counts.imported + counts.duplicates + counts.silent + counts.refused, COUNT);
    assert.ok(counts.imported > COUNT / 20 && counts.refused > COUNT / 10, JSON.stringify(counts));
    assert.deepEqual(
      [...codes].filter((code) => code !== "image.invalid" && code !== "prompt.too-large" && code !== "file.exists"),
      [],
    );
  },
);
