import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inferFluxVaeConfig } from "../../../models/newbie-exp0.1/flux-vae-config.ts";
import { buildFluxVaeDecoderGraph } from "../../../models/newbie-exp0.1/flux-vae.ts";
import { inferJinaTextConfig } from "../../../models/newbie-exp0.1/jina-text-config.ts";
import { buildJinaTextGraph } from "../../../models/newbie-exp0.1/jina-text.ts";
import { nextDitFlops } from "../../../models/newbie-exp0.1/next-dit-flops.ts";
import { inferNextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../../models/newbie-exp0.1/next-dit.ts";
import { openModelFolder } from "../../../models/model-folder.ts";
import { SYNTHETIC_FILES } from "../../../models/synthetic.ts";
import type { ModelInfo } from "../../../src-main/contract/engine.ts";
import type { EngineJob, GenerationProgress } from "../../../src-main/contract/generation.ts";
import { SOLVERS } from "../../../src-main/contract/sampling.ts";
import { OPTIMISATION_PRESETS } from "../../../src-main/contract/toggles.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { toByte } from "../../../src-main/engine/pixels.ts";
import { createCancelBuffer, setCancelled } from "../../../src-main/engine/shared-cancel.ts";
import { openTokeniser } from "../../../src-main/engine/tokeniser.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../../src-main/ort/session.ts";
import { engineJob } from "../../fixtures/engine/jobs.ts";
import { modelShelf } from "../../fixtures/engine/tiny-model.ts";
import { cannotMount, mountSmall } from "../../fixtures/mount.ts";

const shelf = modelShelf();
after(shelf.remove);
const tiny = shelf.write("tiny");

function engine() {
  const loaded: (ModelInfo | undefined)[] = [];
  const inference = createInference((model) => void loaded.push(model));
  const signal = new AbortController().signal;
  const generate = async (
    job: EngineJob,
    progress: (progress: GenerationProgress) => void = () => undefined,
    cancel = createCancelBuffer(),
  ) => await inference.generate({ job, cancel }, { signal, progress });
  const quiet = { signal, progress: () => undefined as never };
  return { loaded, inference, generate, quiet };
}

test("the same job gives the same bytes: again, in a new engine, and without the cache", async () => {
  const { generate } = engine();
  const job = engineJob(tiny);
  const first = await generate(job);
  assert.deepEqual([first.image.width, first.image.height, first.image.pixels.length], [64, 48, 64 * 48 * 3]);
  assert.equal(first.provider, "cpu");
  assert.equal(first.modelHash, openModelFolder(tiny).hash);
  const again = await generate(job);
  const elsewhere = await engine().generate({ ...job, toggles: { ...job.toggles, text_cache: "off" } });
  assert.deepEqual(again.image.pixels, first.image.pixels);
  assert.deepEqual(elsewhere.image.pixels, first.image.pixels);
  assert.ok(new Set(first.image.pixels).size > 30, "the picture is nearly even");
  assert.ok(first.timings.loadMs > 0 && again.timings.loadMs === 0);
  assert.ok(first.peakMemoryBytes > 1e7 && first.timings.encodeMs > 0 && first.timings.decodeMs > 0);
});

test("everything that should decide the picture does", async () => {
  const { generate } = engine();
  const base = engineJob(tiny);
  const { sampling, texts } = base;
  const pictures = new Set<string>();
  for (const changes of [
    {},
    { seed: 8 },
    { texts: { ...texts, positive: "1boy" } },
    { texts: { ...texts, negative: "" } },
    { sampling: { ...sampling, guidance: 1 } },
    { sampling: { ...sampling, guidance: 7 } },
    { sampling: { ...sampling, guidance: 7, renorm: 0.8 } },
    { sampling: { ...sampling, truncate: 0.1 } },
    { sampling: { ...sampling, steps: 4 } },
    { sampling: { ...sampling, shift: 2 } },
    { sampling: { ...sampling, schedule: "linear_quadratic" as const } },
    // From pure noise dpmpp_2m is of first order in its first, second and last step, so three steps are Euler's.
    ...SOLVERS.filter((solver) => solver !== "euler").map((solver) => ({
      sampling: { ...sampling, steps: 4, solver },
    })),
    { size: { width: 48, height: 64 } },
  ])
    pictures.add(Buffer.from((await generate(engineJob(tiny, changes))).image.pixels).toString("base64"));
  assert.equal(pictures.size, 16);
  // One tower reads the bare text: a system prompt is for an encoder of token states alone.
  const system = await generate(engineJob(tiny, { texts: { ...texts, system: "You are. " } }));
  assert.ok(pictures.has(Buffer.from(system.image.pixels).toString("base64")));
});

/** The same picture by hand: sessions called directly and Euler's rule in a plain loop. */
async function byHand(job: EngineJob): Promise<Uint8Array> {
  const runtime = await createNodeRuntime();
  const { transformer, vae, textEncoder } = openModelFolder(job.model).components;
  const options = { graphOptimisation: true, mappedWeights: true };
  const ditConfig = inferNextDitConfig(transformer.checkpoint, transformer.config);
  const vaeConfig = inferFluxVaeConfig(vae.checkpoint, vae.config);
  const textConfig = inferJinaTextConfig(textEncoder.checkpoint, textEncoder.config);
  const text = await runtime.createSession(buildJinaTextGraph(textConfig, textEncoder.checkpoint), options);
  const prompt = await runtime.createSession(buildNextDitPromptGraph(ditConfig, transformer.checkpoint), options);
  const step = await runtime.createSession(buildNextDitStepGraph(ditConfig, transformer.checkpoint), options);
  const decoder = await runtime.createSession(buildFluxVaeDecoderGraph(vaeConfig, vae.checkpoint), options);
  const [width, height] = [job.size.width / 8, job.size.height / 8];
  const prepare = async (words: string) => {
    const ids = openTokeniser(textEncoder.tokenizer!).encode(words, 64);
    const { states, pooled } = await text.run({ input_ids: int64Tensor(ids, [1, ids.length]) });
    return await prompt.run({ cap_feats: states!, pooled: pooled!, grid: int64Tensor([height / 2, width / 2]) });
  };
  const [positive, negative] = [await prepare(job.texts.positive), await prepare(job.texts.negative)];
  let x = seededNoise(job.seed, 16 * width * height);
  const { steps, shift, guidance } = job.sampling;
  const time = (u: number) => u / (u + shift - shift * u);
  for (let i = 0; i < steps; i++) {
    const [t, next] = [time(i / steps), time((i + 1) / steps)];
    const latent = float32Tensor(x, [1, 16, height, width]);
    const at = { latent, t: float32Tensor(Float32Array.of(t), [1]) };
    const conditional = float32Output(await step.run({ ...positive, ...at }), "velocity").data;
    const unconditional = float32Output(await step.run({ ...negative, ...at }), "velocity").data;
    x = x.map(
      (value, j) => value + (next - t) * (unconditional[j]! + guidance * (conditional[j]! - unconditional[j]!)),
    );
  }
  const z = float32Tensor(
    x.map((value) => value / 0.3611 + 0.1159),
    [1, 16, height, width],
  );
  const planes = float32Output(await decoder.run({ latent: z }), "image").data;
  const area = job.size.width * job.size.height;
  return Uint8Array.from({ length: 3 * area }, (_, i) => toByte(planes[(i % 3) * area + Math.floor(i / 3)]!));
}

test("the picture is the one that the networks give when they are called by hand", async () => {
  const job = engineJob(tiny, { seed: 3 });
  const [ours, expected] = [(await engine().generate(job)).image.pixels, await byHand(job)];
  const worst = ours.reduce((most, byte, index) => Math.max(most, Math.abs(byte - expected[index]!)), 0);
  assert.ok(worst <= 1, `differs by up to ${worst}`);
});

test("progress names every stage in order, with steps, passes and previews where wanted", async () => {
  const seen: GenerationProgress[] = [];
  await engine().generate(engineJob(tiny, { isPreviewWanted: true }), (progress) => seen.push(progress));
  assert.deepEqual(
    seen.map(({ stage, step, passes }) => [stage, step, passes]),
    [
      ["load", 0, undefined],
      ["encode", 0, 0],
      ["denoise", 0, 0],
      ["denoise", 1, 2],
      ["denoise", 2, 4],
      ["denoise", 3, 6],
      ["decode", 3, 6],
    ],
  );
  const previews = seen.flatMap(({ preview }) => (preview === undefined ? [] : [preview]));
  assert.deepEqual(
    previews.map(({ width, height, pixels }) => [width, height, pixels.length]),
    [0, 1, 2].map(() => [8, 6, 144]),
  );
});

test("the model stays loaded until its files or the way to load it change", async () => {
  const { generate, loaded } = engine();
  const folder = shelf.write("changing");
  const job = engineJob(folder);
  const first = await generate(job);
  await generate({ ...job, seed: 1 });
  assert.equal(loaded.length, 1);
  const off = { ...job, toggles: OPTIMISATION_PRESETS.reference };
  assert.ok((await generate(off)).timings.loadMs > 0);
  assert.deepEqual(
    loaded.map((model) => model?.name),
    ["tiny", undefined, "tiny"],
  );
  const other = shelf.write("other", { seed: 99 });
  renameSync(folder, `${folder}-old`);
  renameSync(other, folder);
  const second = await generate(off);
  assert.ok(second.timings.loadMs > 0);
  assert.notEqual(second.modelHash, first.modelHash);
  assert.notDeepEqual(second.image.pixels, first.image.pixels);
});

test("the operations of a picture are those of its evaluations, by the tokens of size and text", async () => {
  const { inference, generate, quiet } = engine();
  const job = engineJob(tiny, { size: { width: 64, height: 48 } });
  const sampling = { ...job.sampling, solver: "euler", guidance: 1, steps: 3 } as const;
  const { system, positive: text } = job.texts;
  const { total } = await inference.measure({ model: tiny, system, text, marks: [] }, quiet);
  const { checkpoint, config } = openModelFolder(tiny).components.transformer;
  const tokens = { image: 4 * 3, text: total };
  const { flops } = await generate({ ...job, sampling });
  assert.equal(flops, 3 * nextDitFlops(inferNextDitConfig(checkpoint, config), tokens));
});

test("warming loads and runs; describing does not load", async () => {
  const { inference, loaded, generate, quiet } = engine();
  const info = await inference.describe({ model: tiny }, quiet);
  assert.deepEqual([info.name, info.folder, info.hash.length, info.isPlaceholder], ["tiny", tiny, 64, true]);
  assert.equal(info.weightBytes, info.parameters * 4);
  assert.deepEqual(loaded, []);
  assert.deepEqual(await inference.warm({ model: tiny, cancel: createCancelBuffer() }, quiet), info);
  assert.deepEqual(loaded, [info]);
  assert.equal((await generate(engineJob(tiny))).timings.loadMs, 0);
  assert.match((await inference.runtime({}, quiet)).version, /onnxruntime-node \d/);
});

test("texts of any length and kind are taken, an empty one and one beyond the limit too", async () => {
  const { generate } = engine();
  for (const positive of ["", " ", "\n<character_1>\n", "青い髪の少女 🎀", "x".repeat(100_000), "\ud800", "\0"])
    await generate(engineJob(tiny, { texts: { system: "", positive, negative: "" }, size: { width: 16, height: 16 } }));
});

/** A copy of the tiny model with one of its files changed. */
function damaged(name: string, change: (folder: string) => void): string {
  const folder = shelf.write(name);
  change(folder);
  return folder;
}

function rewriteTensors(
  folder: string,
  file: keyof typeof SYNTHETIC_FILES,
  change: (tensor: { name: string; shape: readonly number[]; data: Float32Array }) => typeof tensor | undefined,
): void {
  const target = path.join(folder, SYNTHETIC_FILES[file]);
  const source = openSafetensors(target);
  const tensors = [...source.tensors.values()].flatMap(({ name, shape }) => {
    const { bytes } = readTensor(source, name);
    const changed = change({ name, shape, data: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) });
    return changed === undefined
      ? []
      : [{ ...changed, type: "F32" as const, data: new Uint8Array(changed.data.buffer) }];
  });
  const metadata = Object.fromEntries(source.metadata);
  renameSync(target, `${target}.before`);
  writeSafetensors(target, tensors, metadata);
}

