/**
 * @file The tensors of a Gemma 3 text tower by the published names: name and shape of each.
 */

import type { Gemma3TextConfig } from "./gemma3-text-config.ts";
import type { TensorShapes } from "./next-dit-tensors.ts";

/** What the published file of google/gemma-3-4b-it puts before every name of the text tower. */
export const GEMMA3_TEXT_PREFIX = "language_model.model.";

export function gemma3TextTensors(config: Gemma3TextConfig, prefix = GEMMA3_TEXT_PREFIX): TensorShapes {
  const { vocabSize, hiddenSize, layers, heads, kvHeads, headDim, ffnDim } = config;
  const shapes = new Map<string, readonly number[]>();
  const add = (name: string, ...shape: number[]): void => void shapes.set(`${prefix}${name}.weight`, shape);
  add("embed_tokens", vocabSize, hiddenSize);
  for (let index = 0; index < layers; index++) {
    const layer = `layers.${index}`;
    add(`${layer}.self_attn.q_proj`, heads * headDim, hiddenSize);
    add(`${layer}.self_attn.k_proj`, kvHeads * headDim, hiddenSize);
    add(`${layer}.self_attn.v_proj`, kvHeads * headDim, hiddenSize);
    add(`${layer}.self_attn.o_proj`, hiddenSize, heads * headDim);
    add(`${layer}.self_attn.q_norm`, headDim);
    add(`${layer}.self_attn.k_norm`, headDim);
    add(`${layer}.mlp.gate_proj`, ffnDim, hiddenSize);
    add(`${layer}.mlp.up_proj`, ffnDim, hiddenSize);
    add(`${layer}.mlp.down_proj`, hiddenSize, ffnDim);
    for (const norm of GEMMA3_LAYER_NORMS) add(`${layer}.${norm}`, hiddenSize);
  }
  add("norm", hiddenSize);
  return shapes;
}

/** Before and after attention, before and after the feed-forward. */
export const GEMMA3_LAYER_NORMS = [
  "input_layernorm",
  "post_attention_layernorm",
  "pre_feedforward_layernorm",
  "post_feedforward_layernorm",
] as const;
