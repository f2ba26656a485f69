import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import sharp from "sharp";
import type { GenerationRecord } from "../../../../src-main/contract/generation.ts";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { readPngMetadata } from "../../../../src-main/studio/png/png-metadata.ts";
import { barePng } from "../../../../src-main/studio/transfer/bare-png.ts";
import { exportPictures } from "../../../../src-main/studio/transfer/export-pictures.ts";
import type { ExportOptions } from "../../../../src-main/studio/transfer/export-pictures.ts";
import { readZip } from "../../../fixtures/read-zip.ts";
import { cannotMount, mountSmall } from "../../../fixtures/mount.ts";
import { libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration, testImage } from "../../../fixtures/new-generation.ts";
import { pngWithTexts } from "../../../fixtures/own-png.ts";

async function stand(context: TestContext, count = 3) {
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  context.after(() => library.close());
  const records: GenerationRecord[] = [];
  for (let seed = 1; seed <= count; seed++)
    records.push(await library.save(newGeneration({ seed, image: testImage(32, 48, seed) })));
  const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-export-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (as: ExportOptions["as"], changes: Partial<ExportOptions> = {}) =>
    exportPictures(library, {
      ids: records.map(({ id }) => id),
      as,
      folder,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...changes,
    });
  return { library, records, folder, run };
}

const pixelsOf = (file: string | Buffer) => sharp(file).removeAlpha().raw().toBuffer();

test("a PNG is the file as it is; nothing is overwritten, and nothing temporary stays", async (context) => {
  const { records, folder, run } = await stand(context);
  writeFileSync(path.join(folder, `${records[0]?.id ?? ""}.png`), "mine");
  const { files, sizeBytes, refused } = await run("png");
  assert.deepEqual(refused, []);
  assert.deepEqual(
    files.map((file) => path.basename(file)),
    [`${records[0]?.id ?? ""}-2.png`, `${records[1]?.id ?? ""}.png`, `${records[2]?.id ?? ""}.png`],
  );
  for (const [index, { file }] of records.entries())
    assert.deepEqual(readFileSync(files[index] ?? ""), readFileSync(file));
  assert.equal(
    sizeBytes,
    files.reduce((sum, file) => sum + readFileSync(file).length, 0),
  );
  assert.equal(readFileSync(path.join(folder, `${records[0]?.id ?? ""}.png`), "utf8"), "mine");
  assert.equal(readdirSync(folder).length, 4);
});

test("a bare PNG has the same pixels and not a word of the prompt", async (context) => {
  const { records, run } = await stand(context);
  const { files } = await run("bare-png");
  for (const [index, { file }] of records.entries()) {
    const bare = readFileSync(files[index] ?? "");
    assert.deepEqual(await pixelsOf(bare), await pixelsOf(file));
    assert.deepEqual(readPngMetadata(bare).texts, []);
    assert.equal(bare.includes("rem_"), false);
  }
  const palette = await sharp({ create: { width: 8, height: 8, channels: 4, background: "#f008" } })
    .png({ palette: true })
    .toBuffer();
  assert.deepEqual(
    await sharp(barePng(palette, "x")).raw().toBuffer(),
    await sharp(palette).raw().toBuffer(),
    "colours and transparency stay",
  );
  const texts = await pngWithTexts({ parameters: "secret", Comment: "secret" });
  assert.equal(barePng(Buffer.concat([texts, Buffer.from("secret behind the end")]), "x").includes("secret"), false);
  assert.throws(() => barePng(texts.subarray(0, 200), "x"), { code: "image.invalid" });
});

test("a WebP shows the picture, and carries the prompt in UserComment as A1111 writes it", async (context) => {
  const { records, run } = await stand(context, 1);
  const { files } = await run("webp");
  const metadata = await sharp(files[0]).metadata();
  assert.deepEqual([metadata.format, metadata.width, metadata.height], ["webp", 32, 48]);
  const { exif = Buffer.alloc(0) } = metadata;
  const start = exif.indexOf("UNICODE\0") + 8;
  assert.ok(start > 8);
  const comment = Buffer.from(exif.subarray(start)).swap16().toString("utf16le");
  assert.ok(comment.startsWith("<character_1>") && comment.includes("二人"), comment);
  assert.match(comment, /\nSteps: \d+, Sampler: .*Seed: 1, Size: 32x48/);
  const [made, kept] = [await pixelsOf(files[0] ?? ""), await pixelsOf(records[0]?.file ?? "")];
  const difference = made.reduce((sum, value, index) => sum + Math.abs(value - (kept[index] ?? 0)), 0) / made.length;
  assert.ok(difference < 25, `${difference} of 255 on average for noise`);
});

