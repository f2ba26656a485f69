import assert from "node:assert/strict";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { TachieError } from "../../../src-main/contract/errors.ts";
import type { GenerateRequest } from "../../../src-main/contract/generation.ts";
import { SYSTEM_PROMPTS } from "../../../src-main/contract/system-prompts.ts";
import { readModel } from "../../../src-main/studio/model-choice.ts";
import { NEWBIE_MANIFEST, readDownloadManifest } from "../../../src-main/studio/models/download-manifest.ts";
import { createStudio } from "../../../src-main/studio/studio.ts";
import { writeFakeModel } from "../../fixtures/fake-model.ts";
import { StudioBench } from "../../fixtures/studio-bench.ts";

const generate = (request: Partial<GenerateRequest>) =>
  ({ kind: "generate", request: { prompt: "1girl, solo", model: "fake-model", ...request } }) as const;

async function pixelsOf(file: string): Promise<Buffer> {
  return sharp(file).removeAlpha().raw().toBuffer();
}

test("a picture is made with the model's defaults, stored with what the model read, and made again pixel for pixel", async () => {
  await using bench = new StudioBench();
  const prompt = "<general_tags><count>2girls &amp; 1 cat</count></general_tags>";
  const { images } = await bench.visit(generate({ prompt, seed: 7 }));
  const [image] = images;
  assert.ok(image);
  assert.deepEqual([image.seed, image.width, image.height, image.steps], [7, 64, 48, 4]);
  assert.equal(image.timings.stepMs.length, 4);
  assert.ok(image.timings.totalMs >= image.timings.saveMs && image.timings.saveMs > 0);
  const [record] = bench.history();
  assert.equal(record?.prompt, prompt);
  assert.match(record.texts.positive, /2girls & 1 cat/);
  assert.equal(record.texts.negative, "lowres");
  assert.equal(record.modelFolder, bench.model);

  const repeated = await bench.visit({ kind: "again", id: image.id.slice(0, 8) });
  const [copy] = repeated.images;
  assert.ok(copy);
  assert.notEqual(copy.id, image.id);
  assert.deepEqual(await pixelsOf(copy.file), await pixelsOf(image.file));
  assert.equal(bench.history()[0]?.parentId, image.id);
});

test("explicit settings win over the model's, and several pictures take seeds in a row", async () => {
  await using bench = new StudioBench();
  const { images } = await bench.visit(
    generate({ count: 3, seed: 40, sampling: { steps: 2 }, size: { width: 32, height: 16 }, negative: "a &amp; b" }),
  );
  assert.deepEqual(
    images.map(({ seed, steps, width, height }) => [seed, steps, width, height]),
    [40, 41, 42].map((seed) => [seed, 2, 32, 16]),
  );
  const [record] = bench.history();
  assert.deepEqual([record?.sampling.solver, record?.sampling.guidance], ["euler", 4]);
  const steps = bench.progress.flatMap((progress) => (progress.kind === "step" ? [progress] : []));
  assert.deepEqual([...new Set(steps.map(({ number, count }) => `${number}/${count}`))], ["1/3", "2/3", "3/3"]);
  assert.equal(bench.progress.filter(({ kind }) => kind === "image").length, 3);
});

test("an instruction before the prompt takes the place of the model's own, is recorded and kept when made again", async () => {
  await using bench = new StudioBench();
  await bench.visit(generate({}));
  await bench.visit(generate({ system: SYSTEM_PROMPTS.text }));
  await bench.visit(generate({ system: SYSTEM_PROMPTS.none }));
  const [none, text, own] = bench.history();
  const model = readModel(bench.model).manifest.systemPrompt;
  assert.deepEqual(
    [own, text, none].map((record) => record?.texts.system),
    [model, SYSTEM_PROMPTS.text, ""],
  );
  await bench.visit({ kind: "again", id: text?.id ?? "" });
  assert.equal(bench.history()[0]?.texts.system, SYSTEM_PROMPTS.text);
});

test("the published model's own instruction is the one for XML, its last space included", () => {
  assert.equal(readDownloadManifest(NEWBIE_MANIFEST).systemPrompt, SYSTEM_PROMPTS.xml);
  for (const preset of [SYSTEM_PROMPTS.xml, SYSTEM_PROMPTS.text]) assert.match(preset, /prompts\. <Prompt Start> $/);
});

