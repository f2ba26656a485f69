/** @file What the operators of networks are given. */

import type { Weight } from "./checkpoint.ts";
import type { Value } from "./onnx-types.ts";

/** A linear map y = x·Wᵀ + b, with an optional low-rank addition to W of `scale · up · down`. */
export interface LinearWeights {
  /** [out, in] */
  readonly weight: Weight;
  /** [out] */
  readonly bias?: Weight | undefined;
  readonly adapter?: LowRankAdapter | undefined;
  /** Under which additions to the map are found. */
  readonly name?: string;
}

export interface LowRankAdapter {
  /** [rank, in] */
  readonly down: Weight;
  /** [out, rank] */
  readonly up: Weight;
  readonly scale: number;
}

export interface AttentionShape {
  readonly heads: number;
  /** Heads of keys and values; each serves `heads / kvHeads` heads of queries. */
  readonly kvHeads: number;
  readonly headDim: number;
}

export interface AttentionOptions {
  /** What scores are multiplied by; 1 / √headDim where absent. */
  readonly scale?: number;
  /** Added to the scores of every head, [1, 1, tokens, tokens]. */
  readonly bias?: Value;
}

/** cos and sin of the rotary angles, [tokens, headDim / 2], in the network's type. */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}
