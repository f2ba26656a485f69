import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import type { NextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../../models/newbie-exp0.1/next-dit.ts";
import { nextDitFields } from "../../../models/newbie-exp0.1/published-configs.ts";
import { openLoraUpdates } from "../../../models/newbie-exp0.1/lora.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import type { Checkpoint } from "../../../src-main/graph/checkpoint.ts";
import { writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../../src-main/ort/session.ts";
import { at, weightReader } from "../../fixtures/reference/arithmetic.ts";
import { diffusersCheckpoint } from "../../fixtures/reference/diffusers-layout.ts";
import { ADAPTER_FORMATS, floatTensor } from "../../fixtures/reference/lora.ts";
import type { Plain } from "../../fixtures/reference/lora.ts";
import { randomCheckpoint, randomValues } from "../../fixtures/reference/random-network.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const BOUND = 1e-5;
/** Every target in every format on both layouts, rather than on one in turn where the layouts differ by names alone. */
const IS_EXHAUSTIVE = process.env["TACHIE_TEST_LORAS"] === "all";

/** No two widths are equal that need not be. */
const CONFIG: NextDitConfig = {
  patchSize: 2,
  inChannels: 4,
  dim: 24,
  layers: 2,
  refinerLayers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 12,
  ffnDim: 40,
  normEps: 1e-5,
  qkNorm: true,
  capFeatDim: 14,
  clipTextDim: 6,
  axesDims: [4, 4, 4],
  ropeTheta: 10_000,
  timeDim: 20,
};

/** Rows of the fused projection. */
const SLICES = { q: [0, 24], k: [24, 36], v: [36, 48] } as const;

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

interface Chosen {
  readonly file: string;
  readonly strength: number;
}

async function velocityOf(checkpoint: Checkpoint, loras: readonly Chosen[] = []): Promise<Float32Array> {
  const updates = openLoraUpdates(CONFIG, checkpoint, loras);
  const options = { graphOptimisation: true, mappedWeights: true, threads: 1 };
  const prompt = await runtime.createSession(buildNextDitPromptGraph(CONFIG, checkpoint, { updates }), options);
  const step = await runtime.createSession(buildNextDitStepGraph(CONFIG, checkpoint, { updates }), options);
  const prepared = await prompt.run({
    cap_feats: float32Tensor(randomValues("caption", 3 * CONFIG.capFeatDim), [3, CONFIG.capFeatDim]),
    pooled: float32Tensor(randomValues("pooled", CONFIG.clipTextDim), [1, CONFIG.clipTextDim]),
    grid: int64Tensor([2, 3]),
  });
  const outputs = await step.run({
    ...prepared,
    latent: float32Tensor(randomValues("latent", CONFIG.inChannels * 24), [1, CONFIG.inChannels, 4, 6]),
    t: float32Tensor(Float32Array.of(0.4), [1]),
  });
  await Promise.all([prompt.release(), step.release()]);
  return float32Output(outputs, "velocity").data;
}

/** The largest difference, over the largest value. */
function difference(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0) / largest;
}

interface Addition {
  readonly module: string;
  readonly slice?: keyof typeof SLICES | undefined;
  /** [rows · in] */
  readonly delta: readonly number[];
  readonly strength: number;
}

/** The same checkpoint with its weights changed by hand. */
function merged(context: TestContext, base: Checkpoint, additions: readonly Addition[]): Checkpoint {
  const read = weightReader(base);
  const tensors = [...nextDitTensors(CONFIG)].map(([name, shape]) => {
    const values = [...read(name)];
    for (const { module, slice, delta, strength } of additions) {
      if (name !== `${module}.weight`) continue;
      const start = slice === undefined ? 0 : SLICES[slice][0] * at(shape, 1);
      for (const [index, value] of delta.entries())
        values[start + index] = at(values, start + index) + strength * value;
    }
    return floatTensor(name, shape, values);
  });
  const file = path.join(temporaryFolder(context), "merged.safetensors");
  writeSafetensors(file, tensors, { config: JSON.stringify(nextDitFields(CONFIG)) });
  return openCheckpoint(file);
}

function bases(context: TestContext): { original: Checkpoint; diffusers: Checkpoint } {
  const config = nextDitFields(CONFIG);
  const original = randomCheckpoint(context, nextDitTensors(CONFIG), { seed: 5, config });
  return { original, diffusers: diffusersCheckpoint(context, original, CONFIG) };
}

interface Target {
  /** In the file, without a prefix. */
  readonly names: readonly string[];
  readonly module: string;
  readonly slice?: keyof typeof SLICES;
}

const plain = (module: string, diffusers: string): Target => ({ module, names: [module, diffusers] });
const block = (name: string): readonly Target[] => [
  { module: `${name}.attention.qkv`, names: [`${name}.attention.qkv`] },
  ...(["q", "k", "v"] as const).map((slice) => ({
    module: `${name}.attention.qkv`,
    slice,
    names: [`${name}.attn.to_${slice}`, `${name}.attention.to_${slice}`],
  })),
  plain(`${name}.attention.out`, `${name}.attn.to_out.0`),
  plain(`${name}.feed_forward.w1`, `${name}.feed_forward.linear_1`),
  plain(`${name}.feed_forward.w2`, `${name}.feed_forward.linear_2`),
  plain(`${name}.feed_forward.w3`, `${name}.feed_forward.linear_3`),
];
const CAPTION = "time_caption_embed";
const TARGETS: readonly Target[] = [
  ...block("layers.1"),
  plain("layers.0.adaLN_modulation.1", "layers.0.norm1.linear"),
  plain("noise_refiner.0.adaLN_modulation.1", "noise_refiner.0.norm1.linear"),
  ...block("context_refiner.0").slice(0, 3),
  ...block("noise_refiner.0").slice(3, 6),
  plain("x_embedder", "x_embedder"),
  plain("t_embedder.mlp.0", `${CAPTION}.timestep_embedder.linear_1`),
  plain("t_embedder.mlp.2", `${CAPTION}.timestep_embedder.linear_2`),
  plain("cap_embedder.1", `${CAPTION}.caption_embedder.1`),
  plain("time_text_embed.1", `${CAPTION}.time_text_embed.1`),
  plain("clip_text_pooled_proj.1", `${CAPTION}.clip_text_pooled_proj.1`),
  plain("final_layer.adaLN_modulation.1", "norm_out.linear_1"),
  plain("final_layer.linear", "norm_out.linear_2"),
];

const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `base_model.model.${name}`,
  (name) => `diffusion_model.${name}`,
  (name) => `model.diffusion_model.${name}`,
  (name) => `transformer.${name}`,
  (name) => `unet.base_model.model.${name}`,
  (name) => `lora_unet_${name.replaceAll(".", "_")}`,
  (name) => `lycoris_${name.replaceAll(".", "_")}`,
];

