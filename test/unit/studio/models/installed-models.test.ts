import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { openModelFolder } from "../../../../models/model-folder.ts";
import { parseModelManifest } from "../../../../src-main/contract/model-folder.ts";
import { addModel } from "../../../../src-main/studio/models/add-model.ts";
import { listModels } from "../../../../src-main/studio/models/list-models.ts";
import { checkModelName, modelNameFrom } from "../../../../src-main/studio/models/model-name.ts";
import { readRecord, writeRecord } from "../../../../src-main/studio/models/record.ts";
import { planRemoval, removeModel } from "../../../../src-main/studio/models/remove-model.ts";
import { FILES, layOutAsComfy, temporaryFolder, writeSmallModel } from "./small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const model = writeSmallModel(folder.at("mine"));

test("adding copies nothing, records every file, and names the model", async () => {
  const modelsFolder = folder.at("a");
  const added = await addModel({ folders: [model], modelsFolder });
  assert.equal(added.name, "newbie-exp0.1-small");
  assert.deepEqual(readdirSync(added.folder).sort(), ["model.json", "record.json"]);
  const paths = added.record.files.map((file) => file.path);
  for (const file of [...Object.values(FILES), "model.json"]) assert.ok(paths.includes(path.join(model, file)), file);
  const opened = openModelFolder(added.folder);
  assert.equal(opened.manifest.name, "newbie-exp0.1-small");
  assert.deepEqual(opened.hash, openModelFolder(model).hash);
  assert.deepEqual(
    listModels([modelsFolder]).map(({ name, condition, origin }) => [name, condition, origin]),
    [["newbie-exp0.1-small", "ready", "added"]],
  );
});

test("adding the same folder again renews its entry; others get names of their own", async () => {
  const modelsFolder = folder.at("b");
  const names: string[] = [];
  const other = folder.at("other");
  cpSync(model, other, { recursive: true });
  for (const place of [model, model, other]) names.push((await addModel({ folders: [place], modelsFolder })).name);
  assert.deepEqual(names, ["newbie-exp0.1-small", "newbie-exp0.1-small", "newbie-exp0.1-small-2"]);
  await assert.rejects(addModel({ folders: [other], modelsFolder, name: "newbie-exp0.1-small" }), {
    code: "model.exists",
  });
  await assert.rejects(addModel({ folders: [other], modelsFolder, name: "../up" }), { code: "usage.invalid" });
  assert.equal((await addModel({ folders: [other], modelsFolder, name: "chosen" })).name, "chosen");
  assert.deepEqual(readdirSync(modelsFolder).sort(), ["chosen", "newbie-exp0.1-small", "newbie-exp0.1-small-2"]);
});

test("two that add at once do not disturb each other", async () => {
  const modelsFolder = folder.at("c");
  const outcomes = await Promise.allSettled(
    Array.from({ length: 4 }, () => addModel({ folders: [model], modelsFolder, name: "same" })),
  );
  assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
  for (const outcome of outcomes)
    if (outcome.status === "rejected") assert.equal((outcome.reason as { code?: string }).code, "model.exists");
  assert.deepEqual(readdirSync(modelsFolder), ["same"]);
  openModelFolder(path.join(modelsFolder, "same"));
});

test("what cannot be added says all that is wrong at once and leaves no trace", async () => {
  const modelsFolder = folder.at("d");
  const bare = folder.at("bare");
  cpSync(model, bare, { recursive: true });
  for (const file of ["model.json", FILES.vae, FILES.textTokenizer]) rmSync(path.join(bare, file));
  await assert.rejects(
    addModel({ folders: [bare], modelsFolder }),
    (error: Error & { code: string; remedy: string }) => {
      assert.equal(error.code, "model.incomplete");
      assert.match(error.message, /does not hold a whole model/);
      assert.match(error.message, /missing: the VAE/);
      assert.match(error.remedy, /models download/);
      return true;
    },
  );
  await assert.rejects(addModel({ folders: [folder.at("nowhere")], modelsFolder }), { code: "file.not-found" });
  mkdirSync(folder.at("void"));
  await assert.rejects(addModel({ folders: [folder.at("void")], modelsFolder }), { code: "model.incomplete" });
  assert.ok(!existsSync(modelsFolder));
});

test("a model folder that somebody put among the installed models is recorded in place", async () => {
  const modelsFolder = folder.at("e");
  const place = path.join(modelsFolder, "by-hand");
  mkdirSync(modelsFolder);
  cpSync(model, place, { recursive: true });
  assert.equal(listModels([modelsFolder])[0]?.origin, "unrecorded");
  assert.throws(() => planRemoval({ name: "by-hand", modelsFolder }), { code: "model.unsupported" });
  const added = await addModel({ folders: [place], modelsFolder });
  assert.equal(added.folder, place);
  assert.deepEqual(readdirSync(modelsFolder), ["by-hand"]);
  assert.ok(added.record.files.every((file) => !path.isAbsolute(file.path)));
});

test("lists say what is wrong with a model", async () => {
  const modelsFolder = folder.at("f");
  const own = folder.at("own");
  cpSync(model, own, { recursive: true });
  await addModel({ folders: [own], modelsFolder, name: "fine" });
  const entry = () => listModels([modelsFolder])[0];
  assert.equal(entry()?.condition, "ready");
  const vae = path.join(own, FILES.vae);
  const whole = readFileSync(vae);
  writeFileSync(vae, whole.subarray(1));
  assert.match(entry()?.problem ?? "", /has \d+ bytes instead of \d+/);
  rmSync(vae);
  assert.match(entry()?.problem ?? "", /is missing/);
  writeFileSync(path.join(modelsFolder, "fine", "model.json"), "{");
  assert.deepEqual([entry()?.condition, /JSON/.test(entry()?.problem ?? "")], ["broken", true]);
  writeFileSync(path.join(modelsFolder, "fine", "record.json"), "{}");
  assert.match(entry()?.problem ?? "", /record\.json is damaged/);
  assert.deepEqual(listModels([folder.at("nowhere")]), []);
});

