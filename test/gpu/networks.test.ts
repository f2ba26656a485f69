/**
 * @file The networks on a real GPU: reference values in every form, and a whole picture of the starter model.
 *
 * TACHIE_CUDA names the folder of the CUDA provider, TACHIE_GOLDEN that of the reference values.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { openModelFolder } from "../../models/model-folder.ts";
import type { EngineJob } from "../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../src-main/contract/toggles.ts";
import { FASTEST_FORM, PLAIN_FORM } from "../../src-main/engine/device/device-form.ts";
import type { DeviceForm } from "../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../src-main/engine/device/device-home.ts";
import { openGpu } from "../../src-main/engine/device/gpu.ts";
import type { Gpu } from "../../src-main/engine/device/gpu.ts";
import { hostHome } from "../../src-main/engine/host-home.ts";
import { openNetworks } from "../../src-main/engine/networks.ts";
import { runParity } from "../../src-main/engine/parity.ts";
import { createPipeline } from "../../src-main/engine/pipeline.ts";
import type { Pipeline } from "../../src-main/engine/pipeline.ts";
import { createCApiRuntime } from "../../src-main/ort/c-api/runtime.ts";
import { hostMemory } from "../../src-main/ort/host-memory.ts";
import { NO_GPU, findProductGpu } from "./product-gpu.ts";

const golden = process.env["TACHIE_GOLDEN"] ?? path.resolve(import.meta.dirname, "../../../shared/golden");
const options = findProductGpu();
const skip = options === undefined ? NO_GPU : false;
const signal = { aborted: false };
let gpu: Gpu | undefined;

function theGpu(): Gpu {
  assert.ok(options);
  return (gpu ??= openGpu(options));
}

after(() => gpu?.release());

/** As the product runs it: see `settleForGpu`. */
const FLOAT32 = { precision: "float32", decoderPrecision: "float32", hasStepGraph: false } as const;
/**
 * The goal in bfloat16 is 3e-2. These files' weights are float32, though, and rounding them alone costs most of what is
 * seen (test/parity/bfloat16.test.ts); weights that are published in bfloat16 lose nothing so.
 */
const BFLOAT16_BOUNDS: Readonly<Record<string, number>> = {
  next_dit: 4e-2,
  flux_vae: 6.5e-2,
  jina_text: 1.5e-2,
  gemma3_text: 7e-2,
};
const FORMS: readonly { readonly name: string; readonly form: DeviceForm }[] = [
  { name: "plain, float32", form: PLAIN_FORM },
  { name: "fastest, float32", form: { ...FASTEST_FORM, ...FLOAT32 } },
  { name: "plain attention, bfloat16", form: { ...FASTEST_FORM, attention: "plain", hasStepGraph: false } },
  { name: "fastest, bfloat16", form: FASTEST_FORM },
];

for (const [file, bfloat16Bound] of Object.entries(BFLOAT16_BOUNDS))
  for (const { name, form } of FORMS)
    test(`${file}, ${name}: the reference values`, { skip }, async (context) => {
      const where = path.join(golden, `${file}.safetensors`);
      if (!existsSync(where)) return context.skip(`${where} is not there`);
      const bound = form.precision === "float32" ? 2e-3 : bfloat16Bound;
      const { cases } = await runParity(where, deviceHome(theGpu(), { form, signal }));
      for (const { name: title, error } of cases) context.diagnostic(`${title} ${error.toExponential(1)}`);
      for (const { name: title, error } of cases) assert.ok(error < bound, `${title}: ${error}`);
    });

const starter = path.resolve(import.meta.dirname, "../../models/starter");
const job = (changes: Partial<EngineJob> = {}): EngineJob => ({
  model: starter,
  loras: [],
  texts: {
    system: "",
    positive: "<img><character_1><n>girl</n><appearance>red_hair, blue_eyes</appearance></character_1></img>",
    negative: "",
  },
  seed: 7,
  size: { width: 256, height: 256 },
  sampling: { steps: 8, solver: "euler", schedule: "shift", shift: 3, guidance: 2.5, truncate: 1, renorm: 0 },
  toggles: DEFAULT_TOGGLES,
  provider: "auto",
  isPreviewWanted: true,
  ...changes,
});

async function pixelsOf(pipeline: Pipeline, changes: Partial<EngineJob> = {}): Promise<Uint8Array> {
  let previews = 0;
  const { image } = await pipeline.generate(job(changes), {
    signal,
    progress: ({ preview }) => (previews += preview === undefined ? 0 : 1),
  });
  assert.equal(previews, job(changes).sampling.steps);
  return image.pixels;
}

/** Mean over all bytes. */
function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

async function onGpu(form: DeviceForm): Promise<Pipeline> {
  return createPipeline(
    await openNetworks(openModelFolder(starter), deviceHome(theGpu(), { form, signal }), new Map()),
    "",
  );
}

test("a picture of the starter model is the one that the CPU makes", { skip }, async (context) => {
  assert.ok(options);
  const runtime = createCApiRuntime({ libraryPath: options.libraryPath, memory: hostMemory() });
  const host = hostHome(runtime, { toggles: DEFAULT_TOGGLES, signal });
  const expected = await pixelsOf(createPipeline(await openNetworks(openModelFolder(starter), host, new Map()), ""));
  for (const [name, form, bound] of [
    ["float32", { ...FASTEST_FORM, ...FLOAT32 }, 0.05],
    ["bfloat16", FASTEST_FORM, 4],
  ] as const) {
    const pipeline = await onGpu(form);
    const found = difference(await pixelsOf(pipeline), expected);
    await pipeline.release();
    context.diagnostic(`${name}: ${found.toFixed(3)} of 255`);
    assert.ok(found < bound, `${name}: ${found}`);
  }
  runtime.release();
});

test("replayed graphs give the same bytes as launched kernels, whatever was made in between", { skip }, async () => {
  const plain = await onGpu({ ...FASTEST_FORM, hasStepGraph: false, hasDecoderGraph: false });
  const expected = await pixelsOf(plain);
  await plain.release();
  const replayed = await onGpu(FASTEST_FORM);
  const other = { size: { width: 320, height: 192 }, texts: { ...job().texts, positive: "1girl" } };
  const first = await pixelsOf(replayed);
  await pixelsOf(replayed, other);
  await pixelsOf(replayed, { texts: { ...job().texts, negative: "bad" } });
  const again = await pixelsOf(replayed);
  await replayed.release();
  assert.deepEqual([difference(first, expected), difference(again, expected)], [0, 0]);
});

test("forty pictures of changing sizes and prompts leave the GPU's memory as it was", { skip }, async (context) => {
  const pipeline = await onGpu(FASTEST_FORM);
  const used: number[] = [];
  for (let round = 0; round < 40; round++) {
    const side = 64 * (2 + (round % 4));
    const positive = "red_hair ".repeat(1 + (round % 7));
    const texts = { ...job().texts, positive };
    const sampling = { ...job().sampling, steps: 2 };
    await pixelsOf(pipeline, { size: { width: side, height: 256 }, texts, sampling, seed: round });
    const { freeBytes, totalBytes } = theGpu().memory.info();
    used.push(totalBytes - freeBytes);
  }
  context.diagnostic(`${used.map((bytes) => (bytes / 1e6).toFixed(0)).join(" ")} MB`);
  assert.ok(used.at(-1)! <= Math.max(...used.slice(0, 30)));
  const own = theGpu().memory.use();
  await pipeline.release();
  assert.ok(theGpu().memory.use().inUseBytes < own.inUseBytes);
});
