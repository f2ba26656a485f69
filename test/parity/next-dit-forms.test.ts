/** @file Forms of the Next-DiT's graphs where the published layout, adapters or skipped layers come together. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitOptions } from "../../models/newbie-exp0.1/next-dit.ts";
import { nextDitFields } from "../../models/newbie-exp0.1/published-configs.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import type { LinearUpdates } from "../../src-main/graph/linear-update.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor, wantedBy } from "../../src-main/ort/session.ts";
import type { InferenceRuntime, Tensors } from "../../src-main/ort/session.ts";
import { relativeError } from "../fixtures/reference/arithmetic.ts";
import { diffusersCheckpoint } from "../fixtures/reference/diffusers-layout.ts";
import { randomCheckpoint, randomValues } from "../fixtures/reference/random-network.ts";
import { withTachieOperators } from "../fixtures/tachie-functions.ts";

const BOUND = 1e-5;
const SESSION = { graphOptimisation: true, mappedWeights: true, threads: 1 };
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
const OWN: NextDitOptions = { kernels: "tachie" };
const PLAIN: NextDitOptions = { operators: "plain", attention: "plain" };

let runtime: InferenceRuntime;
before(async () => {
  runtime = withTachieOperators(await createNodeRuntime());
});

async function stepOf(
  config: NextDitConfig,
  checkpoint: Checkpoint,
  options: NextDitOptions,
  extra: Tensors = {},
): Promise<Tensors> {
  const prompt = await runtime.createSession(buildNextDitPromptGraph(config, checkpoint, options), SESSION);
  const step = await runtime.createSession(buildNextDitStepGraph(config, checkpoint, options), SESSION);
  const prepared = await prompt.run({
    cap_feats: float32Tensor(randomValues("caption", 3 * config.capFeatDim), [3, config.capFeatDim]),
    pooled: float32Tensor(randomValues("pooled", config.clipTextDim), [1, config.clipTextDim]),
    grid: int64Tensor([2, 3]),
  });
  const outputs = await step.run({
    ...wantedBy(step, prepared),
    ...extra,
    latent: float32Tensor(randomValues("latent", config.inChannels * 24), [1, config.inChannels, 4, 6]),
    t: float32Tensor(Float32Array.of(0.4), [1]),
  });
  await Promise.all([prompt.release(), step.release()]);
  return outputs;
}

function assertSame(actual: Tensors, expected: Tensors): void {
  const error = relativeError(float32Output(actual, "velocity").data, [...float32Output(expected, "velocity").data]);
  assert.ok(error < BOUND, `error ${error}`);
}

const CONFIGS: Readonly<Record<string, Partial<NextDitConfig>>> = {
  "grouped heads": {},
  "as many key heads as query heads": { kvHeads: 2 },
  "no norm of queries and keys": { qkNorm: false },
  "no refiners": { refinerLayers: 0 },
  // More than are worked on together when they are steered.
  "many layers": { layers: 17, refinerLayers: 2 },
};

for (const [name, change] of Object.entries(CONFIGS))
  test(`forms of a Next-DiT: ${name}, in both published layouts`, async (context) => {
    const config = { ...CONFIG, ...change };
    const checkpoint = randomCheckpoint(context, nextDitTensors(config), { seed: 8, config: nextDitFields(config) });
    const expected = await stepOf(config, checkpoint, {});
    for (const options of [OWN, PLAIN]) {
      assertSame(await stepOf(config, checkpoint, options), expected);
      assertSame(await stepOf(config, diffusersCheckpoint(context, checkpoint, config), options), expected);
    }
  });

test("forms of a Next-DiT: what adapters add is in all of them", async (context) => {
  const checkpoint = randomCheckpoint(context, nextDitTensors(CONFIG), { seed: 9, config: nextDitFields(CONFIG) });
  const factor = (name: string, rows: number, columns: number) => ({
    name,
    type: "float32" as const,
    shape: [rows, columns] as const,
    read: () => new Uint8Array(randomValues(name, rows * columns).slice().buffer),
  });
  const update = (name: string, out: number, inDim: number) => ({
    delta: { kind: "low-rank" as const, down: factor(`${name}.down`, 2, inDim), up: factor(`${name}.up`, out, 2) },
    scale: 0.3,
  });
  const updates: LinearUpdates = new Map([
    ["layers.0.attention.qkv", [update("qkv", 48, 24)]],
    ["layers.1.adaLN_modulation.1", [update("steering", 96, 20)]],
    ["layers.1.feed_forward.w2", [update("down", 24, 40)]],
  ]);
  const bare = await stepOf(CONFIG, checkpoint, {});
  const expected = await stepOf(CONFIG, checkpoint, { updates });
  assert.throws(() => assertSame(bare, expected), "the adapter changes nothing");
  for (const options of [OWN, PLAIN]) assertSame(await stepOf(CONFIG, checkpoint, { ...options, updates }), expected);
});

for (const [name, options] of Object.entries({ fused: {}, own: OWN }))
  test(`a step that reuses what the layers added is the step that stored it, ${name}`, async (context) => {
    const checkpoint = randomCheckpoint(context, nextDitTensors(CONFIG), { seed: 10, config: nextDitFields(CONFIG) });
    const expected = await stepOf(CONFIG, checkpoint, options);
    const stored = await stepOf(CONFIG, checkpoint, { ...options, layerResult: "store" });
    assertSame(stored, expected);
    const residual = float32Output(stored, "residual");
    assert.deepEqual(residual.dims, [6, CONFIG.dim]);
    const reused = await stepOf(CONFIG, checkpoint, { ...options, layerResult: "reuse" }, { residual });
    assertSame(reused, expected);
    const none = { residual: float32Tensor(new Float32Array(6 * CONFIG.dim), [6, CONFIG.dim]) };
    const without = await stepOf(CONFIG, checkpoint, { ...options, layerResult: "reuse" }, none);
    assert.throws(() => assertSame(without, expected), "the residual changes nothing");
  });
