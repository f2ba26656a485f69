/** @file What the forms of the published Next-DiT's graph are made of: every operator on a token sequence costs a launch. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitOptions } from "../../../models/newbie-exp0.1/next-dit.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { PUBLISHED_NEXT_DIT } from "../../../models/newbie-exp0.1/published-configs.ts";
import { findFaults, readOnnx } from "../../fixtures/onnx-reader.ts";
import type { ReadGraph } from "../../fixtures/onnx-reader.ts";
import { shapeCheckpoint } from "../../fixtures/shape-checkpoint.ts";

const [FLOAT32, BFLOAT16] = [1, 16];
const BLOCKS = PUBLISHED_NEXT_DIT.layers + PUBLISHED_NEXT_DIT.refinerLayers;
const checkpoint = shapeCheckpoint(nextDitTensors(PUBLISHED_NEXT_DIT));
/** Nodes of a step that belong to no block, condition or final layer. */
const ENDS_OF_STEP = 13;
const OWN: NextDitOptions = { computeType: "bfloat16", kernels: "tachie", deviceInputs: true };

function stepGraph(options: NextDitOptions): ReadGraph {
  const graph = readOnnx(buildNextDitStepGraph(PUBLISHED_NEXT_DIT, checkpoint, options).bytes);
  assert.deepEqual(findFaults(graph), []);
  return graph;
}

/** How often each operator is in the nodes whose names begin so. */
function operators(graph: ReadGraph, scope = ""): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name, operator } of graph.nodes)
    if (name.startsWith(scope)) counts[operator] = (counts[operator] ?? 0) + 1;
  return counts;
}

/** Without what depends on weights alone, which is folded away when a session loads the graph. */
function inEveryStep(graph: ReadGraph): ReadGraph {
  const varying = new Set(graph.inputs.map(({ name }) => name));
  const nodes = graph.nodes.filter(({ inputs, outputs }) => {
    if (!inputs.some((name) => varying.has(name))) return false;
    for (const name of outputs) varying.add(name);
    return true;
  });
  return { ...graph, nodes };
}

function nodesOutside(graph: ReadGraph, scopes: RegExp): string[] {
  return graph.nodes.filter(({ name }) => !scopes.test(name)).map(({ operator }) => operator);
}

test("with operators of our own a block is five products, four kernels, attention and what gives it its shapes", () => {
  const graph = stepGraph(OWN);
  for (const layer of ["layers.1/", "layers.17/", "layers.35/"])
    assert.deepEqual(operators(graph, layer), {
      Gemm: 5,
      QkvNormRotary_bf16: 1,
      MultiHeadAttention: 1,
      // Attention takes and gives three dimensions.
      Reshape: 4,
      ResidualNorm_bf16: 2,
      SwiGlu_bf16: 1,
    });
  assert.deepEqual(operators(graph, "layers.0/"), { ...operators(graph, "layers.1/"), NormModulate_bf16: 1 });
});

test("what steers all blocks is one product a block and a few operators for every sixteen", () => {
  const graph = stepGraph(OWN);
  const { Gemm = 0, ...others } = operators(inEveryStep(graph), "modulation/");
  assert.equal(Gemm, BLOCKS);
  const groups = Math.ceil(BLOCKS / 16);
  assert.deepEqual(others, {
    Concat: groups,
    Reshape: 3 * groups,
    Split: 3 * groups,
    Add: groups,
    Tanh: groups,
    Mul: 2 * groups,
    // Of the condition, and of each group's products.
    Cast: 1 + groups,
  });
  for (const { operator, inputs, outputs } of graph.nodes)
    if (operator === "Concat" || operator === "Split")
      assert.ok(Math.max(inputs.length, outputs.length) <= 32, "more parts than a captured graph can take");
});

test("a step converts what steers its blocks and nothing that has tokens", () => {
  const graph = stepGraph(OWN);
  const converted = inEveryStep(graph)
    .nodes.filter(({ operator }) => operator === "Cast")
    .map(({ name }) => name.replace(/\d+$/, ""));
  assert.deepEqual(new Set(converted), new Set(["modulation/Cast."]));
  assert.deepEqual(
    graph.inputs.map(({ name, type }) => [name, type]),
    ["latent", "t", "cap", "pooled_proj", "rope_cos", "rope_sin"].map((name) => [name, FLOAT32]),
  );
  assert.deepEqual(
    graph.outputs.map(({ name, type }) => [name, type]),
    [["velocity", FLOAT32]],
  );
  assert.equal(operators(graph)["Identity"], undefined, "an output needs no copy");
  assert.equal(
    nodesOutside(inEveryStep(graph), /^(layers|noise_refiner|modulation|condition|final)/).length,
    ENDS_OF_STEP,
  );
});

test("a prompt is handed on in the type that the step takes", () => {
  const typesOf = (options: NextDitOptions): Record<string, number> => {
    const { outputs } = readOnnx(buildNextDitPromptGraph(PUBLISHED_NEXT_DIT, checkpoint, options).bytes);
    return Object.fromEntries(outputs.map(({ name, type }) => [name, type]));
  };
  const wide = { cap: FLOAT32, pooled_proj: FLOAT32, rope_cos: FLOAT32, rope_sin: FLOAT32 };
  assert.deepEqual(typesOf(OWN), wide);
  // Without kernels of our own the residual stream has the network's type.
  assert.deepEqual(typesOf({ ...OWN, kernels: "none" }), { ...wide, cap: BFLOAT16 });
  for (const layerResult of ["store", "reuse"] as const) {
    const { inputs, outputs } = stepGraph({ ...OWN, layerResult });
    assert.equal([...inputs, ...outputs].find(({ name }) => name === "residual")?.type, FLOAT32, layerResult);
  }
});

test("each form uses the operators that it says and no others", () => {
  const own = (graph: ReadGraph): string[] =>
    graph.nodes.filter(({ domain }) => domain !== "").map(({ operator }) => operator);
  const kinds = (options: NextDitOptions): string[] => [...new Set(own(stepGraph(options)))].sort();
  assert.deepEqual(kinds({ operators: "plain", attention: "plain" }), []);
  assert.deepEqual(kinds({ operators: "plain" }), ["MultiHeadAttention"]);
  assert.deepEqual(kinds({}), ["MultiHeadAttention", "QuickGelu", "RotaryEmbedding"]);
  assert.deepEqual(kinds({ kernels: "tachie", operators: "plain" }), [
    "LayerNormScale_f32",
    "MultiHeadAttention",
    "NormModulate_f32",
    "QkvNormRotary_f32",
    "ResidualNorm_f32",
    "SwiGlu_f32",
  ]);
  const plain = operators(stepGraph({ operators: "plain", attention: "plain", computeType: "bfloat16" }));
  assert.equal(plain["SimplifiedLayerNormalization"], undefined);
  assert.equal(plain["Softmax"], BLOCKS);
});

test("graphs are written in the version of the standard that the CUDA provider has all operators of", () => {
  assert.equal(stepGraph(OWN).imports[""], 20);
  assert.equal(stepGraph(OWN).imports["tachie"], 1);
});
