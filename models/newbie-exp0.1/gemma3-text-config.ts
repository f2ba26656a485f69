/**
 * @file The sizes of a Gemma 3 text tower, and how they are read from a checkpoint under any of the published prefixes.
 */

import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { ConfigValues, countNumbered } from "./config-values.ts";
import { gemma3Rotary } from "./gemma3-rotary-config.ts";

export interface Gemma3TextConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Layers of the tower. The token states that a Next-DiT reads come from before the last one. */
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; each serves `heads / kvHeads` heads of queries. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnDim: number;
  readonly normEps: number;
  /** Scores are divided by the square root of this. */
  readonly queryPreAttnScalar: number;
  /** A token in a local layer sees this many tokens, itself included. */
  readonly slidingWindow: number;
  /** For each layer, whether it sees everything before it (global) rather than the sliding window (local). */
  readonly isGlobal: readonly boolean[];
  readonly localTheta: number;
  readonly globalTheta: number;
  /** Frequencies of global layers are divided by this. */
  readonly globalFactor: number;
}

/** In the published tower every sixth layer is global. */
const GLOBAL_EVERY = 6;

/** The prefix under which the tower's names stand, such as `language_model.model.`; "" where there is none. */
export function gemma3Prefix(checkpoint: Checkpoint): string | undefined {
  const suffix = "embed_tokens.weight";
  for (const name of checkpoint.names()) if (name.endsWith(suffix)) return name.slice(0, -suffix.length);
  return undefined;
}

/**
 * The configuration of a checkpoint: stated values first (`given`, then the checkpoint's metadata), the rest from the
 * tensors' shapes, what neither tells as in gemma-3-4b-it.
 * @param given values by the names of the published config.json
 * @throws model.incomplete, model.mismatch
 */
export function inferGemma3TextConfig(
  checkpoint: Checkpoint,
  given?: Readonly<Record<string, unknown>>,
): Gemma3TextConfig {
  // With its picture tower beside it the model states the text tower's values one level down.
  const values = new ConfigValues(checkpoint, given).inner("text_config");
  const prefix = gemma3Prefix(checkpoint) ?? "";
  const shapeOf = (name: string): readonly [number, number] => {
    const [rows = 0, columns = 1] = checkpoint.tensor(prefix + name).shape;
    return [rows, columns];
  };
  const [vocabSize, hiddenSize] = shapeOf("embed_tokens.weight");
  const headDim = values.wholeNumber("head_dim") ?? shapeOf("layers.0.self_attn.q_norm.weight")[0];
  const layers = values.wholeNumber("num_hidden_layers") ?? countNumbered(checkpoint, `${prefix}layers.`);
  const config: Gemma3TextConfig = {
    vocabSize: values.wholeNumber("vocab_size") ?? vocabSize,
    hiddenSize: values.wholeNumber("hidden_size") ?? hiddenSize,
    layers,
    heads: values.wholeNumber("num_attention_heads") ?? shapeOf("layers.0.self_attn.q_proj.weight")[0] / headDim,
    kvHeads: values.wholeNumber("num_key_value_heads") ?? shapeOf("layers.0.self_attn.k_proj.weight")[0] / headDim,
    headDim,
    ffnDim: values.wholeNumber("intermediate_size") ?? shapeOf("layers.0.mlp.gate_proj.weight")[0],
    normEps: values.number("rms_norm_eps") ?? 1e-6,
    queryPreAttnScalar: values.number("query_pre_attn_scalar") ?? headDim,
    slidingWindow: values.wholeNumber("sliding_window") ?? 1024,
    isGlobal: globalLayers(values, layers),
    ...gemma3Rotary(values),
  };
  const { heads, kvHeads } = config;
  const areHeadsRight = [heads, kvHeads, heads / kvHeads, headDim / 2].every(
    (value) => Number.isInteger(value) && value > 0,
  );
  if (!areHeadsRight) values.fail(`${heads} heads of ${headDim} cannot share ${kvHeads} heads of keys and values`);
  if (layers < 1) values.fail("it has no layers");
  // The states are those before the last layer: with a wrong number of layers they would be others, without any error.
  const present = countNumbered(checkpoint, `${prefix}layers.`);
  if (present > layers) values.fail(`it has ${present} layers, but the configuration says ${layers}`);
  return config;
}

function globalLayers(values: ConfigValues, layers: number): boolean[] {
  const types = values.words("layer_types");
  if (types === undefined) {
    const pattern = values.wholeNumber("sliding_window_pattern", "_sliding_window_pattern") ?? GLOBAL_EVERY;
    return Array.from({ length: layers }, (_, index) => (index + 1) % pattern === 0);
  }
  if (types.length !== layers) values.fail(`layer_types names ${types.length} layers, but there are ${layers}`);
  return types.map((type) => {
    if (type !== "full_attention" && type !== "sliding_attention")
      values.fail(`the layer type ${type} is not known; there are full_attention and sliding_attention`);
    return type === "full_attention";
  });
}
