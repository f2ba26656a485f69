/**
 * @file The tensors of a Next-DiT with pooled text, in the published (original) layout: name and shape of each.
 *
 * For synthetic checkpoints and for saying what a file lacks. Graph builders ask for tensors by themselves.
 */

import type { NextDitConfig } from "./next-dit-config.ts";

export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/** Width of the sinusoidal embedding of t, the same in every such network. */
export const TIME_FREQUENCY_DIM = 256;

export function nextDitTensors(config: NextDitConfig): TensorShapes {
  const { dim, timeDim, capFeatDim, clipTextDim } = config;
  const patchDim = config.patchSize ** 2 * config.inChannels;
  const shapes = new Map<string, readonly number[]>();
  addLinear(shapes, "x_embedder", patchDim, dim);
  addLinear(shapes, "t_embedder.mlp.0", TIME_FREQUENCY_DIM, timeDim);
  addLinear(shapes, "t_embedder.mlp.2", timeDim, timeDim);
  shapes.set("cap_embedder.0.weight", [capFeatDim]);
  addLinear(shapes, "cap_embedder.1", capFeatDim, dim);
  if (clipTextDim > 0) {
    shapes.set("clip_text_pooled_proj.0.weight", [clipTextDim]);
    addLinear(shapes, "clip_text_pooled_proj.1", clipTextDim, clipTextDim);
    addLinear(shapes, "time_text_embed.1", timeDim + clipTextDim, timeDim);
  }
  for (let i = 0; i < config.refinerLayers; i++) addBlock(shapes, `noise_refiner.${i}`, config, true);
  for (let i = 0; i < config.refinerLayers; i++) addBlock(shapes, `context_refiner.${i}`, config, false);
  for (let i = 0; i < config.layers; i++) addBlock(shapes, `layers.${i}`, config, true);
  // In the published file, though no computation uses it.
  shapes.set("norm_final.weight", [dim]);
  addLinear(shapes, "final_layer.linear", dim, patchDim);
  addLinear(shapes, "final_layer.adaLN_modulation.1", timeDim, dim);
  return shapes;
}

function addBlock(
  shapes: Map<string, readonly number[]>,
  block: string,
  config: NextDitConfig,
  isModulated: boolean,
): void {
  const { dim, heads, kvHeads, headDim, ffnDim } = config;
  shapes.set(`${block}.attention.qkv.weight`, [(heads + 2 * kvHeads) * headDim, dim]);
  shapes.set(`${block}.attention.out.weight`, [dim, heads * headDim]);
  if (config.qkNorm)
    for (const name of ["q_norm", "k_norm"]) shapes.set(`${block}.attention.${name}.weight`, [headDim]);
  shapes.set(`${block}.feed_forward.w1.weight`, [ffnDim, dim]);
  shapes.set(`${block}.feed_forward.w2.weight`, [dim, ffnDim]);
  shapes.set(`${block}.feed_forward.w3.weight`, [ffnDim, dim]);
  for (const name of ["attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2"])
    shapes.set(`${block}.${name}.weight`, [dim]);
  if (isModulated) addLinear(shapes, `${block}.adaLN_modulation.1`, config.timeDim, 4 * dim);
}

function addLinear(shapes: Map<string, readonly number[]>, name: string, inputs: number, outputs: number): void {
  shapes.set(`${name}.weight`, [outputs, inputs]);
  shapes.set(`${name}.bias`, [outputs]);
}