test("a seed that nobody chose is drawn, short enough to type, and recorded", async () => {
  await using bench = new StudioBench();
  const { images } = await bench.visit(generate({ count: 2 }));
  const seeds = images.map(({ seed }) => seed);
  assert.equal(seeds[1], (seeds[0] ?? 0) + 1);
  assert.ok((seeds[0] ?? -1) >= 0 && (seeds[0] ?? 0) < 2 ** 32);
});

test("without --model the starter is used; each file that it lacks is named, with what to do", async () => {
  await using bench = new StudioBench();
  const starter = path.join(bench.root, "models", "starter");
  const job = { kind: "generate", request: { prompt: "1girl" } } as const;
  const lacks = (file: string) =>
    assert.rejects(bench.visit(job), (error: TachieError) => {
      assert.deepEqual([error.code, error.where], ["model.not-found", path.join(starter, file)]);
      assert.match(error.remedy, /--model.*tachie models list/);
      return true;
    });
  await lacks("model.json");
  writeFakeModel(starter, { name: "starter" });
  for (const file of ["transformer.safetensors", "vae.safetensors", "text.safetensors", "tokenizer.json"]) {
    await lacks(file);
    writeFileSync(path.join(starter, file), "");
  }
  assert.equal(bench.jobsTaken, 0);
  await bench.visit(job);
  assert.equal(bench.history()[0]?.model, "starter");
});

test("of a model with random weights it is said that its pictures are noise", async () => {
  await using bench = new StudioBench();
  await bench.visit(generate({}));
  assert.deepEqual(bench.notices, []);
  writeFakeModel(path.join(bench.root, "models", "random"), { name: "random", isPlaceholder: true });
  await bench.visit(generate({ model: "random" }));
  assert.ok(bench.notices.some((notice) => /the model random has random weights: its pictures are noise/.test(notice)));
});

test("an engine that dies in the middle of a picture is replaced and the picture made; twice is an error", async () => {
  await using bench = new StudioBench({ jobs: ["ok", "kill", "ok", "crash", "crash"] });
  const { images, failure } = await bench.visit(generate({ count: 3, seed: 1 }));
  assert.deepEqual(
    images.map(({ seed }) => seed),
    [1, 2],
  );
  assert.equal(failure?.code, "engine.lost");
  assert.equal(bench.jobsTaken, 5);
  assert.equal(bench.pictureFiles.length, 2);
  assert.equal(bench.history().length, 2);
});

test("what the engine refuses is passed on, once, and leaves nothing behind", async () => {
  await using bench = new StudioBench({ jobs: ["out-of-memory"] });
  await assert.rejects(bench.visit(generate({})), { code: "engine.out-of-memory" });
  assert.equal(bench.jobsTaken, 1);
  assert.deepEqual([bench.history().length, bench.pictureFiles.length], [0, 0]);
});

