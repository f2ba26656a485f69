import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, test } from "node:test";
import { openModelFolder } from "../../../../models/model-folder.ts";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../../src-main/contract/errors.ts";
import type { Assembly } from "../../../../src-main/studio/models/assemble.ts";
import { inspectFolders } from "../../../../src-main/studio/models/inspect-folder.ts";
import { SCAN_LIMITS, scanFolders } from "../../../../src-main/studio/models/scan.ts";
import { usualPlaces } from "../../../../src-main/studio/models/usual-places.ts";
import { addModel } from "../../../../src-main/studio/models/add-model.ts";
import { FILES, copy, layOutAsCache, layOutAsComfy, rewrite, temporaryFolder, writeSmallModel } from "./small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const model = writeSmallModel(folder.at("published"), true);
const comfy = layOutAsComfy(model, folder.at("ComfyUI", "models"));

const errorsOf = ({ findings }: Pick<Assembly, "findings">) => findings.filter(({ severity }) => severity === "error");
const partsOf = ({ parts }: Assembly) =>
  Object.fromEntries(Object.entries(parts).map(([role, { network }]) => [role, [network.layout, network.prefix]]));

test("a diffusers folder without model.json is put together by its contents", async () => {
  const found = await inspectFolders([model]);
  assert.deepEqual(errorsOf(found), []);
  assert.equal(found.isComplete, true);
  assert.equal(found.textEncoding, "gemma3+jina");
  assert.deepEqual(partsOf(found), {
    transformer: ["original", ""],
    vae: ["diffusers", ""],
    textEncoder: ["text", "language_model.model."],
    pooledEncoder: ["merged", "text_model.transformer.roberta."],
  });
  assert.equal(found.parts.textEncoder?.tokenizer?.path, path.join(model, FILES.textTokenizer));
});

test("file names do not matter", async () => {
  const odd = folder.at("odd");
  for (const [index, file] of Object.values(FILES).entries())
    copy(path.join(model, file), path.join(odd, String(index), "x.bin"));
  const found = await inspectFolders([odd]);
  assert.deepEqual(errorsOf(found), []);
  assert.equal(found.isComplete, true);
});

test("ComfyUI's folders lack only the tokenizers; with those from elsewhere the model is whole and can be opened", async () => {
  const alone = await inspectFolders([comfy]);
  assert.equal(alone.isComplete, false);
  assert.deepEqual(
    errorsOf(alone).map(({ code, message }) => [code, /tokenizer\.json of (Gemma 3|Jina)/.exec(message)?.[1]]),
    [
      ["parts.missing", "Gemma 3"],
      ["parts.missing", "Jina"],
    ],
  );
  const tokenizers = folder.at("tokenizers");
  copy(path.join(model, FILES.textTokenizer), path.join(tokenizers, "tokenizer.json"));
  const added = await addModel({ folders: [comfy, tokenizers], modelsFolder: folder.at("installed") });
  const opened = openModelFolder(added.folder);
  assert.equal(opened.manifest.components.transformer.prefix, "model.diffusion_model.");
  assert.equal(opened.manifest.components.textEncoder.prefix, "model.");
  assert.ok(opened.components.transformer.checkpoint.has("x_embedder.weight"));
  assert.ok(path.isAbsolute(opened.manifest.components.vae.weights));
});

test("the Hugging Face cache: links into blobs, a text encoder in parts", async () => {
  const cache = layOutAsCache(model, folder.at("hub"));
  const found = await inspectFolders([cache]);
  assert.deepEqual(errorsOf(found), []);
  assert.match(found.parts.textEncoder?.weights.path ?? "", /model\.safetensors\.index\.json$/);
  const added = await addModel({ folders: [cache], modelsFolder: folder.at("installed") });
  const opened = openModelFolder(added.folder);
  assert.match(opened.components.textEncoder.checkpoint.folder, /blobs$/);
  // The names of blobs are sums, so these are published ones; git's for small files are not.
  assert.ok(added.record.files.some(({ origin }) => origin === "published"));
});