test("bad models are typed errors that name the fault, and the next job works", async () => {
  const { generate } = engine();
  const weights = (file: keyof typeof SYNTHETIC_FILES) => (folder: string) => path.join(folder, SYNTHETIC_FILES[file]);
  const cases: [string, string, RegExp][] = [
    [path.join(shelf.folder, "nowhere"), "model.not-found", /nowhere/],
    [damaged("no-file", (folder) => renameSync(weights("vae")(folder), `${folder}/x`)), "model.incomplete", /vae/],
    [
      damaged("cut", (folder) => truncateSync(weights("transformer")(folder), 5000)),
      "safetensors.invalid",
      /transformer/,
    ],
    [damaged("text", (folder) => writeFileSync(weights("vae")(folder), "hello")), "safetensors.invalid", /vae/],
    [damaged("manifest", (folder) => writeFileSync(path.join(folder, "model.json"), "{")), "model.incomplete", /JSON/],
    [
      damaged("missing", (folder) =>
        rewriteTensors(folder, "transformer", (tensor) =>
          tensor.name === "layers.1.attention.out.weight" ? undefined : tensor,
        ),
      ),
      "model.incomplete",
      /layers\.1\.attention\.out\.weight/,
    ],
    [
      damaged("shape", (folder) =>
        rewriteTensors(folder, "vae", (tensor) =>
          tensor.name === "decoder.conv_out.bias" ? { ...tensor, shape: [1, 3] } : tensor,
        ),
      ),
      "model.mismatch",
      /decoder\.conv_out\.bias/,
    ],
    [
      damaged("nan", (folder) =>
        rewriteTensors(folder, "textEncoder", (tensor) =>
          tensor.name.endsWith("emb_ln.bias") ? { ...tensor, data: tensor.data.with(3, NaN) } : tensor,
        ),
      ),
      "model.non-finite",
      /emb_ln\.bias/,
    ],
    [
      damaged("tokenizer", (folder) => writeFileSync(weights("tokenizer")(folder), "{}")),
      "model.incomplete",
      /tokenizer/,
    ],
    [
      damaged("huge", (folder) =>
        rewriteTensors(folder, "vae", (tensor) =>
          tensor.name === "decoder.conv_in.bias" ? { ...tensor, data: tensor.data.map(() => 3e38) } : tensor,
        ),
      ),
      "engine.run-failed",
      /decode/,
    ],
  ];
  for (const [model, code, message] of cases) {
    await assert.rejects(generate(engineJob(model)), (error: Error & { code: string }) => {
      assert.equal(error.code, code, `${model}: ${error.message}`);
      assert.match(error.message, message);
      return true;
    });
    await generate(engineJob(tiny));
  }
});