test("removing an added model leaves the user's files alone", async () => {
  const modelsFolder = folder.at("g");
  const comfy = layOutAsComfy(model, folder.at("g-comfy"));
  const tokenizers = folder.at("g-tokenizers");
  mkdirSync(tokenizers);
  cpSync(path.join(model, FILES.textTokenizer), path.join(tokenizers, "tokenizer.json"));
  const { name } = await addModel({ folders: [comfy, tokenizers], modelsFolder });
  const before = readdirSync(comfy, { recursive: true }).sort();
  const removed = removeModel({ name, modelsFolder });
  assert.deepEqual([removed.origin, removed.files, removed.trash], ["added", ["model.json", "record.json"], undefined]);
  assert.deepEqual(readdirSync(modelsFolder), []);
  assert.deepEqual(readdirSync(comfy, { recursive: true }).sort(), before);
  assert.throws(() => removeModel({ name, modelsFolder }), { code: "model.not-found" });
  for (const bad of ["..", "", "a/b", ".trash"])
    assert.throws(() => removeModel({ name: bad, modelsFolder }), { code: "usage.invalid" });
});

test("removing a downloaded model moves its own files to the trash and keeps what somebody put beside them", () => {
  const modelsFolder = folder.at("h");
  const make = (name: string): string => {
    const place = path.join(modelsFolder, name);
    mkdirSync(modelsFolder, { recursive: true });
    cpSync(model, place, { recursive: true });
    const files = [...Object.values(FILES), "model.json"].map((file) => ({
      path: file,
      sizeBytes: 1,
      sha256: "0".repeat(64),
      origin: "published" as const,
    }));
    // A record must not be able to name files elsewhere for deletion.
    const elsewhere = {
      path: path.join(model, FILES.vae),
      sizeBytes: 1,
      sha256: "0".repeat(64),
      origin: "published" as const,
    };
    writeRecord(place, {
      origin: "downloaded",
      addedAt: "2026-01-01T00:00:00.000Z",
      sources: [],
      files: [...files, elsewhere],
    });
    return place;
  };
  const place = make("one");
  writeFileSync(path.join(place, "vae", "my-notes.txt"), "mine");
  const plan = planRemoval({ name: "one", modelsFolder });
  assert.deepEqual(plan.kept, ["vae/my-notes.txt"]);
  const removed = removeModel({ name: "one", modelsFolder });
  assert.deepEqual(readdirSync(place, { recursive: true }).sort(), ["vae", path.join("vae", "my-notes.txt")]);
  assert.ok(existsSync(path.join(removed.trash ?? "", FILES.transformer)));
  assert.deepEqual(listModels([modelsFolder]), []);
  assert.ok(existsSync(path.join(model, FILES.vae)));
  make("two");
  assert.equal(removeModel({ name: "two", modelsFolder, isForGood: true }).trash, undefined);
  assert.ok(!existsSync(path.join(modelsFolder, "two")));
});

test("records come back as they were written, and any change of the text is noticed", () => {
  const place = folder.at("record");
  mkdirSync(place);
  const file = { path: "vae/x", sizeBytes: 3, sha256: "a".repeat(64), origin: "published" as const };
  const record = {
    origin: "downloaded" as const,
    addedAt: "2026-01-01T00:00:00.000Z",
    sources: ["a/b@c"],
    files: [file],
  };
  writeRecord(place, record);
  assert.deepEqual({ ...readRecord(place) }, { format: 1, ...record });
  const text = readFileSync(path.join(place, "record.json"));
  for (let at = 0; at < text.length; at += 3) {
    const changed = Buffer.from(text);
    changed[at] = (changed[at] ?? 0) ^ 4;
    writeFileSync(path.join(place, "record.json"), changed);
    assert.throws(() => readRecord(place), { code: "models.corrupt" }, `byte ${at}`);
  }
});

test("names of models are harmless folder names", () => {
  for (const bad of ["", ".", "..", ".hidden", "a/b", "a\\b", "con", "COM1.x", "x.", "a b", "ü", "x".repeat(65), "-a"])
    assert.throws(() => checkModelName(bad), { code: "usage.invalid" }, bad);
  for (const wish of ["", "..", "a/b", "con", "Ünïcode näme", "猫", "x".repeat(200), "ends.", "-.-"])
    assert.doesNotThrow(() => checkModelName(modelNameFrom(wish)), wish);
  assert.equal(modelNameFrom("My Model (v2)"), "My-Model-v2");
});

test("component paths may be absolute, but lead neither upwards nor to a network share", () => {
  const base = JSON.parse(readFileSync(path.join(model, "model.json"), "utf8")) as {
    components: { vae: { weights: string } };
  };
  const parse = (weights: string): unknown => {
    base.components.vae.weights = weights;
    return parseModelManifest(JSON.stringify(base), "model.json");
  };
  for (const good of ["vae/x.safetensors", "/data/x.safetensors", "C:\\models\\x.safetensors", "d:/x"])
    assert.doesNotThrow(() => parse(good), good);
  for (const bad of [
    "",
    "../x",
    "a/../../x",
    "/a/../x",
    "//host/share/x",
    "\\\\host\\x",
    "\\x",
    "c:x",
    "a\\..\\x",
    "a\u0000b",
  ])
    assert.throws(() => parse(bad), { code: "model.incomplete" }, bad);
});
