/**
 * @file Nodes of the project's own operators, domain `tachie`. Each has a name for every type that it computes in, since a
 * custom operator has fixed types. N rows are tokens, D is their width; rms(v) = v / sqrt(mean(v²) + epsilon) over D.
 * Scales and gates contain the norms' own weights.
 */

import { TachieError } from "../contract/errors.ts";
import type { GraphBuilder } from "./onnx-graph.ts";
import { float } from "./onnx-types.ts";
import type { Attributes, Value } from "./onnx-types.ts";
import type { ComputeType } from "./network-variant.ts";

const SUFFIXES: Readonly<Record<ComputeType, string>> = { float32: "f32", bfloat16: "bf16" };

export interface HeadShape {
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values; each serves `heads / kvHeads` neighbouring heads of queries. */
  readonly kvHeads: number;
}

/** silu(gate) · up, both [N, F]. */
export function swiGlu(graph: GraphBuilder, gate: Value, up: Value): Value {
  return own(graph, "SwiGlu", [gate, up], 1)[0];
}

/** rms(x) · scale; x [N, D], scale [D]. */
export function normModulate(graph: GraphBuilder, x: Value, scale: Value, epsilon: number): Value {
  return own(graph, "NormModulate", [x, scale], 1, { epsilon: float(epsilon) })[0];
}

/** (x - mean) / sqrt(variance + epsilon) · scale; x [N, D], scale [D]. */
export function layerNormScale(graph: GraphBuilder, x: Value, scale: Value, epsilon: number): Value {
  return own(graph, "LayerNormScale", [x, scale], 1, { epsilon: float(epsilon) })[0];
}

/** x' = x + rms(y) · gate and rms(x') · scale; x and y [N, D], gate and scale [D]. */
export function residualNorm(
  graph: GraphBuilder,
  x: Value,
  y: Value,
  gate: Value,
  scale: Value,
  epsilon: number,
): readonly [sum: Value, normed: Value] {
  return own(graph, "ResidualNorm", [x, y, gate, scale], 2, { epsilon: float(epsilon) });
}

/**
 * Queries, keys and values from one projection: every head of queries and keys normed by itself and turned by its token's
 * angles, neighbouring numbers being a pair; keys and values repeated for each head of queries that they serve.
 * @param qkv [N, (heads + 2 · kvHeads) · d]
 * @param weights of the norms of queries and keys, [d]
 * @param tables cos and sin, float32 [N, d / 2]
 * @returns each [N, heads · d]
 */
export function qkvNormRotary(
  graph: GraphBuilder,
  qkv: Value,
  weights: readonly [query: Value, key: Value],
  tables: { readonly cos: Value; readonly sin: Value },
  { heads, kvHeads, epsilon }: HeadShape & { readonly epsilon: number },
): readonly [q: Value, k: Value, v: Value] {
  const inputs = [qkv, ...weights, tables.cos, tables.sin] as const;
  return own(graph, "QkvNormRotary", inputs, 3, { heads, kv_heads: kvHeads, epsilon: float(epsilon) });
}

interface Outputs {
  1: [Value];
  2: [Value, Value];
  3: [Value, Value, Value];
}

function own<Count extends keyof Outputs>(
  graph: GraphBuilder,
  operator: string,
  inputs: readonly [Value, ...Value[]],
  count: Count,
  attributes: Attributes = {},
): Outputs[Count] {
  const { type } = inputs[0];
  if (type !== "float32" && type !== "bfloat16")
    throw new TachieError("internal.bug", `${operator} computes in float32 and bfloat16, not in ${type}`);
  const types = Array.from({ length: count }, () => type);
  const name = `${operator}_${SUFFIXES[type]}`;
  return graph.nodes(name, inputs, types, { domain: "tachie", attributes }) as never;
}