test("parts from several folders make one model, and what is missing is said exactly", async () => {
  const parts = { ...FILES };
  const places = Object.entries(parts).map(([name, file]) => {
    copy(path.join(model, file), folder.at("spread", name, path.basename(file)));
    return folder.at("spread", name);
  });
  assert.equal((await inspectFolders(places)).isComplete, true);
  const words = {
    transformer: /missing: the transformer/,
    vae: /missing: the VAE/,
    textEncoder: /missing: the text encoder \(Gemma 3/,
    pooledEncoder: /missing: the second text encoder \(Jina/,
  };
  for (const [role, pattern] of Object.entries(words)) {
    const found = await inspectFolders(places.filter((place) => path.basename(place) !== role));
    assert.deepEqual(
      errorsOf(found).map(({ code, message }) => [code, pattern.test(message)]),
      [["parts.missing", true]],
      role,
    );
  }
});

test("a model with one Jina text tower for both is recognised, also beside a Gemma that does not fit", async () => {
  const small = folder.at("one-tower");
  const { writeSyntheticModel } = await import("../../../../models/synthetic.ts");
  const { TINY_MODEL } = await import("../../../fixtures/engine/tiny-model.ts");
  writeSyntheticModel(small, TINY_MODEL);
  rmSync(path.join(small, "model.json"));
  const found = await inspectFolders([small]);
  assert.deepEqual([found.textEncoding, found.isComplete, found.parts.pooledEncoder], ["jina", true, undefined]);
  copy(path.join(model, FILES.textEncoder), path.join(small, "gemma.safetensors"));
  assert.equal((await inspectFolders([small])).textEncoding, "jina");
});

test("networks of other widths are refused with both numbers", async () => {
  const other = folder.at("other-widths");
  for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(other, file));
  const { writeSafetensors } = await import("../../../../src-main/graph/safetensors.ts");
  const { nextDitTensors } = await import("../../../../models/newbie-exp0.1/next-dit-tensors.ts");
  const { syntheticTensors } = await import("../../../../models/synthetic-weights.ts");
  const { newbieCheckpoint } = await import("../../../../models/make-checkpoint.ts");
  const config = { ...newbieCheckpoint("small", 0).transformer, capFeatDim: 72, inChannels: 8 };
  const tensors = syntheticTensors(nextDitTensors(config), { seed: 0, type: "BF16" });
  writeSafetensors(path.join(other, FILES.transformer), tensors, {}, { canReplace: true });
  const messages = errorsOf(await inspectFolders([other]))
    .map(({ message }) => message)
    .join("\n");
  assert.match(messages, /gives states of width 128, but the transformer takes 72/);
  assert.match(messages, /this VAE has 16 channels, but the transformer takes 8/);
});

test("what was saved in a part's place is named for what it is", async () => {
  const cases: [string, string | Buffer, string, RegExp][] = [
    [
      "pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 167\n",
      "file.not-weights",
      /git-lfs pointer/,
    ],
    ["page", "<!DOCTYPE html><html><body>Sign in</body></html>", "file.not-weights", /web page/],
    ["answer", '{"error":"Access denied"}', "file.not-weights", /text/],
    ["gguf", Buffer.concat([Buffer.from("GGUF"), Buffer.alloc(200)]), "type.quantised", /GGUF/],
    ["zip", Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(200)]), "file.not-weights", /zip/],
    ["empty", "", "file.damaged", /empty/],
  ];
  for (const [name, contents, code, pattern] of cases) {
    const place = folder.at("named", name);
    for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(place, file));
    writeFileSync(path.join(place, FILES.vae), contents);
    const errors = errorsOf(await inspectFolders([place]));
    assert.ok(
      errors.some((error) => error.code === "parts.missing" && /VAE/.test(error.message)),
      name,
    );
    const named = errors.find((error) => error.code === code);
    assert.match(named?.message ?? "", pattern, name);
    assert.ok((named?.remedy ?? "").length > 10);
  }
});