test("a ZIP holds the pictures as they are and the prompts as they were written", async (context) => {
  const { records, folder, run } = await stand(context);
  const { files } = await run("zip", { name: "二人" });
  assert.deepEqual(files, [path.join(folder, "二人.zip")]);
  const entries = readZip(readFileSync(files[0] ?? ""));
  const expected = records.flatMap(({ id }) => [`${id}.png`, `${id}.xml`, `${id}.negative.txt`]);
  assert.deepEqual([...entries.keys()], expected);
  for (const { id, file, prompt } of records) {
    assert.deepEqual(entries.get(`${id}.png`), readFileSync(file));
    assert.equal(entries.get(`${id}.xml`)?.toString("utf8"), prompt);
  }
  assert.deepEqual((await run("zip", { name: "二人" })).files, [path.join(folder, "二人-2.zip")]);
});

test("a sheet shows every picture with a caption under it", async (context) => {
  const { records, run } = await stand(context, 5);
  const { files } = await run("sheet", { name: "sheet" });
  const { data, info } = await sharp(files[0]).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  // Four columns and two rows of 256 pixels, captions of 36, gaps of 12.
  assert.deepEqual([info.width, info.height], [12 + 4 * 268, 12 + 2 * 304]);
  const area = (left: number, top: number, width: number, height: number): number => {
    let dark = 0;
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) if ((data[(y * info.width + x) * 3] ?? 255) < 200) dark++;
    return dark;
  };
  for (let index = 0; index < 8; index++) {
    const [x, y] = [12 + (index % 4) * 268, 12 + Math.floor(index / 4) * 304];
    const isThere = index < records.length;
    assert.equal(area(x, y, 256, 256) > 200, isThere, `picture ${index}`);
    assert.equal(area(x, y + 256, 256, 36) > 50, isThere, `caption ${index}`);
  }
});

test("what is gone is named, the others are exported; bad wishes are refused before anything is written", async (context) => {
  const { records, folder, run } = await stand(context);
  rmSync(records[1]?.file ?? "");
  writeFileSync(records[2]?.file ?? "", "no picture");
  const { files, refused } = await run("webp");
  assert.equal(files.length, 1);
  assert.deepEqual(
    refused.map(({ id, error }) => [id, error.code]),
    [
      [records[1]?.id, "file.not-found"],
      [records[2]?.id, "image.invalid"],
    ],
  );
  await assert.rejects(run("png", { ids: ["zzzz"] }), { code: "library.not-found" });
  await assert.rejects(run("png", { folder: path.join(folder, "none") }), { code: "file.not-found" });
  await assert.rejects(run("png", { folder: files[0] ?? "" }), { code: "file.unwritable" });
  await assert.rejects(run("zip", { ids: [records[1]?.id ?? ""] }), { code: "file.not-found" });
  await assert.rejects(run("sheet", { ids: new Array<string>(401).fill(records[0]?.id ?? "") }), {
    code: "settings.invalid",
  });
  for (const name of ["../x", "a/b", "a\\b", "", ".x", "x.", "a\0b", "x".repeat(101), "C:x"])
    await assert.rejects(run("zip", { name }), { code: "settings.invalid" }, name);
  assert.deepEqual(readdirSync(folder), [path.basename(files[0] ?? "")]);
});

test(
  "on a full disk an export is a typed error and leaves nothing",
  { skip: cannotMount ?? false },
  async (context) => {
    const disk = mountSmall(context, 64 << 10);
    const library = openLibrary(libraryFolder(context), { mode: "write" });
    context.after(() => library.close());
    const { id } = await library.save(newGeneration({ image: testImage(256, 256) }));
    for (const as of ["png", "zip"] as const)
      await assert.rejects(
        exportPictures(library, {
          ids: [id],
          as,
          folder: disk,
          signal: new AbortController().signal,
          onProgress: () => undefined,
        }),
        { code: "disk.full" },
      );
    assert.deepEqual(readdirSync(disk), []);
  },
);

test(
  "other programs open the archive",
  { skip: existsSync("/usr/bin/unzip") ? false : "needs unzip" },
  async (context) => {
    const { run } = await stand(context);
    const { files } = await run("zip");
    assert.match(execFileSync("/usr/bin/unzip", ["-t", files[0] ?? ""], { encoding: "utf8" }), /No errors detected/);
  },
);
