/** @file The text tower of Jina CLIP v2, with its adapter beside the weights (as published) or merged into them. */

import { norm, times, weight } from "./layout.ts";
import type { Dimension, Layout, PatternTensor } from "./layout.ts";

const STEM =
  /^(|.*?\.)(?:embeddings\.(?:word|token_type)_embeddings\.|emb_ln\.|encoder\.layers\.\d+\.(?:mixer|mlp|norm1|norm2)\.)/;

const PUBLISHED = {
  sizes: { vocabulary: 250002, hidden: 1024, ffn: 4096, rank: 4, adapters: 1 },
  repeats: { layers: 24 },
};

type BuildMatrix = (name: string, outputs: Dimension, inputs: Dimension) => PatternTensor[];

function tower(layers: number | undefined, embedding: BuildMatrix, matrix: BuildMatrix): PatternTensor[] {
  const withBias = (name: string, outputs: Dimension, inputs: Dimension): PatternTensor[] => [
    ...matrix(name, outputs, inputs),
    { name: `${name}.bias`, shape: [outputs] },
  ];
  return [
    ...embedding("embeddings.word_embeddings", "vocabulary", "hidden"),
    ...embedding("embeddings.token_type_embeddings", 1, "hidden"),
    ...norm("emb_ln", "hidden"),
    ...times(layers, (i) => [
      ...withBias(`encoder.layers.${i}.mixer.Wqkv`, "3*hidden", "hidden"),
      ...withBias(`encoder.layers.${i}.mixer.out_proj`, "hidden", "hidden"),
      ...norm(`encoder.layers.${i}.norm1`, "hidden"),
      ...norm(`encoder.layers.${i}.norm2`, "hidden"),
      ...withBias(`encoder.layers.${i}.mlp.fc1`, "ffn", "hidden"),
      ...withBias(`encoder.layers.${i}.mlp.fc2`, "hidden", "ffn"),
    ]),
  ];
}

export const jinaTextMerged: Layout = {
  family: "jina-text",
  id: "merged",
  title: "Jina CLIP v2 text encoder",
  role: "pooledEncoder",
  stem: STEM,
  repeats: { layers: /^encoder\.layers\.(\d+)\./ },
  tensors: ({ layers }) => {
    const plain: BuildMatrix = (name, outputs, inputs) => [weight(name, outputs, inputs)];
    return tower(layers, plain, plain);
  },
  beside: /^(?:spiece_model$|logit_scale$|pooler\.|lm_head\.|vision_model\.)/,
  published: PUBLISHED,
  identity: ["hidden"],
};

export const jinaTextAdapter: Layout = {
  ...jinaTextMerged,
  id: "adapter",
  title: "Jina CLIP v2 text encoder with its adapter",
  tensors: ({ layers }) => {
    const adapted =
      (firstShape: "in" | "out"): BuildMatrix =>
      (name, outputs, inputs) => {
        // Linear: A [adapters, rank, in], B [adapters, out, rank]. Embedding: A [adapters, rows, rank], B [adapters, rank, width].
        const isLinear = firstShape === "in";
        const stem = `${name}.parametrizations.weight`;
        return [
          { name: `${stem}.original`, shape: [outputs, inputs] },
          { name: `${stem}.0.lora_A`, shape: isLinear ? ["adapters", "rank", inputs] : ["adapters", outputs, "rank"] },
          { name: `${stem}.0.lora_B`, shape: isLinear ? ["adapters", outputs, "rank"] : ["adapters", "rank", inputs] },
        ];
      };
    return tower(layers, adapted("out"), adapted("in"));
  },
};
