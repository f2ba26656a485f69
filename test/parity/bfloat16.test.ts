/**
 * @file What bfloat16 costs in accuracy: the graphs that a GPU runs, with every rounding that they say, on the CPU in float32.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitOptions } from "../../models/newbie-exp0.1/next-dit.ts";
import { nextDitFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { hostParityHome, runParity } from "../../src-main/engine/parity.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import type { LinearUpdates } from "../../src-main/graph/linear-update.ts";
import type { NetworkVariant } from "../../src-main/graph/network-variant.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { withSimulatedBfloat16 } from "../fixtures/bfloat16-simulation.ts";
import { randomCheckpoint, randomValues } from "../fixtures/reference/random-network.ts";
import { withTachieOperators } from "../fixtures/tachie-functions.ts";

const golden = path.resolve(import.meta.dirname, "../../../shared/golden");
const SESSION = { graphOptimisation: true, mappedWeights: true, threads: 1 };

let runtime: InferenceRuntime;
before(async () => {
  runtime = withSimulatedBfloat16(withTachieOperators(await createNodeRuntime()));
});

/**
 * The largest error over the root mean square of the reference values. Their weights are float32; rounding these alone,
 * which published weights do not undergo, costs up to 2.1e-2 in the Next-DiT, 3.2e-2 in the autoencoder,
 * 1.6e-2 and 4.3e-2 in Jina's and Gemma's towers.
 */
const FILES: readonly { readonly file: string; readonly variant: Partial<NetworkVariant>; readonly bound: number }[] = [
  { file: "next_dit", variant: { kernels: "tachie" }, bound: 4e-2 },
  { file: "flux_vae", variant: {}, bound: 5.5e-2 },
  { file: "jina_text", variant: {}, bound: 1.5e-2 },
  { file: "gemma3_text", variant: {}, bound: 6.5e-2 },
];

for (const { file, variant, bound } of FILES) {
  const where = path.join(golden, `${file}.safetensors`);
  const skip = existsSync(where) ? false : `${where} is not there`;
  test(`${file} in bfloat16: the reference values`, { skip }, async (context) => {
    const { cases } = await runParity(where, hostParityHome(runtime, { ...variant, computeType: "bfloat16" }));
    for (const { name, error } of cases) context.diagnostic(`${name} ${error.toExponential(1)}`);
    for (const { name, error } of cases) assert.ok(error < bound, `${name}: ${error}`);
  });
}

/** Half as deep as the published network, and narrow. */
const CONFIG: NextDitConfig = {
  patchSize: 2,
  inChannels: 4,
  dim: 96,
  layers: 18,
  refinerLayers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 24,
  ffnDim: 256,
  normEps: 1e-5,
  qkNorm: true,
  capFeatDim: 64,
  clipTextDim: 32,
  axesDims: [8, 8, 8],
  ropeTheta: 10_000,
  timeDim: 64,
};

async function velocity(checkpoint: Checkpoint, options: NextDitOptions): Promise<Float32Array> {
  const prompt = await runtime.createSession(buildNextDitPromptGraph(CONFIG, checkpoint, options), SESSION);
  const step = await runtime.createSession(buildNextDitStepGraph(CONFIG, checkpoint, options), SESSION);
  const prepared = await prompt.run({
    cap_feats: float32Tensor(randomValues("caption", 12 * CONFIG.capFeatDim), [12, CONFIG.capFeatDim]),
    pooled: float32Tensor(randomValues("pooled", CONFIG.clipTextDim), [1, CONFIG.clipTextDim]),
    grid: int64Tensor([8, 8]),
  });
  const outputs = await step.run({
    ...prepared,
    latent: float32Tensor(randomValues("latent", CONFIG.inChannels * 256), [1, CONFIG.inChannels, 16, 16]),
    t: float32Tensor(Float32Array.of(0.4), [1]),
  });
  const values = float32Output(outputs, "velocity").data.slice();
  await Promise.all([prompt.release(), step.release()]);
  return values;
}

const CHECKPOINT = { seed: 5, type: "BF16", config: nextDitFields(CONFIG) } as const;

/** Euclidean, relative to what is expected. */
function distance(values: Float32Array, expected: Float32Array): number {
  const length = (numbers: Float32Array): number => Math.hypot(...numbers);
  return length(values.map((value, index) => value - expected[index]!)) / length(expected);
}

test("a float32 residual stream makes an evaluation in bfloat16 twice as close to float32", async (context) => {
  // Stored in bfloat16, so that the weights are the same numbers in all three.
  const checkpoint = randomCheckpoint(context, nextDitTensors(CONFIG), CHECKPOINT);
  const exact = await velocity(checkpoint, {});
  const errorOf = async (options: NextDitOptions): Promise<number> =>
    distance(await velocity(checkpoint, { ...options, computeType: "bfloat16" }), exact);
  const [rounded, wide] = [await errorOf({ kernels: "none" }), await errorOf({ kernels: "tachie" })];
  context.diagnostic(
    `relative error ${rounded.toExponential(1)} with a stream in bfloat16, else ${wide.toExponential(1)}`,
  );
  assert.ok(wide < 1e-2 && wide < rounded / 2, `${wide}, ${rounded}`);
});

test("what adapters add is in bfloat16 and in float32 as the maps are, whichever the network keeps the map in", async (context) => {
  const checkpoint = randomCheckpoint(context, nextDitTensors(CONFIG), CHECKPOINT);
  const factor = (name: string, rows: number, columns: number) => ({
    name,
    type: "float32" as const,
    shape: [rows, columns] as const,
    read: () => new Uint8Array(randomValues(name, rows * columns).slice().buffer),
  });
  const update = (name: string, out: number, inDim: number) => ({
    delta: { kind: "low-rank" as const, down: factor(`${name}.down`, 2, inDim), up: factor(`${name}.up`, out, 2) },
    scale: 0.1,
  });
  const updates: LinearUpdates = new Map([
    ["x_embedder", [update("embedder", 96, 16)]],
    ["t_embedder.mlp.2", [update("time", 64, 64)]],
    ["layers.1.adaLN_modulation.1", [update("steering", 384, 64)]],
    ["layers.2.attention.out", [update("out", 96, 96)]],
  ]);
  const exact = await velocity(checkpoint, { updates });
  assert.ok(distance(await velocity(checkpoint, {}), exact) > 0.1, "the adapters change nothing");
  for (const kernels of ["none", "tachie"] as const)
    assert.ok(
      distance(await velocity(checkpoint, { updates, kernels, computeType: "bfloat16" }), exact) < 3e-2,
      kernels,
    );
});
