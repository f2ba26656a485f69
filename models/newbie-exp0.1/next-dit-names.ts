/**
 * @file What a Next-DiT's tensors are called in the two published layouts, the model's own and that of diffusers.
 *
 * They hold the same numbers; only the fused projection of queries, keys and values is cut in three in the latter.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import { withoutPrefix } from "../../src-main/graph/checkpoint.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";

/** Names without `.weight` and `.bias`. */
export interface BlockNames {
  /** One tensor with the rows of queries, keys and values, or one each. */
  readonly projection: { readonly fused: string } | { readonly q: string; readonly k: string; readonly v: string };
  readonly attentionOut: string;
  readonly queryNorm: string;
  readonly keyNorm: string;
  readonly attentionNorm1: string;
  readonly attentionNorm2: string;
  readonly ffnNorm1: string;
  readonly ffnNorm2: string;
  readonly ffnGate: string;
  readonly ffnUp: string;
  readonly ffnDown: string;
  /** Only in blocks that are steered by the time. */
  readonly modulation: string;
}

export interface NextDitNames {
  readonly imageEmbedder: string;
  readonly time1: string;
  readonly time2: string;
  readonly captionNorm: string;
  readonly captionLinear: string;
  readonly pooledNorm: string;
  readonly pooledLinear: string;
  readonly fusion: string;
  readonly finalModulation: string;
  readonly finalLinear: string;
  block(group: BlockGroup, index: number): BlockNames;
}

export type BlockGroup = "context_refiner" | "noise_refiner" | "layers";

export const ORIGINAL_NAMES: NextDitNames = {
  imageEmbedder: "x_embedder",
  time1: "t_embedder.mlp.0",
  time2: "t_embedder.mlp.2",
  captionNorm: "cap_embedder.0",
  captionLinear: "cap_embedder.1",
  pooledNorm: "clip_text_pooled_proj.0",
  pooledLinear: "clip_text_pooled_proj.1",
  fusion: "time_text_embed.1",
  finalModulation: "final_layer.adaLN_modulation.1",
  finalLinear: "final_layer.linear",
  block(group, index) {
    const block = `${group}.${index}`;
    return {
      projection: { fused: `${block}.attention.qkv` },
      attentionOut: `${block}.attention.out`,
      queryNorm: `${block}.attention.q_norm`,
      keyNorm: `${block}.attention.k_norm`,
      attentionNorm1: `${block}.attention_norm1`,
      attentionNorm2: `${block}.attention_norm2`,
      ffnNorm1: `${block}.ffn_norm1`,
      ffnNorm2: `${block}.ffn_norm2`,
      ffnGate: `${block}.feed_forward.w1`,
      ffnUp: `${block}.feed_forward.w3`,
      ffnDown: `${block}.feed_forward.w2`,
      modulation: `${block}.adaLN_modulation.1`,
    };
  },
};

export const DIFFUSERS_NAMES: NextDitNames = {
  imageEmbedder: "x_embedder",
  time1: "time_caption_embed.timestep_embedder.linear_1",
  time2: "time_caption_embed.timestep_embedder.linear_2",
  captionNorm: "time_caption_embed.caption_embedder.0",
  captionLinear: "time_caption_embed.caption_embedder.1",
  pooledNorm: "time_caption_embed.clip_text_pooled_proj.0",
  pooledLinear: "time_caption_embed.clip_text_pooled_proj.1",
  fusion: "time_caption_embed.time_text_embed.1",
  finalModulation: "norm_out.linear_1",
  finalLinear: "norm_out.linear_2",
  block(group, index) {
    const block = `${group}.${index}`;
    const { q, k, v } = { q: `${block}.attn.to_q`, k: `${block}.attn.to_k`, v: `${block}.attn.to_v` };
    return {
      projection: { q, k, v },
      attentionOut: `${block}.attn.to_out.0`,
      queryNorm: `${block}.attn.norm_q`,
      keyNorm: `${block}.attn.norm_k`,
      attentionNorm1: group === "context_refiner" ? `${block}.norm1` : `${block}.norm1.norm`,
      attentionNorm2: `${block}.norm2`,
      ffnNorm1: `${block}.ffn_norm1`,
      ffnNorm2: `${block}.ffn_norm2`,
      ffnGate: `${block}.feed_forward.linear_1`,
      ffnUp: `${block}.feed_forward.linear_3`,
      ffnDown: `${block}.feed_forward.linear_2`,
      modulation: `${block}.norm1.linear`,
    };
  },
};

/** The weights under any prefix, as under none. */
export function nextDitWeights(checkpoint: Checkpoint): Checkpoint {
  return withoutPrefix(
    checkpoint,
    [ORIGINAL_NAMES, DIFFUSERS_NAMES].map(({ finalLinear }) => `${finalLinear}.weight`),
  );
}

/** @throws model.mismatch when the tensors are those of neither layout */
export function nextDitNames(checkpoint: Checkpoint): NextDitNames {
  for (const names of [ORIGINAL_NAMES, DIFFUSERS_NAMES])
    if (checkpoint.has(`${names.finalLinear}.weight`) && checkpoint.has(`${names.captionLinear}.weight`)) return names;
  throw new TachieError(
    "model.mismatch",
    `${checkpoint.label} is no Next-DiT: it has neither ${ORIGINAL_NAMES.finalLinear}.weight nor ${DIFFUSERS_NAMES.finalLinear}.weight with the rest`,
    { where: checkpoint.label },
  );
}
