/**
 * @file Networks that people have in the same folders and that Tachie cannot run, by a few names that only they have. It is
 * enough to tell a person "this is the text encoder of SDXL"; nothing here is exact.
 */

import type { Tensors } from "./match-layout.ts";

interface Family {
  readonly title: string;
  /** All must match some name; a shape, where given, must match too (`undefined` entries are free). */
  readonly all: readonly (RegExp | readonly [RegExp, readonly (number | undefined)[]])[];
  /** None may match any name. */
  readonly none?: readonly RegExp[];
}

/** The first that fits is taken, so the more special come first. */
const FAMILIES: readonly Family[] = [
  {
    title: "Z-Image",
    all: [/(^|\.)(cap_pad_token|x_pad_token)$/, /(^|\.)(context_refiner|noise_refiner)\.0\./],
  },
  {
    title: "Lumina Image 2.0 (a Next-DiT without pooled text, such as Neta Lumina)",
    all: [[/(^|\.)cap_embedder\.0\.weight$/, [2304]], /(^|\.)context_refiner\.0\.attention\.qkv\.weight$/],
    none: [/clip_text_pooled_proj/],
  },
  {
    title: "Lumina Image 2.0 in the diffusers layout",
    all: [[/(^|\.)time_caption_embed\.caption_embedder\.0\.weight$/, [2304]]],
    none: [/clip_text_pooled_proj/],
  },
  { title: "Lumina Next", all: [/(^|\.)layers\.0\.attention\.wk_y\.weight$/] },
  {
    title: "FLUX.1",
    all: [/(^|\.)double_blocks\.0\.img_attn\.qkv\.weight$/, /(^|\.)single_blocks\.0\./],
    none: [/distilled_guidance_layer/, /double_stream_modulation/],
  },
  { title: "FLUX.2", all: [/(^|\.)double_stream_modulation/] },
  { title: "Chroma", all: [/(^|\.)distilled_guidance_layer\./] },
  {
    title: "FLUX.1 in the diffusers layout",
    all: [/(^|\.)transformer_blocks\.0\.attn\.add_q_proj\./, /(^|\.)single_transformer_blocks\.0\./],
  },
  { title: "Stable Diffusion 3", all: [/(^|\.)joint_blocks\.0\./] },
  { title: "Qwen Image", all: [/(^|\.)transformer_blocks\.0\.img_mod\./] },
  { title: "Wan", all: [/(^|\.)blocks\.0\.self_attn\.q\./, /(^|\.)blocks\.0\.cross_attn\./] },
  { title: "AuraFlow", all: [/(^|\.)double_layers\.0\./, /(^|\.)single_layers\.0\./] },
  { title: "a ControlNet", all: [/(^|\.)(input_hint_block|controlnet_cond_embedding|zero_convs)\./] },
  { title: "Stable Diffusion XL", all: [/(^|\.)input_blocks\.0\.0\.weight$/, /(^|\.)label_emb\.0\.0\.weight$/] },
  {
    title: "Stable Diffusion 2",
    all: [
      /(^|\.)input_blocks\.0\.0\.weight$/,
      [/input_blocks\.1\.1\.transformer_blocks\.0\.attn2\.to_k\.weight$/, [undefined, 1024]],
    ],
  },
  { title: "Stable Diffusion 1.5", all: [/(^|\.)input_blocks\.0\.0\.weight$/] },
  {
    title: "Stable Diffusion XL in the diffusers layout",
    all: [/(^|\.)add_embedding\.linear_1\./, /(^|\.)down_blocks\.1\.attentions\.0\./],
  },
  {
    title: "a Stable Diffusion UNet in the diffusers layout",
    all: [/(^|\.)down_blocks\.0\.attentions\.0\.transformer_blocks\./],
  },
  {
    title: "the VAE of Stable Diffusion 1.5 or XL (4 channels)",
    all: [[/(^|\.)decoder\.conv_in\.weight$/, [undefined, 4, 3, 3]]],
  },
  {
    title: "the VAE of FLUX.2 (32 channels)",
    all: [[/(^|\.)decoder\.conv_in\.weight$/, [undefined, 32, 3, 3]]],
  },
  { title: "the VAE of Wan or Qwen Image", all: [/(^|\.)decoder\.middle\.0\.residual\./] },
  {
    title: "jina-embeddings-v3 (an adapter for each of five tasks) rather than Jina CLIP v2",
    all: [[/\.mixer\.Wqkv\.parametrizations\.weight\.0\.lora_A$/, [5]]],
  },
  {
    title: "Gemma 2 (the text encoder of Lumina Image 2.0)",
    all: [/(^|\.)layers\.\d+\.pre_feedforward_layernorm\.weight$/],
    none: [/\.self_attn\.q_norm\.weight$/],
  },
  {
    title: "Qwen 3",
    all: [/(^|\.)layers\.\d+\.self_attn\.q_norm\.weight$/, /(^|\.)layers\.\d+\.mlp\.gate_proj\.weight$/],
    none: [/pre_feedforward_layernorm/],
  },
  {
    title: "a language model such as Llama, Mistral or Qwen 2",
    all: [/(^|\.)layers\.\d+\.self_attn\.q_proj\.weight$/, /(^|\.)layers\.\d+\.mlp\.gate_proj\.weight$/],
    none: [/pre_feedforward_layernorm/],
  },
  { title: "T5", all: [/(^|\.)encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight$/] },
  {
    title: "a whole CLIP (text and picture towers)",
    all: [/(^|\.)vision_model\.encoder\.layers\.0\./, /(^|\.)text_model\.encoder\.layers\.0\./],
  },
  { title: "a CLIP text encoder", all: [/(^|\.)text_model\.encoder\.layers\.0\.self_attn\.q_proj\./] },
  {
    title: "a CLIP text encoder in the OpenCLIP layout",
    all: [/(^|\.)transformer\.resblocks\.0\.attn\.in_proj_weight$/],
  },
  { title: "a CLIP picture tower", all: [/(^|\.)vision_model\.encoder\.layers\.0\./] },
  { title: "the picture tower of Jina CLIP v2, without the text tower", all: [/(^|\.)vision_model\.blocks\.0\./] },
  { title: "BERT or RoBERTa", all: [/(^|\.)encoder\.layer\.0\.attention\.self\.query\.weight$/] },
  { title: "an upscaler", all: [/(^|\.)(body\.0\.rdb1\.conv1|model\.1\.sub\.0\.RDB1)\./] },
  { title: "a textual inversion embedding", all: [/^(emb_params|string_to_param|clip_[lg]|<.+>)(\..*)?$/] },
];

/** What else a file might be; undefined where nothing fits. */
export function recogniseForeign(tensors: Tensors): string | undefined {
  const names = [...tensors.keys()].slice(0, 20_000);
  const isMet = (mark: Family["all"][number]): boolean => {
    const [pattern, shape] = mark instanceof RegExp ? [mark, undefined] : mark;
    const name = names.find((candidate) => pattern.test(candidate));
    if (name === undefined || shape === undefined) return name !== undefined;
    const found = tensors.get(name)?.shape ?? [];
    return shape.every((size, axis) => size === undefined || size === found[axis]);
  };
  return FAMILIES.find(({ all, none }) => all.every(isMet) && !(none ?? []).some(isMet))?.title;
}
