/** @file The Next-DiT with pooled text (NewBie-image-Exp0.1), as published and as diffusers splits it. */

import { linear, times, weight } from "./layout.ts";
import type { Layout, PatternTensor } from "./layout.ts";

const PUBLISHED = {
  sizes: {
    dim: 2304,
    token: 64,
    time: 1024,
    caption: 2560,
    pooled: 1024,
    qkv: 3840,
    inner: 2304,
    keys: 768,
    head: 96,
    ffn: 9216,
  },
  repeats: { layers: 36, noise: 2, context: 2 },
};

const REPEATS = {
  layers: /^layers\.(\d+)\./,
  noise: /^noise_refiner\.(\d+)\./,
  context: /^context_refiner\.(\d+)\./,
};

export const nextDitOriginal: Layout = {
  family: "next-dit",
  id: "original",
  title: "NewBie Next-DiT",
  role: "transformer",
  stem: /^(|.*?\.)(?:(?:layers|noise_refiner|context_refiner)\.\d+\.(?:attention|feed_forward|attention_norm[12]|ffn_norm[12]|adaLN_modulation)\.|x_embedder\.|t_embedder\.mlp\.|cap_embedder\.|clip_text_pooled_proj\.|time_text_embed\.|final_layer\.|norm_final\.)/,
  repeats: REPEATS,
  tensors: ({ layers, noise, context }) => [
    ...linear("x_embedder", "dim", "token"),
    ...linear("t_embedder.mlp.0", "time", 256),
    ...linear("t_embedder.mlp.2", "time", "time"),
    weight("cap_embedder.0", "caption"),
    ...linear("cap_embedder.1", "dim", "caption"),
    weight("clip_text_pooled_proj.0", "pooled"),
    ...linear("clip_text_pooled_proj.1", "pooled", "pooled"),
    ...linear("time_text_embed.1", "time", "time+pooled"),
    ...times(noise, (i) => originalBlock(`noise_refiner.${i}`, true)),
    ...times(context, (i) => originalBlock(`context_refiner.${i}`, false)),
    ...times(layers, (i) => originalBlock(`layers.${i}`, true)),
    // In the published file, though no computation uses it.
    { ...weight("norm_final", "dim"), isOptional: true },
    ...linear("final_layer.linear", "token", "dim"),
    ...linear("final_layer.adaLN_modulation.1", "dim", "time"),
  ],
  // A fork of the trainer adds a branch for pictures.
  beside: /^clip_img_pooled_embedder\./,
  published: PUBLISHED,
  identity: ["dim", "caption", "pooled"],
};

function originalBlock(block: string, isModulated: boolean): PatternTensor[] {
  return [
    weight(`${block}.attention.qkv`, "qkv", "dim"),
    weight(`${block}.attention.out`, "dim", "inner"),
    weight(`${block}.attention.q_norm`, "head"),
    weight(`${block}.attention.k_norm`, "head"),
    weight(`${block}.feed_forward.w1`, "ffn", "dim"),
    weight(`${block}.feed_forward.w2`, "dim", "ffn"),
    weight(`${block}.feed_forward.w3`, "ffn", "dim"),
    ...["attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2"].map((name) =>
      weight(`${block}.${name}`, "dim"),
    ),
    ...(isModulated ? linear(`${block}.adaLN_modulation.1`, "4*dim", "time") : []),
  ];
}

export const nextDitDiffusers: Layout = {
  family: "next-dit",
  id: "diffusers",
  title: "NewBie Next-DiT in the diffusers layout",
  role: "transformer",
  stem: /^(|.*?\.)(?:(?:layers|noise_refiner|context_refiner)\.\d+\.(?:attn|feed_forward\.linear_\d|norm[12]|ffn_norm[12])\.|x_embedder\.|time_caption_embed\.|norm_out\.linear_)/,
  repeats: REPEATS,
  tensors: ({ layers, noise, context }) => [
    ...linear("x_embedder", "dim", "token"),
    ...linear("time_caption_embed.timestep_embedder.linear_1", "time", 256),
    ...linear("time_caption_embed.timestep_embedder.linear_2", "time", "time"),
    weight("time_caption_embed.caption_embedder.0", "caption"),
    ...linear("time_caption_embed.caption_embedder.1", "dim", "caption"),
    weight("time_caption_embed.clip_text_pooled_proj.0", "pooled"),
    ...linear("time_caption_embed.clip_text_pooled_proj.1", "pooled", "pooled"),
    ...linear("time_caption_embed.time_text_embed.1", "time", "time+pooled"),
    ...times(noise, (i) => diffusersBlock(`noise_refiner.${i}`, true)),
    ...times(context, (i) => diffusersBlock(`context_refiner.${i}`, false)),
    ...times(layers, (i) => diffusersBlock(`layers.${i}`, true)),
    ...linear("norm_out.linear_1", "dim", "time"),
    ...linear("norm_out.linear_2", "token", "dim"),
  ],
  published: PUBLISHED,
  identity: ["dim", "caption", "pooled"],
};

function diffusersBlock(block: string, isModulated: boolean): PatternTensor[] {
  return [
    weight(`${block}.attn.to_q`, "inner", "dim"),
    weight(`${block}.attn.to_k`, "keys", "dim"),
    weight(`${block}.attn.to_v`, "keys", "dim"),
    weight(`${block}.attn.to_out.0`, "dim", "inner"),
    weight(`${block}.attn.norm_q`, "head"),
    weight(`${block}.attn.norm_k`, "head"),
    weight(`${block}.feed_forward.linear_1`, "ffn", "dim"),
    weight(`${block}.feed_forward.linear_2`, "dim", "ffn"),
    weight(`${block}.feed_forward.linear_3`, "ffn", "dim"),
    ...(isModulated
      ? [...linear(`${block}.norm1.linear`, "4*dim", "time"), weight(`${block}.norm1.norm`, "dim")]
      : [weight(`${block}.norm1`, "dim")]),
    ...["norm2", "ffn_norm1", "ffn_norm2"].map((name) => weight(`${block}.${name}`, "dim")),
  ];
}
