/**
 * @file The transformer blocks of a Next-DiT: attention and a gated feed-forward, each between two norms.
 *
 * The norm after a part, the addition and the norm before the next part, be it of the next block, are asked for as one, so
 * that a kernel can do them in one pass over the tokens.
 */

import type { RotaryTables } from "../../src-main/graph/network-types.ts";
import type { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { Value } from "../../src-main/graph/onnx.ts";
import { qkvNormRotary } from "../../src-main/graph/tachie-nodes.ts";
import type { NextDitConfig } from "./next-dit-config.ts";
import type { BlockFactors } from "./next-dit-modulation.ts";
import type { BlockNames } from "./next-dit-names.ts";

/**
 * Of the norms of queries, keys and the pooled text, which the published code builds without naming an epsilon and so
 * with its default. (Where it finds a certain accelerator library it uses 1e-5 instead; no file records which was the case.)
 */
export const UNNAMED_NORM_EPS = 1e-6;

export interface Block {
  /** Of its nodes, which is what profiles show. */
  readonly scope: string;
  readonly names: BlockNames;
  readonly factors: BlockFactors;
}

/**
 * Blocks one after the other. x [tokens, dim] -> [tokens, dim], of the stream's type.
 * @param tables for these tokens, from `tablesFor`
 */
export function buildBlocks(
  network: NetworkBuilder,
  config: NextDitConfig,
  blocks: readonly Block[],
  x: Value,
  tables: RotaryTables,
): Value {
  const { normEps } = config;
  const [first] = blocks;
  if (first === undefined) return x;
  let sum = x;
  let normed = network.scope(first.scope, () => network.rmsNormRows(x, first.factors.attentionScale, normEps));
  for (const [index, { scope, names, factors }] of blocks.entries())
    network.scope(scope, () => {
      const attended = buildAttention(network, config, names, normed, tables);
      const middle = network.residualNorm(sum, attended, factors.attentionGate, factors.ffnScale, normEps);
      const fed = buildFeedForward(network, config, names, middle.normed);
      const nextScale = blocks[index + 1]?.factors.attentionScale;
      if (nextScale === undefined) sum = network.residual(middle.sum, fed, factors.ffnGate, normEps);
      else ({ sum, normed } = network.residualNorm(middle.sum, fed, factors.ffnGate, nextScale, normEps));
    });
  return sum;
}

/** Rotary tables, float32 as they are computed, in the type that the blocks take them in. */
export function tablesFor(network: NetworkBuilder, config: NextDitConfig, { cos, sin }: RotaryTables): RotaryTables {
  if (isOneKernel(network, config)) return { cos, sin };
  return { cos: network.cast(cos, network.computeType), sin: network.cast(sin, network.computeType) };
}

/** Whether norms and turns of queries and keys are one operator, which takes its tables in float32. */
function isOneKernel(network: NetworkBuilder, { qkNorm }: NextDitConfig): boolean {
  return network.variant.kernels === "tachie" && qkNorm;
}

function buildAttention(
  network: NetworkBuilder,
  config: NextDitConfig,
  names: BlockNames,
  x: Value,
  tables: RotaryTables,
): Value {
  const { dim, heads, kvHeads, headDim, qkNorm } = config;
  const normWeight = (name: string): Value => network.parameter(`${name}.weight`, [headDim]);
  const place = (value: Value, count: number, normName: string): Value => {
    if (!qkNorm) return network.rotate(value, count, headDim, tables, true);
    const perHead = network.reshape(value, [-1, count, headDim]);
    const normed = network.rmsNorm(perHead, normWeight(normName), UNNAMED_NORM_EPS);
    return network.rotate(normed, count, headDim, tables, true);
  };
  const mix = (): Value => {
    if (isOneKernel(network, config)) {
      const weights = [normWeight(names.queryNorm), normWeight(names.keyNorm)] as const;
      const qkv = buildJoinedProjection(network, config, names, x);
      const shape = { heads, kvHeads, epsilon: UNNAMED_NORM_EPS };
      const [q, k, v] = qkvNormRotary(network, qkv, weights, tables, shape);
      return network.attention(q, k, v, { heads, kvHeads: heads, headDim });
    }
    const [q, k, v] = buildProjections(network, config, names, x);
    return network.attention(place(q, heads, names.queryNorm), place(k, kvHeads, names.keyNorm), v, {
      heads,
      kvHeads,
      headDim,
    });
  };
  return network.linear(mix(), network.linearWeights(names.attentionOut, dim, heads * headDim, false));
}

/** Queries, keys and values side by side, [tokens, (heads + 2 · kvHeads) · headDim]. */
function buildJoinedProjection(network: NetworkBuilder, config: NextDitConfig, names: BlockNames, x: Value): Value {
  const { dim, heads, kvHeads, headDim } = config;
  if (!("fused" in names.projection)) return network.concat(buildProjections(network, config, names, x), 1);
  const width = (heads + 2 * kvHeads) * headDim;
  return network.linear(x, network.linearWeights(names.projection.fused, width, dim, false));
}

/** Queries [tokens, heads · headDim], keys and values [tokens, kvHeads · headDim]. */
function buildProjections(
  network: NetworkBuilder,
  config: NextDitConfig,
  names: BlockNames,
  x: Value,
): readonly [Value, Value, Value] {
  const { dim, heads, kvHeads, headDim } = config;
  const { projection } = names;
  const queryWidth = heads * headDim;
  const keyWidth = kvHeads * headDim;
  if ("fused" in projection)
    return network.split(buildJoinedProjection(network, config, names, x), [queryWidth, keyWidth, keyWidth], 1);
  const project = (name: string, width: number): Value =>
    network.linear(x, network.linearWeights(name, width, dim, false));
  return [project(projection.q, queryWidth), project(projection.k, keyWidth), project(projection.v, keyWidth)];
}

function buildFeedForward(network: NetworkBuilder, config: NextDitConfig, names: BlockNames, x: Value): Value {
  const { dim, ffnDim } = config;
  const gate = network.linear(x, network.linearWeights(names.ffnGate, ffnDim, dim, false));
  const up = network.linear(x, network.linearWeights(names.ffnUp, ffnDim, dim, false));
  return network.linear(network.gatedProduct(gate, up), network.linearWeights(names.ffnDown, dim, ffnDim, false));
}