test("cancelling keeps what is finished and saves nothing of the rest", async () => {
  await using bench = new StudioBench({ jobs: ["ok", "forever"] });
  const abort = new AbortController();
  const visiting = bench.visit(generate({ count: 3 }), abort.signal);
  while (bench.jobsTaken < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  abort.abort();
  const { images, failure } = await visiting; // the job would go on for ever
  assert.equal(images.length, 1);
  assert.equal(failure?.code, "job.cancelled");
  assert.equal(bench.pictureFiles.length, 1);
});

test("again refuses weights that have changed, and finds a model that has moved", async () => {
  await using bench = new StudioBench();
  const id = (await bench.visit(generate({}))).images[0]?.id ?? "";
  writeFileSync(path.join(bench.model, "hash"), "b".repeat(64));
  await assert.rejects(bench.visit({ kind: "again", id }), { code: "model.mismatch", message: /changed/ });
  assert.equal(bench.history().length, 1);
  rmSync(bench.model, { recursive: true });
  await assert.rejects(bench.visit({ kind: "again", id }), { code: "model.not-found", where: bench.model });
  await assert.rejects(bench.visit({ kind: "again", id: "nosuchid" }), { code: "library.not-found" });
});

const REFUSED: [string, Partial<GenerateRequest>, string, RegExp][] = [
  ["an unclosed tag", { prompt: "<character_1><n>miku</character_1>" }, "prompt.malformed", /prompt:1:\d+/],
  ["a document type", { prompt: "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>" }, "prompt.malformed", /prompt/],
  ["nothing", { prompt: " \n" }, "prompt.malformed", /nothing/],
  ["too much", { prompt: "x, ".repeat(400_000) }, "prompt.too-large", /1024 KiB/],
  ["too deep", { prompt: "<a>".repeat(50) + "x" + "</a>".repeat(50) }, "prompt.too-large", /prompt/],
  ["an odd width", { size: { width: 250, height: 256 } }, "settings.invalid", /width is 250/],
  ["no width", { size: { width: 0, height: 256 } }, "settings.invalid", /width is 0/],
  ["more pixels than the model makes", { size: { width: 512, height: 512 } }, "settings.invalid", /at most 65536/],
  ["no steps", { sampling: { steps: 0 } }, "settings.invalid", /steps is 0/],
  ["half a step", { sampling: { steps: 1.5 } }, "settings.invalid", /whole number/],
  ["no number of steps", { sampling: { steps: NaN } }, "settings.invalid", /steps is NaN/],
  ["a negative seed", { seed: -1 }, "settings.invalid", /seed is -1/],
  ["seeds beyond the last", { seed: Number.MAX_SAFE_INTEGER, count: 2 }, "settings.invalid", /no room/],
  ["no pictures", { count: 0 }, "settings.invalid", /count is 0/],
  ["a model that is not there", { model: "no-such-model" }, "model.not-found", /installed: fake-model/],
];
test("a bad request is refused with a typed error and leaves neither file nor row", async (t) => {
  await using bench = new StudioBench();
  for (const [what, request, code, message] of REFUSED)
    await t.test(what, async () => {
      await assert.rejects(bench.visit(generate(request)), { code, message });
      assert.equal(bench.jobsTaken, 0);
      assert.deepEqual([bench.history().length, bench.pictureFiles.length], [0, 0]);
    });
});

test("what is met in the wild is read as it is meant, and said", async () => {
  await using bench = new StudioBench();
  const prompt = "<character 1><n>d&d, >_<</n></character_2><zzz>kept</zzz>";
  assert.equal((await bench.visit(generate({ prompt, promptName: "wild.xml" }))).images.length, 1);
  assert.ok(bench.notices.some((notice) => notice.startsWith("wild.xml:1:")));
  const text = bench.history()[0]?.texts.positive ?? "";
  for (const part of ["d&d", ">_<", "<zzz>kept</zzz>"]) assert.ok(text.includes(part), `${part} in ${text}`);
});

test(
  "a library that cannot be written to is refused",
  { skip: process.getuid?.() === 0 && "root may write anywhere" },
  async () => {
    await using bench = new StudioBench();
    chmodSync(bench.root, 0o500);
    await assert.rejects(bench.visit(generate({})), (error: { code: string }) =>
      /unwritable|read-only/.test(error.code),
    );
    chmodSync(bench.root, 0o700);
  },
);

test("a library in the place of a file is refused", async () => {
  await using bench = new StudioBench();
  writeFileSync(bench.library, "not a folder");
  await assert.rejects(bench.visit(generate({})), (error: { code: string }) => /^(file|library)\./.test(error.code));
  assert.equal(readFileSync(bench.library, "utf8"), "not a folder");
});

test("what is no request at all is refused by name, whoever sends it", async () => {
  await using bench = new StudioBench();
  const studio = createStudio({ libraryFolder: bench.library, engine: bench.createEngine(), places: bench.places });
  const context = { signal: new AbortController().signal, progress: () => undefined };
  const good = { prompt: "1girl", model: "fake-model" };
  const bad: unknown[] = [undefined, null, 7, "x", [], {}, { ...good, prompt: 7 }, { ...good, extra: 1 }];
  for (const field of ["negative", "model", "loras", "seed", "count", "size", "sampling", "toggles", "provider"])
    for (const value of [null, true, { x: 1 }, [1]]) bad.push({ ...good, [field]: value });
  for (const params of bad)
    await assert.rejects(
      async () => studio.handlers.generate(params as GenerateRequest, context),
      (error) => {
        assert.match((error as TachieError).code, /^(wire|settings)\.invalid$/, JSON.stringify(params));
        return true;
      },
    );
  for (const params of [undefined, null, {}, { id: 7 }, "x"])
    await assert.rejects(async () => studio.handlers.again(params as { id: string }, context), {
      code: "wire.invalid",
    });
  assert.equal(bench.jobsTaken, 0);
  studio.close();
});
