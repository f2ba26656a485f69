/**
 * @file The sizes of a Jina text tower: what its graph, its tensor list and its checks are derived from.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { ConfigValues, countNumbered } from "./config-values.ts";

/** Heads of the published tower are this wide; files do not tell. */
const PUBLISHED_HEAD_DIM = 64;

export interface JinaTextConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnDim: number;
  readonly ropeBase: number;
  readonly normEps: number;
  /** Tokens of this id are masked and left out of the mean. */
  readonly padTokenId: number;
  /** An adapter in the file is scaled by this over its rank; by 1, as the published one is, where nothing states it. */
  readonly loraAlpha?: number;
}

/** A tensor that every such tower has once. */
const SIGN = "emb_ln.weight";

/**
 * The prefix of the tower's names, such as `text_model.transformer.roberta.`.
 * @throws model.mismatch when the tensors are not those of a Jina text tower
 */
export function jinaTextPrefix(checkpoint: Checkpoint): string {
  for (const name of checkpoint.names())
    if (name === SIGN || name.endsWith(`.${SIGN}`)) return name.slice(0, -SIGN.length);
  throw new TachieError("model.mismatch", `${checkpoint.label} is no Jina text tower: it has no tensor ${SIGN}`, {
    where: checkpoint.label,
  });
}

/** The tensor of a weight that an adapter may come with: the merged one, or the one that the adapter adds to. */
export function adaptableName(checkpoint: Checkpoint, name: string): string {
  const original = `${name}.parametrizations.weight.original`;
  return checkpoint.has(original) ? original : `${name}.weight`;
}

/**
 * The configuration of a checkpoint: stated values first (`given`, then the checkpoint's metadata), the rest from the
 * tensors' shapes, what neither tells as in jina-clip-v2.
 * @param given values by the names of the published config.json
 * @throws model.incomplete, model.mismatch
 */
export function inferJinaTextConfig(checkpoint: Checkpoint, given?: Readonly<Record<string, unknown>>): JinaTextConfig {
  // The published config.json states what concerns the text tower one level down, and its adapter two.
  const values = new ConfigValues(checkpoint, given).inner("text_config").inner("hf_model_config_kwargs");
  const prefix = jinaTextPrefix(checkpoint);
  const words = checkpoint.tensor(adaptableName(checkpoint, `${prefix}embeddings.word_embeddings`)).shape;
  const hiddenSize = values.wholeNumber("hidden_size") ?? words[1] ?? 0;
  const ffn = checkpoint.tensor(adaptableName(checkpoint, `${prefix}encoder.layers.0.mlp.fc1`)).shape;
  const loraAlpha = values.number("lora_alpha");
  const config: JinaTextConfig = {
    vocabSize: values.wholeNumber("vocab_size") ?? words[0] ?? 0,
    hiddenSize,
    layers: values.wholeNumber("num_hidden_layers") ?? countNumbered(checkpoint, `${prefix}encoder.layers.`),
    heads: values.wholeNumber("num_attention_heads") ?? hiddenSize / PUBLISHED_HEAD_DIM,
    ffnDim: values.wholeNumber("intermediate_size") ?? ffn[0] ?? 0,
    ropeBase: values.number("rotary_emb_base") ?? 20_000,
    normEps: values.number("layer_norm_eps") ?? 1e-5,
    padTokenId: values.wholeNumber("pad_token_id") ?? 1,
    ...(loraAlpha === undefined ? {} : { loraAlpha }),
  };
  const { heads, layers } = config;
  const present = countNumbered(checkpoint, `${prefix}encoder.layers.`);
  if (present > layers) values.fail(`it has ${present} layers, but the configuration says ${layers}`);
  if (!Number.isInteger(heads) || heads < 1 || (hiddenSize / heads) % 2 !== 0)
    values.fail(`a width of ${hiddenSize} does not divide into ${heads} heads of an even width`);
  return config;
}
