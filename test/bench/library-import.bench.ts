/**
 * @file How many PNGs a second are imported: distinct real pictures, half of them ours and half of other tools, each stored
 * durably; and the same folder once more, where every one is found to be there.
 *
 * node test/bench/library-import.bench.ts [--pictures 2000] [--size 512x512] [--folder DIR]
 *
 * The library is made in DIR, which ought to lie on the disk that is to be measured.
 */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { repairLibrary } from "../../src-main/studio/library/repair.ts";
import { encodePng } from "../../src-main/studio/png/encode-png.ts";
import { writeOwnRecord } from "../../src-main/studio/png/own-record.ts";
import { encodeInternationalText, encodePngText } from "../../src-main/studio/png/png-texts.ts";
import { importPictures } from "../../src-main/studio/transfer/import-pictures.ts";
import { FOREIGN_TEXTS } from "../fixtures/foreign-pngs.ts";
import { testImage } from "../fixtures/new-generation.ts";
import { ownRecord } from "../fixtures/own-png.ts";

const { values } = parseArgs({
  options: {
    pictures: { type: "string", default: "2000" },
    size: { type: "string", default: "512x512" },
    folder: { type: "string", default: tmpdir() },
  },
});
const count = Number(values.pictures);
const [width = 0, height = 0] = values.size.split("x").map(Number);
/** As large as pictures of that size are: about half of random bytes. */
const DISTINCT_IMAGES = 8;
const base = mkdtempSync(path.join(values.folder, "tachie-bench-"));
const from = path.join(base, "from");

async function makePictures(): Promise<number> {
  const { mkdirSync } = await import("node:fs");
  mkdirSync(from);
  const tools = Object.keys(FOREIGN_TEXTS);
  const bodies: Buffer[] = [];
  for (let seed = 0; seed < DISTINCT_IMAGES; seed++) bodies.push(await encodePng(testImage(width, height, seed), []));
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const body = bodies[index % DISTINCT_IMAGES] ?? Buffer.alloc(0);
    const id = createHash("sha256").update(String(index)).digest("hex").slice(0, 10);
    const texts = FOREIGN_TEXTS[tools[(index >> 1) % tools.length] ?? ""]?.(index) ?? {};
    const chunks =
      index % 2 === 0
        ? [
            encodeInternationalText({
              keyword: "tachie",
              text: writeOwnRecord(ownRecord({ id, seed: index, width, height }), "0.1.0"),
            }),
          ]
        : Object.entries(texts).map(([keyword, text]) => encodePngText({ keyword, text }));
    const png = Buffer.concat([body.subarray(0, 33), ...chunks, body.subarray(33)]);
    writeFileSync(path.join(from, `${index}.png`), png);
    bytes += png.length;
  }
  return bytes;
}

function rate(what: string, pictures: number, bytes: number, ms: number): void {
  const perSecond = ((pictures * 1000) / ms).toFixed(0);
  console.log(
    `${what}: ${perSecond} a second (${pictures} in ${(ms / 1000).toFixed(1)} s, ${(bytes / 1e3 / ms).toFixed(0)} MB/s)`,
  );
}

try {
  const bytes = await makePictures();
  console.log(`${count} PNGs of ${values.size}, ${(bytes / count / 1e6).toFixed(2)} MB each`);
  const folder = path.join(base, "library");
  const library = openLibrary(folder, { mode: "write" });
  const options = {
    paths: [from],
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onAdded: () => undefined,
  };
  const first = await importPictures(library, options);
  rate("imported", first.imported.length, bytes, first.durationMs);
  const second = await importPictures(library, options);
  rate("found to be there", second.duplicates.length, bytes, second.durationMs);
  library.close();
  const startedAt = performance.now();
  const rebuilt = repairLibrary(folder, { why: "pictures" })?.rebuilt ?? 0;
  rate("rebuilt from what the pictures tell", rebuilt, bytes, performance.now() - startedAt);
  console.log(`library.db: ${(statSync(path.join(folder, "library.db")).size / 2 ** 20).toFixed(1)} MiB`);
  if (first.imported.length !== count || second.duplicates.length !== count || rebuilt !== count) process.exitCode = 1;
} finally {
  rmSync(base, { recursive: true });
}
