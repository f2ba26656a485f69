/**
 * @file The Gemma 3 text tower as a graph: token ids to the token states that a Next-DiT reads as its caption.
 *
 * input_ids i64 [1, S] -> states f32 [S, hiddenSize], the residual stream after all layers but the last, without the final
 * norm (`hidden_states[-2]` of the published library). Causal, one unpadded text a run. The last layer, the final norm and the
 * output head are never computed, so their weights need not be loaded.
 * In bfloat16 only linear maps and attention are: the graph runs once a prompt, so that conversions around them cost nothing.
 */

import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "../../src-main/graph/float-formats.ts";
import type { NetworkVariant } from "../../src-main/graph/network-variant.ts";
import { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { RotaryTables } from "../../src-main/graph/network-types.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import type { GraphModel, Value } from "../../src-main/graph/onnx.ts";
import type { SafetensorsType } from "../../src-main/graph/safetensors.ts";
import { gemma3Prefix } from "./gemma3-text-config.ts";
import type { Gemma3TextConfig } from "./gemma3-text-config.ts";

/** The states are float32 in every variant; there are no places for operators of the domain `tachie`. */
export interface Gemma3TextOptions extends Partial<NetworkVariant> {
  /** `states`: before the last layer. `final`: after it and the final norm, which only comparisons need. */
  readonly output?: "states" | "final";
}

/** A score that softmax turns into 0, and that stays finite when added to another. */
const MASKED_SCORE = -1e30;

/** What every layer of a kind shares. */
interface LayerKind {
  readonly tables: RotaryTables;
  /** Added to scores: 0 where a token may look, `MASKED_SCORE` elsewhere; [1, 1, S, S]. */
  readonly mask: Value;
}

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildGemma3TextGraph(
  config: Gemma3TextConfig,
  checkpoint: Checkpoint,
  options: Gemma3TextOptions = {},
): GraphModel {
  const { output = "states", ...variant } = options;
  const { vocabSize, hiddenSize, layers, slidingWindow, localTheta, globalTheta, globalFactor } = config;
  const network = new NetworkBuilder("gemma3-text", checkpoint, variant);
  const prefix = gemma3Prefix(checkpoint) ?? "";
  const ids = network.input("input_ids", "int64", [1, "S"]);
  const positions = buildPositions(network, ids);
  const kinds = {
    local: buildKind(network, config, positions, localTheta, 1, slidingWindow),
    global: buildKind(network, config, positions, globalTheta, globalFactor, undefined),
  };

  const embedding = checkpoint.tensor(`${prefix}embed_tokens.weight`, [vocabSize, hiddenSize]);
  // The rows are picked before the conversion, so that the table of all tokens is never converted as a whole.
  const picked = network.node("Gather", [network.stored(embedding), network.reshape(ids, [-1])]);
  let x = network.multiply(
    network.cast(picked, "float32"),
    network.scalar("float32", embeddingScale(hiddenSize, embedding.type)),
  );
  const used = output === "states" ? layers - 1 : layers;
  for (let index = 0; index < used; index++) {
    const kind = config.isGlobal[index] === true ? kinds.global : kinds.local;
    x = network.scope(`layers.${index}`, () => buildLayer(network, config, `${prefix}layers.${index}`, x, kind));
  }
  if (output === "final") x = buildNorm(network, config, `${prefix}norm`, hiddenSize, x);
  network.output("states", x, ["S", hiddenSize]);
  return network.model();
}

/**
 * sqrt(hiddenSize), rounded to the type of the weights, as the published code does and training saw it: 50.5 rather than
 * 50.596 for the published bfloat16 weights.
 */
export function embeddingScale(hiddenSize: number, weightType: SafetensorsType): number {
  const exact = new Float32Array([Math.sqrt(hiddenSize)]);
  if (weightType === "BF16") return Number(bfloat16ToFloat32(float32ToBfloat16(exact))[0]);
  if (weightType === "F16") return Number(float16ToFloat32(float32ToFloat16(exact))[0]);
  return Number(exact[0]);
}

/** 0 … S - 1 as float64 [S, 1]. */
function buildPositions(network: NetworkBuilder, ids: Value): Value {
  const length = network.node("Squeeze", [network.shapeOf(ids, 1, 2)]);
  const range = network.node("Range", [network.scalar("int64", 0), length, network.scalar("int64", 1)]);
  return network.reshape(network.cast(range, "float64"), [-1, 1]);
}

function buildKind(
  network: NetworkBuilder,
  { headDim }: Gemma3TextConfig,
  positions: Value,
  theta: number,
  factor: number,
  window: number | undefined,
): LayerKind {
  const frequencies = Array.from({ length: headDim / 2 }, (_, index) => theta ** ((-2 * index) / headDim) / factor);
  const angles = network.multiply(positions, network.list("float64", frequencies, [1, headDim / 2]));
  const angle = network.cast(angles, "float32");
  const distance = network.node("Sub", [positions, network.reshape(positions, [1, -1])]);
  const isAhead = network.node("Less", [distance, network.scalar("float64", 0)], { type: "bool" });
  const isHidden =
    window === undefined
      ? isAhead
      : network.node("Or", [
          isAhead,
          network.node("GreaterOrEqual", [distance, network.scalar("float64", window)], { type: "bool" }),
        ]);
  const mask = network.node(
    "Where",
    [isHidden, network.scalar(network.computeType, MASKED_SCORE), network.scalar(network.computeType, 0)],
    { type: network.computeType },
  );
  return {
    tables: { cos: network.node("Cos", [angle]), sin: network.node("Sin", [angle]) },
    mask: network.node("Unsqueeze", [mask, network.list("int64", [0, 1])]),
  };
}

/** x [S, hiddenSize] -> [S, hiddenSize], in float32 */
function buildLayer(
  network: NetworkBuilder,
  config: Gemma3TextConfig,
  layer: string,
  x: Value,
  kind: LayerKind,
): Value {
  const { hiddenSize, ffnDim } = config;
  const norm = (name: string, value: Value): Value => buildNorm(network, config, `${layer}.${name}`, hiddenSize, value);
  const attended = buildAttention(network, config, `${layer}.self_attn`, norm("input_layernorm", x), kind);
  const middle = network.add(x, norm("post_attention_layernorm", attended));
  const fed = norm("pre_feedforward_layernorm", middle);
  const project = (name: string, value: Value, out: number, inDim: number): Value =>
    network.wideLinear(value, network.linearWeights(`${layer}.mlp.${name}`, out, inDim, false));
  const gate = network.node("Gelu", [project("gate_proj", fed, ffnDim, hiddenSize)], {
    attributes: { approximate: "tanh" },
  });
  const product = network.multiply(gate, project("up_proj", fed, ffnDim, hiddenSize));
  return network.add(middle, norm("post_feedforward_layernorm", project("down_proj", product, hiddenSize, ffnDim)));
}

function buildAttention(
  network: NetworkBuilder,
  config: Gemma3TextConfig,
  name: string,
  x: Value,
  { tables, mask }: LayerKind,
): Value {
  const { hiddenSize, heads, kvHeads, headDim, queryPreAttnScalar } = config;
  const project = (part: string, count: number): Value =>
    network.wideLinear(x, network.linearWeights(`${name}.${part}_proj`, count * headDim, hiddenSize, false));
  const narrow = (value: Value): Value => network.cast(value, network.computeType);
  const place = (part: string, count: number): Value => {
    const perHead = network.reshape(project(part, count), [-1, count, headDim]);
    const normed = buildNorm(network, config, `${name}.${part}_norm`, headDim, perHead);
    return narrow(network.rotate(normed, count, headDim, tables, false));
  };
  const mixed = network.attention(
    place("q", heads),
    place("k", kvHeads),
    narrow(project("v", kvHeads)),
    { heads, kvHeads, headDim },
    { scale: queryPreAttnScalar ** -0.5, bias: mask },
  );
  return network.wideLinear(mixed, network.linearWeights(`${name}.o_proj`, hiddenSize, heads * headDim, false));
}

/** The stored weight is what the factor differs from 1 by. */
function buildNorm(network: NetworkBuilder, config: Gemma3TextConfig, name: string, width: number, x: Value): Value {
  const scale = network.addOne(network.parameter(`${name}.weight`, [width], "float32"));
  return network.rmsNorm(x, scale, config.normEps);
}