test("the error says what to do about what is there, not only that something is missing", async () => {
  const modelsFolder = folder.at("none-installed");
  const spoil = (name: string, change: (place: string) => void): string => {
    const place = folder.at("advised", name);
    for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(place, file));
    change(place);
    return place;
  };
  const lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 167\n";
  const pickle = Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(2 << 20)]);
  const cases: [string, ErrorCode, RegExp, RegExp, (place: string) => void][] = [
    ["pointer", "safetensors.invalid", /git-lfs pointer/, /git lfs pull/, (place) =>
      writeFileSync(path.join(place, FILES.vae), lfs)],
    ["gguf", "model.unsupported", /GGUF/, /bf16 version/, (place) =>
      writeFileSync(path.join(place, FILES.textEncoder), Buffer.concat([Buffer.from("GGUF"), Buffer.alloc(200)]))],
    ["pickle", "model.incomplete", /PyTorch's own format/, /\.safetensors version/, (place) => {
      rmSync(path.join(place, FILES.transformer));
      writeFileSync(path.join(place, "transformer", "consolidated.00-of-01.pth"), pickle);
    }],
    ["unknown", "model.incomplete", /unknown network: net_/, /does not know/, (place) =>
      rewrite(path.join(model, FILES.transformer), path.join(place, FILES.transformer), (name) =>
        `net_${name.replaceAll(".", "/")}`)],
    ["renamed", "model.mismatch", /attention\.wo/, /converter has changed the names/, (place) =>
      rewrite(path.join(model, FILES.transformer), path.join(place, FILES.transformer), (name) =>
        name.replace("attention.out", "attention.wo"))],
  ]; // prettier-ignore
  for (const [name, code, message, remedy, change] of cases)
    await assert.rejects(
      addModel({ folders: [spoil(name, change)], modelsFolder }),
      (error) =>
        isTachieError(error, code) &&
        message.test(error.message) &&
        /missing: the/.test(error.message) &&
        remedy.test(error.remedy) &&
        /tachie models download/.test(error.remedy),
      name,
    );
});

test("a tokenizer beside its weights that is passed over for another one is said", async () => {
  for (const [name, contents, pattern] of [
    [
      "pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 167\n",
      /git-lfs pointer.* was taken instead/,
    ],
    ["cut", '{"version":"1.0","added_tokens":', /not JSON.* was taken instead/],
  ] as const) {
    const place = folder.at("passed-over", name);
    for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(place, file));
    writeFileSync(path.join(place, FILES.textTokenizer), contents);
    const { isComplete, findings } = await inspectFolders([place]);
    assert.ok(isComplete);
    const said = findings.filter(({ code }) => code === "tokenizer.passed-over");
    assert.equal(said.length, 1);
    assert.match(said[0]?.message ?? "", pattern);
  }
  const { findings } = await inspectFolders([model]);
  assert.ok(!findings.some(({ code }) => code === "tokenizer.passed-over"));
});

test("half a part, a renamed part and a truncated part are the reason that is given", async () => {
  const place = folder.at("halves");
  for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(place, file));
  rewrite(path.join(model, FILES.vae), path.join(place, FILES.vae), (name) =>
    name.startsWith("encoder.") ? undefined : name,
  );
  rewrite(path.join(model, FILES.transformer), path.join(place, FILES.transformer), (name) =>
    name.replace("attention.out", "attention.wo"),
  );
  const { readFileSync } = await import("node:fs");
  writeFileSync(
    path.join(place, FILES.textEncoder),
    readFileSync(path.join(model, FILES.textEncoder)).subarray(0, -1000),
  );
  const errors = errorsOf(await inspectFolders([place]));
  const messages = errors.map(({ message }) => message).join("\n");
  assert.match(messages, /FLUX\.1 VAE.* tensors are missing .*encoder/);
  assert.match(messages, /attention\.wo\.weight \(published as .*attention\.out\.weight\)/);
  assert.match(messages, /cut off/);
});

