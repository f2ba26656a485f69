/** @file The text tower of Gemma 3. Published under several prefixes; the vision tower may stand beside it. */

import { times, weight } from "./layout.ts";
import type { Layout, PatternTensor } from "./layout.ts";

export const gemma3Text: Layout = {
  family: "gemma3",
  id: "text",
  title: "Gemma 3 text encoder",
  role: "textEncoder",
  stem: /^(|.*?\.)(?:embed_tokens\.weight$|layers\.\d+\.(?:self_attn\.(?:[qkvo]_proj|[qk]_norm)|mlp\.(?:gate|up|down)_proj|(?:input|post_attention|pre_feedforward|post_feedforward)_layernorm)\.|norm\.weight$)/,
  repeats: { layers: /^layers\.(\d+)\./ },
  tensors: ({ layers }) => [
    weight("embed_tokens", "vocabulary", "hidden"),
    ...times(layers, (i) => layer(`layers.${i}`)),
    // The states before the last layer are used, so the final norm never is.
    { ...weight("norm", "hidden"), isOptional: true },
  ],
  beside: /^(?:lm_head|spiece_model|vision_|multi_modal_)/,
  published: {
    sizes: { vocabulary: 262208, hidden: 2560, queries: 2048, keys: 1024, head: 256, ffn: 10240 },
    repeats: { layers: 34 },
  },
  identity: ["hidden"],
};

function layer(block: string): PatternTensor[] {
  return [
    weight(`${block}.self_attn.q_proj`, "queries", "hidden"),
    weight(`${block}.self_attn.k_proj`, "keys", "hidden"),
    weight(`${block}.self_attn.v_proj`, "keys", "hidden"),
    weight(`${block}.self_attn.o_proj`, "hidden", "queries"),
    weight(`${block}.self_attn.q_norm`, "head"),
    weight(`${block}.self_attn.k_norm`, "head"),
    weight(`${block}.mlp.gate_proj`, "ffn", "hidden"),
    weight(`${block}.mlp.up_proj`, "ffn", "hidden"),
    weight(`${block}.mlp.down_proj`, "hidden", "ffn"),
    ...["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"].map(
      (name) => weight(`${block}.${name}`, "hidden"),
    ),
  ];
}
