import assert from "node:assert/strict";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { streamOf } from "../../../../models/counter-random.ts";
import { writeChecksums } from "../../../../src-main/graph/checksums.ts";
import { openSafetensors } from "../../../../src-main/graph/safetensors.ts";
import { addModel } from "../../../../src-main/studio/models/add-model.ts";
import { filesOfFolder } from "../../../../src-main/studio/models/model-files.ts";
import type { ByteProgress } from "../../../../src-main/studio/models/progress.ts";
import { verifyModel } from "../../../../src-main/studio/models/verify-model.ts";
import { FILES, flipBit, layOutAsCache, temporaryFolder, writeSmallModel } from "./small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const modelsFolder = folder.at("installed");

/** Flips one bit at a time in every file of `target` and asks whether that is found; puts everything back. */
async function flipEverywhere(
  target: string,
  verify: () => Promise<{ status: string }>,
  flips: number,
): Promise<number> {
  let count = 0;
  for (const file of (await filesOfFolder(target)) ?? []) {
    const full = path.join(target, file);
    const whole = readFileSync(full);
    for (let flip = 0; flip < flips; flip++) {
      const bit = streamOf(flip, file) % (whole.length * 8);
      flipBit(full, bit);
      assert.equal((await verify()).status, "damaged", `bit ${bit} of ${file}`);
      count++;
      writeFileSync(full, whole);
    }
  }
  assert.equal((await verify()).status, "ok", "after everything was put back");
  return count;
}

test("one flipped bit in any file is found by the folder's own sums, the list of sums included", async () => {
  const model = writeSmallModel(folder.at("with-sums"));
  await writeChecksums(model);
  assert.equal((await verifyModel({ folder: model, modelsFolder })).status, "ok");
  const flips = Number(process.env["TACHIE_FLIPS"] ?? 2);
  const count = await flipEverywhere(model, () => verifyModel({ folder: model, modelsFolder }), flips);
  assert.equal(count, 8 * flips);
});

test("one flipped bit in any file of an added model is found, by name and by folder", async () => {
  const model = writeSmallModel(folder.at("to-add"), false, 2);
  const added = await addModel({ folders: [model], modelsFolder });
  await flipEverywhere(model, () => verifyModel({ folder: added.folder, modelsFolder }), 1);
  await flipEverywhere(model, () => verifyModel({ folder: model, modelsFolder }), 1);
  await flipEverywhere(added.folder, () => verifyModel({ folder: added.folder, modelsFolder }), 2);
});

test("a folder of which nothing is known is recorded, which is said, and compared from then on", async () => {
  const model = writeSmallModel(folder.at("unknown"), true, 3);
  writeFileSync(path.join(model, "model_index.json"), "{}");
  const first = await verifyModel({ folder: model, modelsFolder });
  assert.equal(first.status, "recorded");
  assert.deepEqual(
    first.findings.filter(({ severity }) => severity === "warning").map(({ code }) => code),
    ["sum.first-time"],
  );
  await flipEverywhere(model, () => verifyModel({ folder: model, modelsFolder }), 1);
});

test("sums in the names of a cache's files are compared", async () => {
  const cache = layOutAsCache(writeSmallModel(folder.at("for-cache")), folder.at("hub"));
  assert.equal((await verifyModel({ folder: cache, modelsFolder: folder.at("none") })).status, "ok");
  const blobs = path.join(cache, "models--NewBie-AI--NewBie-image-Exp0.1", "blobs");
  const [blob] = (await filesOfFolder(blobs)) ?? [];
  flipBit(path.join(blobs, blob ?? ""), 12_345);
  const { status, findings } = await verifyModel({ folder: cache, modelsFolder: folder.at("none") });
  assert.equal(status, "damaged");
  assert.ok(findings.some(({ code, message }) => code === "sum.differs" && message.includes("the name of the file")));
  await assert.rejects(addModel({ folders: [cache], modelsFolder }), { code: "model.damaged" });
});

test("missing, shortened and lengthened files are named; new files are no damage", async () => {
  const model = writeSmallModel(folder.at("sizes"));
  await writeChecksums(model);
  const vae = path.join(model, FILES.vae);
  const whole = readFileSync(vae);
  const codes = async (): Promise<string[]> =>
    (await verifyModel({ folder: model, modelsFolder })).findings
      .filter((f) => f.severity === "error")
      .map((f) => f.code);
  rmSync(vae);
  assert.ok((await codes()).includes("sum.missing-file"));
  writeFileSync(vae, whole.subarray(0, -1));
  assert.ok((await codes()).includes("sum.differs"));
  writeFileSync(vae, whole);
  appendFileSync(vae, "x");
  assert.ok((await codes()).includes("sum.differs"));
  writeFileSync(vae, whole);
  writeFileSync(path.join(model, "notes.txt"), "mine");
  const { status, files } = await verifyModel({ folder: model, modelsFolder });
  assert.deepEqual([status, files.find((file) => file.path.endsWith("notes.txt"))?.status], ["ok", "new"]);
});

test("values that are not finite are found wherever they lie, with the tensor's name", async () => {
  const model = writeSmallModel(folder.at("nan"));
  const file = path.join(model, FILES.transformer);
  const whole = readFileSync(file);
  const { tensors } = openSafetensors(file);
  for (const name of ["norm_final.weight", "layers.2.attention.qkv.weight", "x_embedder.bias"]) {
    const tensor = tensors.get(name);
    assert.ok(tensor);
    for (const element of [0, tensor.length / 2 - 1]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt16LE(0x7fc0, tensor.offset + 2 * element);
      writeFileSync(file, bytes);
      const { findings } = await verifyModel({ folder: model, modelsFolder });
      const found = findings.find(({ code }) => code === "values.non-finite");
      assert.ok(found?.message.includes(name), name);
      await assert.rejects(addModel({ folders: [model], modelsFolder, name: "nan" }), { code: "model.non-finite" });
      assert.ok(!existsSync(path.join(modelsFolder, "nan")));
    }
  }
});

test("a made-over folder goes by its own sums, not by what was remembered", async () => {
  const model = writeSmallModel(folder.at("made-over"));
  assert.equal((await verifyModel({ folder: model, modelsFolder })).status, "recorded");
  rmSync(model, { recursive: true });
  writeSmallModel(model, false, 9);
  assert.equal((await verifyModel({ folder: model, modelsFolder })).status, "damaged");
  await writeChecksums(model);
  assert.equal((await verifyModel({ folder: model, modelsFolder })).status, "ok");
});

test("progress covers all bytes once, and a cancel ends it", async () => {
  const model = writeSmallModel(folder.at("progress"));
  const seen: ByteProgress[] = [];
  await verifyModel({ folder: model, modelsFolder, onProgress: (progress) => seen.push(progress) });
  const last = seen.at(-1);
  const sizes = ((await filesOfFolder(model)) ?? []).map((file) => statSync(path.join(model, file)).size);
  assert.equal(last?.doneBytes, last?.totalBytes);
  assert.equal(
    last?.totalBytes,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const reason = new Error("enough");
  await assert.rejects(verifyModel({ folder: model, modelsFolder, signal: AbortSignal.abort(reason) }), reason);
});

test("a damaged record of another model is nobody else's damage", async () => {
  const places = folder.at("other-records");
  mkdirSync(path.join(places, "broken"), { recursive: true });
  writeFileSync(path.join(places, "broken", "record.json"), "{");
  const model = folder.at("with-sums");
  cpSync(model, folder.at("copied"), { recursive: true });
  assert.equal((await verifyModel({ folder: folder.at("copied"), modelsFolder: places })).status, "ok");
});