test("parts of different models are refused by name", async () => {
  const { transformer, textEncoder } = (await import("../../fixtures/engine/tiny-model.ts")).TINY_MODEL;
  const wide = shelf.write("wide", {
    textEncoder: { ...textEncoder, hiddenSize: 32 },
    transformer: { ...transformer, capFeatDim: 32, clipTextDim: 32 },
  });
  const folder = damaged("mixed", (mixed) => {
    mkdirSync(path.join(mixed, "away"));
    for (const file of [SYNTHETIC_FILES.textEncoder, SYNTHETIC_FILES.tokenizer]) {
      renameSync(path.join(mixed, file), path.join(mixed, "away", path.basename(file)));
      renameSync(path.join(wide, file), path.join(mixed, file));
    }
    const manifest = path.join(mixed, "model.json");
    const json = JSON.parse(readFileSync(manifest, "utf8")) as { components: { textEncoder: { config?: unknown } } };
    const source = JSON.parse(readFileSync(path.join(wide, "model.json"), "utf8")) as typeof json;
    json.components.textEncoder.config = source.components.textEncoder.config;
    writeFileSync(manifest, JSON.stringify(json));
  });
  await assert.rejects(engine().generate(engineJob(folder)), {
    code: "model.mismatch",
    message: /captions are 64 wide.*32/,
  });
});