test("tokenizers that do not belong are refused, with the reason", async () => {
  const place = folder.at("tokenizer");
  for (const file of Object.values(FILES)) copy(path.join(model, file), path.join(place, file));
  const vocabulary = Object.fromEntries(Array.from({ length: 5000 }, (_, id) => [`t${id}`, id]));
  const foreign = { version: "1.0", added_tokens: [], model: { type: "BPE", vocab: vocabulary, merges: [] } };
  writeFileSync(path.join(place, FILES.textTokenizer), JSON.stringify(foreign));
  writeFileSync(path.join(place, FILES.pooledTokenizer), JSON.stringify(foreign));
  const errors = errorsOf(await inspectFolders([place]));
  assert.ok(
    errors.some(({ code, message }) => code === "tokenizer.foreign" && /ids up to 4999.*1024 rows/.test(message)),
  );
  writeFileSync(path.join(place, FILES.pooledTokenizer), '{"version":"1.0","added_tokens":');
  const damaged = errorsOf(await inspectFolders([place]));
  assert.ok(damaged.some(({ code }) => code === "tokenizer.damaged"));
});

test("links in circles, broken links, pipes and bounds do not disturb a scan", async () => {
  const place = folder.at("hostile");
  mkdirSync(path.join(place, "a", "b"), { recursive: true });
  symlinkSync("..", path.join(place, "a", "b", "up"));
  symlinkSync(place, path.join(place, "a", "self"));
  symlinkSync("nowhere", path.join(place, "gone.safetensors"));
  symlinkSync("loop.safetensors", path.join(place, "loop.safetensors"));
  execFileSync("mkfifo", [path.join(place, "pipe.safetensors")]);
  copy(path.join(model, FILES.vae), path.join(place, "a", "b", "vae.safetensors"));
  symlinkSync(path.join("b", "vae.safetensors"), path.join(place, "a", "again.safetensors"));
  const scan = await scanFolders([place]);
  assert.equal(scan.weights.length, 1, "a file counts once however many links lead to it");
  assert.ok(scan.findings.every(({ code }) => code === "file.unreadable"));
  const deep = await scanFolders([place], { ...SCAN_LIMITS, depth: 1 });
  assert.ok(deep.findings.some(({ code }) => code === "scan.bounded"));
  const few = await scanFolders([place], { ...SCAN_LIMITS, files: 1 });
  assert.ok(few.findings.some(({ code, message }) => code === "scan.bounded" && /first 1 files/.test(message)));
  await assert.rejects(scanFolders([folder.at("nowhere")]), { code: "file.not-found" });
});

test("files that a program is still downloading are named, not used", async () => {
  const place = folder.at("downloading");
  copy(path.join(model, FILES.vae), path.join(place, "vae.safetensors.incomplete"));
  const { weights, findings } = await scanFolders([place]);
  assert.deepEqual([weights.length, findings.map(({ code }) => code)], [0, ["file.partial"]]);
});

test("usual places follow the variables of the other programs", () => {
  const hub = folder.at("home", "cache", "hub");
  mkdirSync(hub, { recursive: true });
  mkdirSync(folder.at("home", "ComfyUI", "models"), { recursive: true });
  const places = usualPlaces({ HF_HOME: folder.at("home", "cache") }, folder.at("home"));
  assert.deepEqual(places, [
    { title: "Hugging Face cache", folder: hub },
    { title: "ComfyUI", folder: folder.at("home", "ComfyUI", "models") },
  ]);
  assert.deepEqual(usualPlaces({ HF_HUB_CACHE: folder.at("nowhere"), COMFYUI_PATH: "" }, folder.at("nowhere")), []);
});
