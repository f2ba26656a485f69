/**
 * @file One transformer block of a Next-DiT: attention and a gated feed-forward, each between two norms.
 *
 * Where a block is steered by the time, its scales and gates are vectors for the whole picture, so they are folded into
 * the norms' own weights; that is exact and saves two passes over the tokens.
 */

import type { NetworkBuilder, RotaryTables } from "../../src-main/graph/onnx-network.ts";
import type { Value } from "../../src-main/graph/onnx.ts";
import type { NextDitConfig } from "./next-dit-config.ts";
import type { BlockNames } from "./next-dit-names.ts";

/**
 * Of the norms of queries, keys and the pooled text, which the published code builds without naming an epsilon and so
 * with its default. (Where it finds a certain accelerator library it uses 1e-5 instead; no file records which was the case.)
 */
export const UNNAMED_NORM_EPS = 1e-6;

/**
 * x [tokens, dim] -> [tokens, dim].
 * @param tables for these tokens, in the network's type
 * @param condition SiLU of the conditioning vector, [1, timeDim]; absent in blocks that the time does not steer
 */
export function buildBlock(
  network: NetworkBuilder,
  config: NextDitConfig,
  names: BlockNames,
  x: Value,
  tables: RotaryTables,
  condition?: Value,
): Value {
  const { dim, normEps } = config;
  const steering = condition === undefined ? undefined : buildSteering(network, config, names, condition);
  const scaleOf = (name: string, factor?: Value): Value => {
    const scale = network.parameter(`${name}.weight`, [dim]);
    return factor === undefined ? scale : network.multiply(scale, factor);
  };
  const norm = (value: Value, name: string, factor?: Value): Value =>
    network.rmsNorm(value, scaleOf(name, factor), normEps);

  const attended = buildAttention(
    network,
    config,
    names,
    norm(x, names.attentionNorm1, steering?.attentionScale),
    tables,
  );
  const middle = network.add(x, norm(attended, names.attentionNorm2, steering?.attentionGate));
  const fed = buildFeedForward(network, config, names, norm(middle, names.ffnNorm1, steering?.ffnScale));
  return network.add(middle, norm(fed, names.ffnNorm2, steering?.ffnGate));
}

/** Factors [dim] for the four norms of a block. */
interface Steering {
  readonly attentionScale: Value;
  readonly attentionGate: Value;
  readonly ffnScale: Value;
  readonly ffnGate: Value;
}

function buildSteering(network: NetworkBuilder, config: NextDitConfig, names: BlockNames, condition: Value): Steering {
  const { dim, timeDim } = config;
  const all = network.linear(condition, network.linearWeights(names.modulation, 4 * dim, timeDim, true));
  const [scale1, gate1, scale2, gate2] = network.split(network.reshape(all, [-1]), [dim, dim, dim, dim], 0);
  return {
    attentionScale: network.addOne(scale1),
    attentionGate: network.node("Tanh", [gate1]),
    ffnScale: network.addOne(scale2),
    ffnGate: network.node("Tanh", [gate2]),
  };
}

function buildAttention(
  network: NetworkBuilder,
  config: NextDitConfig,
  names: BlockNames,
  x: Value,
  tables: RotaryTables,
): Value {
  const { dim, heads, kvHeads, headDim, qkNorm } = config;
  const place = (value: Value, count: number, normName: string): Value => {
    if (!qkNorm) return network.rotate(value, count, headDim, tables, true);
    const perHead = network.reshape(value, [-1, count, headDim]);
    const normed = network.rmsNorm(perHead, network.parameter(`${normName}.weight`, [headDim]), UNNAMED_NORM_EPS);
    return network.rotate(normed, count, headDim, tables, true);
  };
  const [q, k, v] = buildProjections(network, config, names, x);
  const mixed = network.attention(place(q, heads, names.queryNorm), place(k, kvHeads, names.keyNorm), v, {
    heads,
    kvHeads,
    headDim,
  });
  return network.linear(mixed, network.linearWeights(names.attentionOut, dim, heads * headDim, false));
}

/** Queries [tokens, heads · headDim], keys and values [tokens, kvHeads · headDim]. */
function buildProjections(
  network: NetworkBuilder,
  { dim, heads, kvHeads, headDim }: NextDitConfig,
  { projection }: BlockNames,
  x: Value,
): readonly [Value, Value, Value] {
  const queryWidth = heads * headDim;
  const keyWidth = kvHeads * headDim;
  if ("fused" in projection) {
    const weights = network.linearWeights(projection.fused, queryWidth + 2 * keyWidth, dim, false);
    return network.split(network.linear(x, weights), [queryWidth, keyWidth, keyWidth], 1);
  }
  const project = (name: string, width: number): Value =>
    network.linear(x, network.linearWeights(name, width, dim, false));
  return [project(projection.q, queryWidth), project(projection.k, keyWidth), project(projection.v, keyWidth)];
}

function buildFeedForward(network: NetworkBuilder, config: NextDitConfig, names: BlockNames, x: Value): Value {
  const { dim, ffnDim } = config;
  const gate = network.linear(x, network.linearWeights(names.ffnGate, ffnDim, dim, false));
  const up = network.linear(x, network.linearWeights(names.ffnUp, ffnDim, dim, false));
  const product = network.multiply(network.silu(gate), up);
  return network.linear(product, network.linearWeights(names.ffnDown, dim, ffnDim, false));
}
