import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import { nextDitFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../src-main/contract/errors.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { range, relativeError, weightReader } from "../fixtures/reference/arithmetic.ts";
import { diffusersCheckpoint } from "../fixtures/reference/diffusers-layout.ts";
import { referenceVelocity } from "../fixtures/reference/next-dit.ts";
import { pick, randomCheckpoint, randomValues } from "../fixtures/reference/random-network.ts";

/** Float32 against double precision; measured: at most 2e-6. */
const BOUND = 1e-5;
const RANDOM_CONFIGS = Number(process.env["TACHIE_TEST_CONFIGS"] ?? 6);

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

const SMALL: NextDitConfig = {
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
  timeDim: 24,
};

interface Sample {
  readonly tokens: number;
  readonly height: number;
  readonly width: number;
  readonly time: number;
}

const SAMPLE: Sample = { tokens: 5, height: 4, width: 8, time: 0.3 };

/** The graphs' velocity for random inputs, and its error against plain loops. */
async function errorOf(
  config: NextDitConfig,
  checkpoint: Checkpoint,
  samples: readonly Sample[],
  { isPooledIgnored = false, graphOptimisation = true } = {},
): Promise<number> {
  const options = { graphOptimisation, mappedWeights: graphOptimisation };
  const prompt = await runtime.createSession(buildNextDitPromptGraph(config, checkpoint, { isPooledIgnored }), options);
  const step = await runtime.createSession(buildNextDitStepGraph(config, checkpoint, { isPooledIgnored }), options);
  const { capFeatDim, clipTextDim, inChannels, patchSize } = config;
  const hasPooled = clipTextDim > 0 && !isPooledIgnored;
  const weight = weightReader(checkpoint);
  let worst = 0;
  for (const [index, { tokens, height, width, time }] of samples.entries()) {
    const latent = randomValues(`latent ${index}`, inChannels * height * width);
    const capFeats = randomValues(`caption ${index}`, tokens * capFeatDim);
    const pooled = randomValues(`pooled ${index}`, clipTextDim);
    const prepared = await prompt.run({
      cap_feats: float32Tensor(capFeats, [tokens, capFeatDim]),
      grid: int64Tensor([height / patchSize, width / patchSize]),
      ...(hasPooled ? { pooled: float32Tensor(pooled, [1, clipTextDim]) } : {}),
    });
    const outputs = await step.run({
      ...prepared,
      latent: float32Tensor(latent, [1, inChannels, height, width]),
      t: float32Tensor(Float32Array.of(time), [1]),
    });
    const velocity = float32Output(outputs, "velocity");
    assert.deepEqual(velocity.dims, [1, inChannels, height, width]);
    const expected = referenceVelocity(config, weight, {
      latent: [...latent],
      height,
      width,
      time: Math.fround(time),
      capFeats: range(tokens).map((token) => [...capFeats.subarray(token * capFeatDim, (token + 1) * capFeatDim)]),
      pooled: hasPooled ? [...pooled] : undefined,
    });
    worst = Math.max(worst, relativeError(velocity.data, expected));
  }
  await Promise.all([prompt.release(), step.release()]);
  return worst;
}

/** For random inputs of the usual sample. */
async function velocityOf(config: NextDitConfig, checkpoint: Checkpoint): Promise<Float32Array> {
  const options = { graphOptimisation: true, mappedWeights: true };
  const prompt = await runtime.createSession(buildNextDitPromptGraph(config, checkpoint), options);
  const step = await runtime.createSession(buildNextDitStepGraph(config, checkpoint), options);
  const prepared = await prompt.run({
    cap_feats: float32Tensor(randomValues("caption", 3 * config.capFeatDim), [3, config.capFeatDim]),
    pooled: float32Tensor(randomValues("pooled", config.clipTextDim), [1, config.clipTextDim]),
    grid: int64Tensor([2, 3]),
  });
  const outputs = await step.run({
    ...prepared,
    latent: float32Tensor(randomValues("latent", config.inChannels * 24), [1, config.inChannels, 4, 6]),
    t: float32Tensor(Float32Array.of(0.4), [1]),
  });
  await Promise.all([prompt.release(), step.release()]);
  return float32Output(outputs, "velocity").data;
}

async function assertAgrees(
  context: TestContext,
  config: NextDitConfig,
  { seed = 1, type = "F32" as const, samples = [SAMPLE] as readonly Sample[] } = {},
): Promise<void> {
  const shapes = nextDitTensors(config);
  const checkpoint = randomCheckpoint(context, shapes, { seed, type, config: nextDitFields(config) });
  assert.deepEqual(inferNextDitConfig(checkpoint), config);
  const error = await errorOf(config, checkpoint, samples);
  context.diagnostic(`error ${error.toExponential(1)}`);
  assert.ok(error < BOUND, `error ${error}`);
}

const VARIANTS: Readonly<Record<string, Partial<NextDitConfig>>> = {
  "grouped heads": {},
  "as many key heads as query heads": { kvHeads: 2 },
  "unequal rotary axes": { axesDims: [2, 6, 4] },
  "heads of an odd number of pairs": { dim: 30, heads: 3, headDim: 10, axesDims: [2, 4, 4], timeDim: 30 },
  "the narrowest heads": { dim: 24, heads: 4, kvHeads: 2, headDim: 6, axesDims: [2, 2, 2] },
  "no norm of queries and keys": { qkNorm: false },
  "no refiners": { refinerLayers: 0 },
  "three refiners, one layer": { refinerLayers: 3, layers: 1 },
  "no pooled text": { clipTextDim: 0 },
  "patches of one cell": { patchSize: 1, inChannels: 5 },
  "patches of four cells": { patchSize: 4, inChannels: 3 },
  "a conditioning vector narrower than the stream": { timeDim: 10 },
  "another base, another epsilon": { ropeTheta: 500, normEps: 1e-3 },
};

for (const [name, change] of Object.entries(VARIANTS))
  test(`next-dit: ${name}`, async (context) => assertAgrees(context, { ...SMALL, ...change }));

test("next-dit: one pair of sessions serves all sizes and caption lengths", async (context) =>
  assertAgrees(context, SMALL, {
    samples: [
      SAMPLE,
      { tokens: 1, height: 2, width: 2, time: 0 },
      { tokens: 17, height: 10, width: 6, time: 1 },
      { tokens: 3, height: 2, width: 20, time: 0.987654321 },
    ],
  }));

for (const type of ["BF16", "F16"] as const)
  test(`next-dit: weights of ${type} are computed with in float32`, async (context) => {
    const checkpoint = randomCheckpoint(context, nextDitTensors(SMALL), {
      seed: 3,
      type,
      config: nextDitFields(SMALL),
    });
    assert.ok((await errorOf(SMALL, checkpoint, [SAMPLE])) < BOUND);
    assert.ok((await errorOf(SMALL, checkpoint, [SAMPLE], { graphOptimisation: false })) < BOUND);
  });

test("next-dit: the same without graph optimisation and with packed weights", async (context) => {
  const checkpoint = randomCheckpoint(context, nextDitTensors(SMALL), { seed: 4, config: nextDitFields(SMALL) });
  assert.ok((await errorOf(SMALL, checkpoint, [SAMPLE], { graphOptimisation: false })) < BOUND);
});

test("next-dit: pooled text can be left out of a network that has weights for it", async (context) => {
  const checkpoint = randomCheckpoint(context, nextDitTensors(SMALL), { seed: 5, config: nextDitFields(SMALL) });
  assert.ok((await errorOf(SMALL, checkpoint, [SAMPLE], { isPooledIgnored: true })) < BOUND);
});

test("next-dit: far rotary angles agree", async (context) =>
  assertAgrees(context, { ...SMALL, layers: 1 }, { samples: [{ tokens: 400, height: 2, width: 2, time: 0.5 }] }));

test("next-dit: the layout of diffusers gives the same numbers", async (context) => {
  const config = { ...SMALL, refinerLayers: 2 };
  const checkpoint = randomCheckpoint(context, nextDitTensors(config), { seed: 6, config: nextDitFields(config) });
  const renamed = diffusersCheckpoint(context, checkpoint, config);
  assert.deepEqual(inferNextDitConfig(renamed), config);
  const [original, diffusers] = [await velocityOf(config, checkpoint), await velocityOf(config, renamed)];
  assert.ok(relativeError(diffusers, [...original]) < 1e-6);
});

test("next-dit: weights that do not fit the configuration are refused", (context) => {
  const checkpoint = randomCheckpoint(context, nextDitTensors(SMALL), { seed: 7 });
  const cases: readonly [Record<string, unknown>, ErrorCode, RegExp][] = [
    [{ ...nextDitFields(SMALL), n_layers: 1 }, "model.mismatch", /2 blocks layers/],
    [{ ...nextDitFields(SMALL), n_layers: 3 }, "model.incomplete", /layers\.2/],
    [{ ...nextDitFields(SMALL), dim: 32 }, "model.mismatch", /\[24/],
    [{ ...nextDitFields(SMALL), axes_dims: [4, 4, 2] }, "model.mismatch", /add up to the head width 12/],
    [{ ...nextDitFields(SMALL), axes_dims: [5, 3, 4] }, "model.mismatch", /even/],
    [{ ...nextDitFields(SMALL), n_heads: 5 }, "model.mismatch", /5 heads/],
    [{ ...nextDitFields(SMALL), in_channels: 5 }, "model.mismatch", /x_embedder/],
    [{ ...nextDitFields(SMALL), n_kv_heads: 2 }, "model.mismatch", /qkv/],
    [{ ...nextDitFields(SMALL), dim: "wide" }, "model.mismatch", /dim/],
  ];
  for (const [given, code, message] of cases)
    assert.throws(
      () => {
        const config = inferNextDitConfig(checkpoint, given);
        buildNextDitPromptGraph(config, checkpoint);
        buildNextDitStepGraph(config, checkpoint);
      },
      (error) => isTachieError(error, code) && message.test(error.message),
      JSON.stringify(given),
    );
});

for (const seed of range(RANDOM_CONFIGS))
  test(`next-dit: random configuration ${seed}`, async (context) => {
    const choose = <T>(name: string, choices: readonly T[]): T => pick(seed, name, choices);
    const axesDims = [choose("axis 0", [2, 4, 8]), choose("axis 1", [2, 4, 6]), choose("axis 2", [2, 4, 6])];
    const headDim = axesDims.reduce((total, width) => total + width, 0);
    const [heads, kvHeads] = choose("heads", [
      [1, 1],
      [2, 1],
      [2, 2],
      [4, 2],
      [6, 2],
    ] as const);
    await assertAgrees(
      context,
      {
        patchSize: choose("patch", [1, 2]),
        inChannels: choose("channels", [1, 4, 16]),
        dim: heads * headDim,
        layers: choose("layers", [1, 2]),
        refinerLayers: choose("refiners", [0, 1, 2]),
        heads,
        kvHeads,
        headDim,
        ffnDim: choose("ffn", [16, 33, 64]),
        normEps: choose("epsilon", [1e-6, 1e-5]),
        qkNorm: choose("qk norm", [true, true, false]),
        capFeatDim: choose("caption", [3, 16]),
        clipTextDim: choose("pooled", [0, 5, 8]),
        axesDims,
        ropeTheta: choose("theta", [100, 10_000]),
        timeDim: choose("time", [7, 24]),
      },
      {
        seed,
        samples: [
          { tokens: choose("tokens", [1, 2, 9]), height: 2, width: choose("width", [2, 6]), time: seed / 10 },
          { tokens: 4, height: choose("height", [2, 4]), width: 4, time: 0.75 },
        ],
      },
    );
  });