/** [rows, in] of a target. */
function shapeOf({ module, slice }: Target): readonly [number, number] {
  const [rows = 0, inDim = 0] = nextDitTensors(CONFIG).get(`${module}.weight`) ?? [];
  return [slice === undefined ? rows : SLICES[slice][1] - SLICES[slice][0], inDim];
}

for (const [index, [name, format]] of Object.entries(ADAPTER_FORMATS).entries())
  test(`${name}: every target changes the output as weights merged by hand do`, async (context) => {
    const { original, diffusers } = bases(context);
    const before = await velocityOf(original);
    const folder = temporaryFolder(context);
    for (const [number, target] of TARGETS.entries()) {
      // Another spelling of the same format.
      if (name === "peft, named" && number % 6 !== 0 && !IS_EXHAUSTIVE) continue;
      const spell = at(SPELLINGS, (number + 3 * index) % SPELLINGS.length);
      const module = spell(at(target.names, (number + index) % target.names.length));
      const type: Plain = (number + index) % 2 === 0 ? "F32" : "BF16";
      const { tensors, delta } = format(module, ...shapeOf(target), type);
      const file = path.join(folder, `${number}.safetensors`);
      writeSafetensors(file, tensors);
      const strength = number % 3 === 0 ? -0.7 : 0.6;
      const expected = await velocityOf(merged(context, original, [{ ...target, delta, strength }]));
      const label = `${name}, ${module}`;
      assert.ok(difference(expected, before) > 1e-4, `${label} makes no difference`);
      const isCut = target.module.endsWith(".qkv");
      const inTurn = (number >> 1) % 2 === index % 2 ? [original] : [diffusers];
      for (const base of isCut || IS_EXHAUSTIVE ? [original, diffusers] : inTurn) {
        const error = difference(await velocityOf(base, [{ file, strength }]), expected);
        assert.ok(error <= BOUND, `${label} on ${path.basename(base.label)}: ${error}`);
      }
    }
  });

test("several adapters add up, on the same map and on its slices; a strength of 0 is the base, bit by bit", async (context) => {
  const { original, diffusers } = bases(context);
  const folder = temporaryFolder(context);
  const additions: Addition[] = [];
  const loras: Chosen[] = [];
  for (const [number, format] of Object.values(ADAPTER_FORMATS).entries()) {
    const strength = 0.2 + number / 10;
    const file = path.join(folder, `${number}.safetensors`);
    const targets = TARGETS.filter((_, index) => index < 8 || index % 2 === number % 2);
    const parts = targets.map((target) => {
      const { tensors, delta } = format(at(target.names, 0), ...shapeOf(target), "F32");
      additions.push({ ...target, delta, strength });
      return tensors;
    });
    writeSafetensors(file, parts.flat());
    loras.push({ file, strength });
  }
  // The same file once more: nothing about it may be taken for the first.
  loras.push(at(loras, 1));
  const again = additions.filter(({ strength }) => strength === at(loras, 1).strength);
  const expected = await velocityOf(merged(context, original, [...additions, ...again]));
  for (const base of [original, diffusers]) {
    const error = difference(await velocityOf(base, loras), expected);
    assert.ok(error <= BOUND, `${path.basename(base.label)}: ${error}`);
    const nothing = loras.map(({ file }) => ({ file, strength: 0 }));
    assert.deepEqual(await velocityOf(base, nothing), await velocityOf(base));
  }
});

test("the base is not copied: the graph grows by the factors alone", (context) => {
  const { original } = bases(context);
  const target = at(TARGETS, 0);
  const file = path.join(temporaryFolder(context), "a.safetensors");
  const { tensors } = at(Object.values(ADAPTER_FORMATS), 0)(target.module, ...shapeOf(target), "BF16");
  writeSafetensors(file, tensors);
  const updates = openLoraUpdates(CONFIG, original, [{ file, strength: 1 }]);
  const growth =
    buildNextDitStepGraph(CONFIG, original, { updates }).bytes.length -
    buildNextDitStepGraph(CONFIG, original).bytes.length;
  const factors = 2 * 3 * (48 + 24);
  assert.ok(growth > factors && growth < factors + 1000, `${growth} bytes`);
});
