/**
 * @file Norms, rotary turns, activations and attention of the standard's basic operators: the form that every runtime has
 * and that the fused ones are measured against. What sums many numbers does so in float32.
 */

import type { AttentionShape, RotaryTables } from "./network-types.ts";
import type { NetworkBuilder } from "./onnx-network.ts";
import type { Value } from "./onnx-types.ts";

/** x / sqrt(mean(x²) + epsilon) · scale, over the last axis. */
export function plainRmsNorm(network: NetworkBuilder, x: Value, scale: Value, epsilon: number): Value {
  const wide = network.cast(x, "float32");
  return network.multiply(network.cast(overDeviation(network, wide, -1, epsilon), x.type), scale);
}

/** (x - mean) / sqrt(variance + epsilon) · scale + bias, over the last axis. */
export function plainLayerNorm(
  network: NetworkBuilder,
  x: Value,
  scale: Value,
  bias: Value | undefined,
  epsilon: number,
): Value {
  const wide = network.cast(x, "float32");
  const normed = network.cast(overDeviation(network, centred(network, wide, -1), -1, epsilon), x.type);
  const scaled = network.multiply(normed, scale);
  return bias === undefined ? scaled : network.add(scaled, bias);
}

/** Every row of x [groups, length] brought to mean 0 and variance 1, in x's type. */
export function plainStandardise(network: NetworkBuilder, x: Value, epsilon: number): Value {
  const wide = network.cast(x, "float32");
  return network.cast(overDeviation(network, centred(network, wide, 1), 1, epsilon), x.type);
}

/** x · sigmoid(x) */
export function plainSilu(network: NetworkBuilder, x: Value): Value {
  return network.multiply(x, network.node("Sigmoid", [x]));
}

/** As `NetworkBuilder.rotate`: (a, b) becomes (a·cos - b·sin, a·sin + b·cos). */
export function plainRotate(
  network: NetworkBuilder,
  x: Value,
  heads: number,
  headDim: number,
  tables: RotaryTables,
  isInterleaved: boolean,
): Value {
  const half = headDim / 2;
  const axis = isInterleaved ? 3 : 2;
  const pairs = network.reshape(x, isInterleaved ? [-1, heads, half, 2] : [-1, heads, 2, half]);
  const spread = (table: Value): Value => network.reshape(table, isInterleaved ? [-1, 1, half, 1] : [-1, 1, 1, half]);
  const [a, b] = network.split(pairs, [1, 1], axis);
  const [cos, sin] = [spread(tables.cos), spread(tables.sin)];
  const first = network.node("Sub", [network.multiply(a, cos), network.multiply(b, sin)]);
  const second = network.add(network.multiply(a, sin), network.multiply(b, cos));
  return network.reshape(network.concat([first, second], axis), [-1, heads * headDim]);
}

/** As `NetworkBuilder.attention`. Holds a table of all scores of all heads. */
export function plainAttention(
  network: NetworkBuilder,
  [q, k, v]: readonly [Value, Value, Value],
  { heads, kvHeads, headDim }: AttentionShape,
  scale: number,
  bias: Value | undefined,
): Value {
  const scaled = network.multiply(q, network.scalar(q.type, scale));
  // [key head, query head of that key head, token, number]: the products repeat keys and values by broadcasting.
  const queries = network.transpose(network.reshape(scaled, [-1, kvHeads, heads / kvHeads, headDim]), [1, 2, 0, 3]);
  const keys = network.transpose(network.reshape(k, [-1, kvHeads, 1, headDim]), [1, 2, 3, 0]);
  const values = network.transpose(network.reshape(v, [-1, kvHeads, 1, headDim]), [1, 2, 0, 3]);
  const products = network.node("MatMul", [queries, keys]);
  const scores = bias === undefined ? products : network.add(products, bias);
  const shares = network.node("Softmax", [scores], { attributes: { axis: -1 } });
  const mixed = network.node("MatMul", [shares, values]);
  return network.reshape(network.transpose(mixed, [2, 0, 1, 3]), [-1, heads * headDim]);
}

function centred(network: NetworkBuilder, x: Value, axis: number): Value {
  return network.node("Sub", [x, mean(network, x, axis)]);
}

/** x / sqrt(mean(x²) + epsilon) */
function overDeviation(network: NetworkBuilder, x: Value, axis: number, epsilon: number): Value {
  const square = mean(network, network.multiply(x, x), axis);
  const deviation = network.node("Sqrt", [network.add(square, network.scalar(x.type, epsilon))]);
  return network.node("Div", [x, deviation]);
}

function mean(network: NetworkBuilder, x: Value, axis: number): Value {
  return network.node("ReduceMean", [x, network.list("int64", [axis])], { attributes: { keepdims: 1 } });
}