test("settings that this model cannot do are refused before anything is loaded", async () => {
  const { generate, loaded } = engine();
  const large = generate(engineJob(tiny, { size: { width: 528, height: 512 } }));
  await assert.rejects(large, { code: "settings.invalid", message: /270336 pixels.*262144/ });
  assert.deepEqual(loaded, []);
});

test("a cancelled job stops at once wherever it is, and the next one works", async () => {
  const { generate } = engine();
  const job = engineJob(tiny);
  const whole = await generate(job);
  for (const stage of ["load", "encode", "denoise", "decode"]) {
    const cancel = createCancelBuffer();
    const other = { ...job, toggles: { ...job.toggles, optimise: stage === "load" ? "off" : "on" } } as const;
    const cancelled = generate(other, (progress) => progress.stage === stage && setCancelled(cancel), cancel);
    await assert.rejects(cancelled, { code: "job.cancelled" }, stage);
    assert.deepEqual((await generate(job)).image.pixels, whole.image.pixels);
  }
});

test("a profile is one trace with every session in it, and the pixels stay the same", async () => {
  const { generate } = engine();
  const job = engineJob(tiny);
  const plain = await generate(job);
  const folder = path.join(shelf.folder, "profiles");
  mkdirSync(folder);
  const file = path.join(folder, "run.json");
  const profiled = await generate({ ...job, profile: file });
  assert.deepEqual(profiled.image.pixels, plain.image.pixels);
  assert.deepEqual(readdirSync(folder), ["run.json"]);
  const events = JSON.parse(readFileSync(file, "utf8")) as { name: string; pid: number; args?: { name?: string } }[];
  const names = events.filter(({ name }) => name === "process_name").map(({ args }) => args?.name);
  assert.deepEqual(names, ["text-encoder", "prompt", "transformer", "decoder"]);
  for (const pid of [1, 2, 3, 4]) assert.ok(events.filter((event) => event.pid === pid).length > 5);
  await assert.rejects(generate({ ...job, profile: path.join(folder, "none", "run.json") }), {
    code: "file.unwritable",
  });
  await assert.rejects(generate({ ...job, profile: folder }), { code: "file.unwritable" });
  const failing = generate({ ...job, profile: file, size: { width: 8, height: 16 } });
  await assert.rejects(failing, { code: "settings.invalid" });
  assert.deepEqual(readdirSync(folder), ["run.json"]);
});

