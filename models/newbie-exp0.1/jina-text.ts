/**
 * @file The Jina CLIP v2 text tower as a graph: input_ids i64 [1, S] -> states f32 [T, hiddenSize] (after the last layer) and
 * pooled f32 [1, hiddenSize] (their mean, not normalised).
 *
 * T counts the tokens that are not padding, first and last special tokens included; padding is dropped before the first
 * layer, with the others kept at their positions, which equals masking it. A file that carries the published low-rank
 * adapter beside the weights is read as it is: the adapter is applied in the graph, to the embeddings and to every linear
 * map, scaled by its alpha over its rank where the configuration states one, else by 1.
 * In bfloat16 only linear maps and attention are: the graph runs once a prompt, so that conversions around them cost nothing.
 */

import type { NetworkVariant } from "../../src-main/graph/network-variant.ts";
import { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { LinearWeights, RotaryTables } from "../../src-main/graph/network-types.ts";
import type { Checkpoint, Weight } from "../../src-main/graph/checkpoint.ts";
import type { Value } from "../../src-main/graph/onnx-types.ts";
import type { GraphModel } from "../../src-main/graph/onnx.ts";
import { adaptableName, jinaTextPrefix } from "./jina-text-config.ts";
import type { JinaTextConfig } from "./jina-text-config.ts";

/** The outputs are float32 in every variant; there are no places for operators of the domain `tachie`. */
export type JinaTextOptions = Partial<NetworkVariant>;

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildJinaTextGraph(
  config: JinaTextConfig,
  checkpoint: Checkpoint,
  options: JinaTextOptions = {},
): GraphModel {
  const { hiddenSize, layers } = config;
  const network = new NetworkBuilder("jina-text", checkpoint, options);
  const prefix = jinaTextPrefix(checkpoint);
  const given = network.reshape(network.input("input_ids", "int64", [1, "S"]), [-1]);
  const { ids, positions } = dropPadding(network, config, given);
  const tables = buildTables(network, config, positions);
  let x = network.scope("embeddings", () => buildEmbeddings(network, config, prefix, ids));
  for (let index = 0; index < layers; index++)
    x = network.scope(`layers.${index}`, () =>
      buildLayer(network, config, `${prefix}encoder.layers.${index}`, x, tables),
    );
  network.output("states", x, ["T", hiddenSize]);
  const mean = network.node("ReduceMean", [x, network.list("int64", [0])], { attributes: { keepdims: 1 } });
  network.output("pooled", mean, [1, hiddenSize]);
  return network.model();
}

/** @param given int64 [S] */
function dropPadding(
  network: NetworkBuilder,
  { padTokenId }: JinaTextConfig,
  given: Value,
): { readonly ids: Value; readonly positions: Value } {
  // Not by Equal: the CUDA provider's is of an older version of the standard.
  const padding = network.scalar("int64", padTokenId);
  const isLess = network.node("Less", [given, padding], { type: "bool" });
  const isKept = network.node("Or", [isLess, network.node("Greater", [given, padding], { type: "bool" })]);
  const length = network.node("Squeeze", [network.shapeOf(given, 0, 1)]);
  const range = network.node("Range", [network.scalar("int64", 0), length, network.scalar("int64", 1)]);
  const keep = (value: Value): Value => network.node("Compress", [value, isKept], { attributes: { axis: 0 } });
  return { ids: keep(given), positions: keep(range) };
}

/** cos and sin of the angles at int64 [T] positions; the two halves of a head turn together. */
function buildTables(
  network: NetworkBuilder,
  { hiddenSize, heads, ropeBase }: JinaTextConfig,
  positions: Value,
): RotaryTables {
  const headDim = hiddenSize / heads;
  const column = network.reshape(network.cast(positions, "float64"), [-1, 1]);
  const frequencies = Array.from({ length: headDim / 2 }, (_, index) => ropeBase ** ((-2 * index) / headDim));
  const angles = network.cast(network.multiply(column, network.list("float64", frequencies)), "float32");
  return { cos: network.node("Cos", [angles]), sin: network.node("Sin", [angles]) };
}

/** Words plus the one token type, normed. ids int64 [T] -> [T, hiddenSize] */
function buildEmbeddings(network: NetworkBuilder, config: JinaTextConfig, prefix: string, ids: Value): Value {
  const { vocabSize, hiddenSize } = config;
  const pick = (name: string, rows: number, indices: Value): Value => {
    const { checkpoint } = network;
    const table = network.stored(checkpoint.tensor(adaptableName(checkpoint, name), [rows, hiddenSize]));
    const picked = network.cast(network.node("Gather", [table, indices]), "float32");
    const adapter = adapterOf(checkpoint, name, { a: (rank) => [rows, rank], b: (rank) => [rank, hiddenSize] }, 1);
    if (adapter === undefined) return picked;
    // For a table the first factor has a row for every token: [rows, rank] · [rank, hiddenSize].
    const low = network.cast(network.node("Gather", [network.stored(adapter.a), indices]), "float32");
    const added = network.node("MatMul", [low, network.weight(adapter.b, undefined, "float32")]);
    const scale = adapterScale(config, adapter.rank);
    return network.add(picked, scale === 1 ? added : network.multiply(added, network.scalar("float32", scale)));
  };
  const words = pick(`${prefix}embeddings.word_embeddings`, vocabSize, ids);
  const type = pick(`${prefix}embeddings.token_type_embeddings`, 1, network.list("int64", [0]));
  return buildNorm(network, config, `${prefix}emb_ln`, network.add(words, type));
}

/** Norms stand after the sums. x [T, hiddenSize] -> [T, hiddenSize], in float32 */
function buildLayer(
  network: NetworkBuilder,
  config: JinaTextConfig,
  layer: string,
  x: Value,
  tables: RotaryTables,
): Value {
  const { hiddenSize, heads, ffnDim } = config;
  const headDim = hiddenSize / heads;
  const linear = (value: Value, name: string, out: number, inDim: number): Value =>
    network.wideLinear(value, adaptedWeights(network.checkpoint, config, `${layer}.${name}`, out, inDim));
  const fused = linear(x, "mixer.Wqkv", 3 * hiddenSize, hiddenSize);
  const [q, k, v] = network.split(fused, [hiddenSize, hiddenSize, hiddenSize], 1);
  const narrow = (value: Value): Value => network.cast(value, network.computeType);
  const place = (value: Value): Value => narrow(network.rotate(value, heads, headDim, tables, false));
  const mixed = network.attention(place(q), place(k), narrow(v), { heads, kvHeads: heads, headDim });
  const attended = linear(mixed, "mixer.out_proj", hiddenSize, hiddenSize);
  const middle = buildNorm(network, config, `${layer}.norm1`, network.add(x, attended));
  const inner = network.node("Gelu", [linear(middle, "mlp.fc1", ffnDim, hiddenSize)]);
  const fed = linear(inner, "mlp.fc2", hiddenSize, ffnDim);
  return buildNorm(network, config, `${layer}.norm2`, network.add(middle, fed));
}

function buildNorm(network: NetworkBuilder, { hiddenSize, normEps }: JinaTextConfig, name: string, x: Value): Value {
  const scale = network.parameter(`${name}.weight`, [hiddenSize], "float32");
  return network.layerNorm(x, scale, network.parameter(`${name}.bias`, [hiddenSize], "float32"), normEps);
}

function adaptedWeights(
  checkpoint: Checkpoint,
  config: JinaTextConfig,
  name: string,
  out: number,
  inDim: number,
): LinearWeights {
  const adapter = adapterOf(checkpoint, name, { a: (rank) => [rank, inDim], b: (rank) => [out, rank] }, 0);
  return {
    weight: checkpoint.tensor(adaptableName(checkpoint, name), [out, inDim]),
    bias: checkpoint.tensor(`${name}.bias`, [out]),
    adapter:
      adapter === undefined ? undefined : { down: adapter.a, up: adapter.b, scale: adapterScale(config, adapter.rank) },
  };
}

function adapterScale({ loraAlpha }: JinaTextConfig, rank: number): number {
  return loraAlpha === undefined ? 1 : loraAlpha / rank;
}

interface AdapterFactors<T> {
  readonly a: T;
  readonly b: T;
}

/**
 * The two factors of an adapter, where the file has one. In the file they have a leading axis, one place for each adapter;
 * the first is the one that is on by default.
 * @param shapes of a factor by the rank
 * @param rankAxis of the first factor, the leading axis not counted
 */
function adapterOf(
  checkpoint: Checkpoint,
  name: string,
  shapes: AdapterFactors<(rank: number) => readonly number[]>,
  rankAxis: number,
): (AdapterFactors<Weight> & { readonly rank: number }) | undefined {
  const nameOf = (letter: string): string => `${name}.parametrizations.weight.0.lora_${letter}`;
  if (!checkpoint.has(nameOf("A"))) return undefined;
  const [adapters = 1, ...dims] = checkpoint.tensor(nameOf("A")).shape;
  const first = (letter: string, shape: readonly number[]): Weight => {
    checkpoint.tensor(nameOf(letter), [adapters, ...shape]);
    return { ...checkpoint.rows(nameOf(letter), 0, 1), shape };
  };
  const rank = dims[rankAxis] ?? 0;
  return { a: first("A", shapes.a(rank)), b: first("B", shapes.b(rank)), rank };
}
