import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { planCopies } from "../../../src-main/cli/picture-copies.ts";
import type { GeneratedImage } from "../../../src-main/contract/generation.ts";
import { StudioBench } from "../../fixtures/studio-bench.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-copies-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

async function picture(bench: StudioBench): Promise<GeneratedImage> {
  const { images } = await bench.visit({ kind: "generate", request: { prompt: "1girl", model: "fake-model" } });
  assert.ok(images[0]);
  return images[0];
}

test("a picture goes to a file, or into a folder under its own name; several get numbers", async () => {
  await using bench = new StudioBench();
  const image = await picture(bench);
  const target = path.join(folder, "a.png");
  assert.equal(planCopies(target, 1).save(image, 1), target);
  assert.deepEqual(readFileSync(target), readFileSync(image.file));
  assert.equal(planCopies(folder, 1).save(image, 1), path.join(folder, path.basename(image.file)));
  const made = path.join(folder, "new", "folder");
  assert.equal(planCopies(made + "/", 1).save(image, 1), path.join(made, path.basename(image.file)));
  const copies = planCopies(path.join(folder, "b.PNG"), 2);
  assert.deepEqual(
    [1, 2].map((number) => path.basename(copies.save(image, number))),
    ["b-1.PNG", "b-2.PNG"],
  );
  assert.equal(planCopies(target, 1).save(image, 1), target, "a picture of ours is replaced");
  assert.ok(readdirSync(folder).every((name) => !name.includes("tmp")));
});

test("what cannot be a place for pictures is refused before any work, and nobody's file is replaced", () => {
  const photo = path.join(folder, "photo.png");
  const text = path.join(folder, "notes-2.png");
  for (const file of [photo, text]) writeFileSync(file, "somebody's own");
  const link = path.join(folder, "link");
  symlinkSync(path.join(folder, "not-attached"), link);
  assert.throws(() => planCopies(`${path.join(link, "below")}/`, 1), { code: "file.unwritable", where: link });
  mkdirSync(path.join(folder, "folder.png"));
  for (const [out, count, code] of [
    [photo, 1, "file.exists"],
    [path.join(folder, "notes.png"), 2, "file.exists"],
    [path.join(folder, "picture"), 1, "usage.invalid"],
    [path.join(folder, "picture.jpg"), 1, "usage.invalid"],
    ["", 1, "usage.invalid"],
    [path.join(folder, "missing", "a.png"), 1, "file.unwritable"],
    [path.join(photo, "sub") + "/", 1, "file.unwritable"],
  ] as const)
    assert.throws(() => planCopies(out, count), { code }, out);
  assert.equal(readFileSync(photo, "utf8"), "somebody's own");
});
