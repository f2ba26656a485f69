/**
 * @file The sizes of the published NewBie-image-Exp0.1 networks, and any network's sizes by the names of the published files.
 */

import type { FluxVaeConfig } from "./flux-vae-config.ts";
import type { Gemma3TextConfig } from "./gemma3-text-config.ts";
import type { JinaTextConfig } from "./jina-text-config.ts";
import type { NextDitConfig } from "./next-dit-config.ts";

/** 3,486,636,096 parameters. */
export const PUBLISHED_NEXT_DIT: NextDitConfig = {
  patchSize: 2,
  inChannels: 16,
  dim: 2304,
  layers: 36,
  refinerLayers: 2,
  heads: 24,
  kvHeads: 8,
  headDim: 96,
  ffnDim: 9216,
  normEps: 1e-5,
  qkNorm: true,
  capFeatDim: 2560,
  clipTextDim: 1024,
  axesDims: [32, 32, 32],
  ropeTheta: 10000,
  timeDim: 1024,
};

/** 83,819,683 parameters. */
export const PUBLISHED_FLUX_VAE: FluxVaeConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 16,
  blockOutChannels: [128, 256, 512, 512],
  layersPerBlock: 2,
  normGroups: 32,
  normEps: 1e-6,
  scalingFactor: 0.3611,
  shiftFactor: 0.1159,
  hasMidAttention: true,
};

/** 558,314,496 parameters with the adapter merged. */
export const PUBLISHED_JINA_TEXT: JinaTextConfig = {
  vocabSize: 250_002,
  hiddenSize: 1024,
  layers: 24,
  heads: 16,
  ffnDim: 4096,
  ropeBase: 20_000,
  normEps: 1e-5,
  padTokenId: 1,
};

/** The text tower of gemma-3-4b-it: 3,880,263,168 parameters, of which the last layer is never computed. */
export const PUBLISHED_GEMMA3_TEXT: Gemma3TextConfig = {
  vocabSize: 262_208,
  hiddenSize: 2560,
  layers: 34,
  heads: 8,
  kvHeads: 4,
  headDim: 256,
  ffnDim: 10_240,
  normEps: 1e-6,
  queryPreAttnScalar: 256,
  slidingWindow: 1024,
  isGlobal: Array.from({ length: 34 }, (_, index) => (index + 1) % 6 === 0),
  localTheta: 10_000,
  globalTheta: 1_000_000,
  globalFactor: 8,
};

export function nextDitFields(config: NextDitConfig): Record<string, unknown> {
  return {
    patch_size: config.patchSize,
    in_channels: config.inChannels,
    dim: config.dim,
    n_layers: config.layers,
    n_refiner_layers: config.refinerLayers,
    n_heads: config.heads,
    n_kv_heads: config.kvHeads,
    norm_eps: config.normEps,
    qk_norm: config.qkNorm,
    cap_feat_dim: config.capFeatDim,
    clip_text_dim: config.clipTextDim,
    axes_dims: config.axesDims,
    rope_theta: config.ropeTheta,
  };
}

export function fluxVaeFields(config: FluxVaeConfig): Record<string, unknown> {
  return {
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    latent_channels: config.latentChannels,
    block_out_channels: config.blockOutChannels,
    layers_per_block: config.layersPerBlock,
    norm_num_groups: config.normGroups,
    norm_eps: config.normEps,
    mid_block_add_attention: config.hasMidAttention,
    scaling_factor: config.scalingFactor,
    shift_factor: config.shiftFactor,
  };
}

export function jinaTextFields(config: JinaTextConfig): Record<string, unknown> {
  return {
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.ffnDim,
    rotary_emb_base: config.ropeBase,
    layer_norm_eps: config.normEps,
    pad_token_id: config.padTokenId,
  };
}

export function gemma3TextFields(config: Gemma3TextConfig): Record<string, unknown> {
  return {
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.ffnDim,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    rms_norm_eps: config.normEps,
    query_pre_attn_scalar: config.queryPreAttnScalar,
    sliding_window: config.slidingWindow,
    layer_types: config.isGlobal.map((isGlobal) => (isGlobal ? "full_attention" : "sliding_attention")),
    local_theta: config.localTheta,
    global_theta: config.globalTheta,
    global_factor: config.globalFactor,
  };
}
