/**
 * @file The operators of domain `tachie`: what graph builders may write and what every runtime computes.
 *
 * Each exists for bfloat16 and for float32 under a name of its own (`SwiGlu_bf16`, `SwiGlu_f32`), since a runtime knows
 * custom operators by name. Sums are formed in float32 whatever the type. Float32 always are tables of cosines and sines,
 * the residual stream, which every block adds to and which would otherwise be rounded as often, and the factors of norms.
 * Everything is row-major and dense.
 */

import { TachieError } from "../contract/errors.ts";
import type { ElementType } from "./onnx-types.ts";

/** The types that the operators exist for. */
export type OperatorElement = Extract<ElementType, "bfloat16" | "float32">;

/** Of an operator's tensor: the element type that the name says, or float32 in either. */
type TensorKind = "element" | "float32";

export interface OperatorSignature {
  readonly inputs: Readonly<Record<string, TensorKind>>;
  readonly outputs: Readonly<Record<string, TensorKind>>;
  /** Attributes and how a graph writes them. All must be there. */
  readonly attributes: Readonly<Record<string, "integer" | "float">>;
}

/**
 * rms(v) is v / sqrt(mean(v²) + epsilon) over the last dimension. Names of dimensions: N rows, D model width, F hidden
 * width of the feed-forward network, H query heads, K key and value heads, d width of a head.
 */
export const TACHIE_OPERATORS = {
  /** [N, F] = silu(gate [N, F]) * up [N, F]; leading dimensions are free. */
  SwiGlu: { inputs: { gate: "element", up: "element" }, outputs: { product: "element" }, attributes: {} },
  /**
   * sum = x + rms(y) * gate and normed = rms(sum) * scale, of x, y [N, D] and gate, scale [D]. The weights of both norms
   * are multiplied into gate and scale beforehand.
   */
  ResidualNorm: {
    inputs: { x: "float32", y: "element", gate: "float32", scale: "float32" },
    outputs: { sum: "float32", normed: "element" },
    attributes: { epsilon: "float" },
  },
  /**
   * Splits qkv [N, (H + 2K) d] into heads; q and k are normed by head (rms, times qWeight or kWeight [d]) and rotated, the
   * pair (2i, 2i+1) by the angle whose cosine and sine stand in cos, sin [N, d / 2]; k and v are repeated so that each
   * serves H / K neighbouring query heads. All outputs are [N, H d].
   */
  QkvNormRotary: {
    inputs: { qkv: "element", qWeight: "element", kWeight: "element", cos: "float32", sin: "float32" },
    outputs: { q: "element", k: "element", v: "element" },
    attributes: { heads: "integer", kv_heads: "integer", epsilon: "float" },
  },
  /** rms(x [N, D]) * scale [D]. */
  NormModulate: {
    inputs: { x: "float32", scale: "float32" },
    outputs: { normed: "element" },
    attributes: { epsilon: "float" },
  },
  /** (x - mean) / sqrt(variance + epsilon) * scale, of x [N, D] and scale [D]. */
  LayerNormScale: {
    inputs: { x: "float32", scale: "float32" },
    outputs: { normed: "element" },
    attributes: { epsilon: "float" },
  },
} as const satisfies Record<string, OperatorSignature>;

export type TachieOperator = keyof typeof TACHIE_OPERATORS;

/** What names end in. */
export const ELEMENT_SUFFIXES = { bfloat16: "bf16", float32: "f32" } as const satisfies Record<OperatorElement, string>;

/**
 * The operator's name in a graph.
 * @throws internal.bug for a type that no operator is for
 */
export function tachieOperatorName(operator: TachieOperator, type: ElementType): string {
  if (type !== "bfloat16" && type !== "float32")
    throw new TachieError("internal.bug", `${operator} exists for bfloat16 and float32, not for ${type}`);
  return `${operator}_${ELEMENT_SUFFIXES[type]}`;
}

/** Element types of an operator's inputs and outputs, in order. */
export function tachieOperatorTypes(
  operator: TachieOperator,
  type: OperatorElement,
): { inputs: ElementType[]; outputs: ElementType[] } {
  const { inputs, outputs }: OperatorSignature = TACHIE_OPERATORS[operator];
  const typesOf = (tensors: Readonly<Record<string, TensorKind>>): ElementType[] =>
    Object.values(tensors).map((kind) => (kind === "element" ? type : kind));
  return { inputs: typesOf(inputs), outputs: typesOf(outputs) };
}
