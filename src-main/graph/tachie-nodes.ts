/**
 * @file Nodes of the project's own operators, domain `tachie`, as `tachie-operators.ts` says them. N rows are tokens, D is
 * their width; rms(v) = v / sqrt(mean(v²) + epsilon) over D. Scales and gates contain the norms' own weights, and are float32
 * like the tokens that are normed.
 */

import { TachieError } from "../contract/errors.ts";
import type { ComputeType } from "./network-variant.ts";
import type { GraphBuilder } from "./onnx-graph.ts";
import { float } from "./onnx-types.ts";
import type { Attributes, Value } from "./onnx-types.ts";
import { tachieOperatorName, tachieOperatorTypes } from "./tachie-operators.ts";
import type { TachieOperator } from "./tachie-operators.ts";

export interface HeadShape {
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values; each serves `heads / kvHeads` neighbouring heads of queries. */
  readonly kvHeads: number;
}

/** silu(gate) · up, both [N, F]. */
export function swiGlu(graph: GraphBuilder, gate: Value, up: Value): Value {
  return own(graph, "SwiGlu", computeTypeOf("SwiGlu", gate), [gate, up])[0] as Value;
}

/** rms(x) · scale, in that type; x [N, D], scale [D]. */
export function normModulate(graph: GraphBuilder, type: ComputeType, x: Value, scale: Value, epsilon: number): Value {
  return own(graph, "NormModulate", type, [x, scale], { epsilon: float(epsilon) })[0] as Value;
}

/** (x - mean) / sqrt(variance + epsilon) · scale, in that type; x [N, D], scale [D]. */
export function layerNormScale(graph: GraphBuilder, type: ComputeType, x: Value, scale: Value, epsilon: number): Value {
  return own(graph, "LayerNormScale", type, [x, scale], { epsilon: float(epsilon) })[0] as Value;
}

/** x' = x + rms(y) · gate, float32, and rms(x') · scale, of y's type; x and y [N, D], gate and scale [D]. */
export function residualNorm(
  graph: GraphBuilder,
  x: Value,
  y: Value,
  gate: Value,
  scale: Value,
  epsilon: number,
): readonly [sum: Value, normed: Value] {
  const type = computeTypeOf("ResidualNorm", y);
  return own(graph, "ResidualNorm", type, [x, y, gate, scale], { epsilon: float(epsilon) }) as [Value, Value];
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
  const inputs = [qkv, ...weights, tables.cos, tables.sin];
  const attributes = { heads, kv_heads: kvHeads, epsilon: float(epsilon) };
  const type = computeTypeOf("QkvNormRotary", qkv);
  return own(graph, "QkvNormRotary", type, inputs, attributes) as [Value, Value, Value];
}

/** One node, whose tensors have the types that the operator's signature says. */
function own(
  graph: GraphBuilder,
  operator: TachieOperator,
  type: ComputeType,
  inputs: readonly Value[],
  attributes: Attributes = {},
): readonly Value[] {
  const types = tachieOperatorTypes(operator, type);
  for (const [index, expected] of types.inputs.entries())
    if (inputs[index]?.type !== expected)
      throw new TachieError(
        "internal.bug",
        `input ${index} of ${operator} in ${type} is ${inputs[index]?.type ?? "missing"}, not ${expected}`,
      );
  return graph.nodes(tachieOperatorName(operator, type), inputs, types.outputs, { domain: "tachie", attributes });
}

function computeTypeOf(operator: TachieOperator, { type }: Value): ComputeType {
  if (type === "float32" || type === "bfloat16") return type;
  throw new TachieError("internal.bug", `${operator} computes in float32 and bfloat16, not in ${type}`);
}