test(
  "a profile for which there is no room is a typed error, and leaves what was there before",
  { skip: cannotMount ?? false },
  async (t) => {
    const { generate } = engine();
    const disk = mountSmall(t, 64 << 10);
    const file = path.join(disk, "run.json");
    writeFileSync(file, "[]");
    await assert.rejects(generate({ ...engineJob(tiny), profile: file }), { code: "file.unwritable", where: file });
    assert.deepEqual(readdirSync(disk), ["run.json"]);
    assert.equal(readFileSync(file, "utf8"), "[]");
    assert.equal((await generate(engineJob(tiny))).image.width, 64);
  },
);

test("memory stays level over many jobs", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { generate } = engine();
  const size = { width: 64, height: 64 };
  const bytesAfter = async (jobs: number): Promise<number> => {
    for (let seed = 0; seed < jobs; seed++) await generate(engineJob(tiny, { seed, size }));
    // The runtime gives its buffers back from finalisers, which run between turns of the event loop.
    for (let turn = 0; turn < 5; turn++) {
      collect();
      await setImmediate();
    }
    return process.memoryUsage().arrayBuffers;
  };
  const before = await bytesAfter(5);
  const growth = (await bytesAfter(60)) - before;
  // A job's latents, tables and picture are about 100 kB together; none may outlive it.
  assert.ok(growth < 500_000, `${growth} bytes more after 60 jobs`);
});
