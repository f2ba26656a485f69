/**
 * @file What a FLUX-type autoencoder's tensors are called in the two published layouts: diffusers and ae.safetensors.
 *
 * They hold the same numbers. The original counts the decoder's stages from the picture inwards, diffusers in the order
 * of execution, which is how they are counted here.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import { withoutPrefix } from "../../src-main/graph/checkpoint.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";

export type VaeHalf = "encoder" | "decoder";

/** Names without `.weight` and `.bias`. */
export interface ResnetNames {
  readonly norm1: string;
  readonly conv1: string;
  readonly norm2: string;
  readonly conv2: string;
  /** Only where the number of channels changes. */
  readonly shortcut: string;
}

export interface VaeAttentionNames {
  readonly norm: string;
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly out: string;
}

export interface FluxVaeNames {
  /** What the names of one stage after the other begin with, up to its number. */
  stagePrefix(half: VaeHalf): string;
  /** What the names of the ResNets of a stage begin with, up to their number. */
  resnetPrefix(half: VaeHalf, stage: number, stages: number): string;
  resnet(half: VaeHalf, stage: number, stages: number, index: number): ResnetNames;
  /** The convolution that halves or doubles the size after a stage. */
  resize(half: VaeHalf, stage: number, stages: number): string;
  /** The ResNet before (0) and after (1) the attention in the middle. */
  middleResnet(half: VaeHalf, index: 0 | 1): ResnetNames;
  middleAttention(half: VaeHalf): VaeAttentionNames;
  lastNorm(half: VaeHalf): string;
}

const DIFFUSERS: FluxVaeNames = {
  stagePrefix: (half) => (half === "encoder" ? "encoder.down_blocks." : "decoder.up_blocks."),
  resnetPrefix: (half, stage) => `${DIFFUSERS.stagePrefix(half)}${stage}.resnets.`,
  resnet: (half, stage, stages, index) =>
    resnetNames(`${DIFFUSERS.resnetPrefix(half, stage, stages)}${index}`, "conv_shortcut"),
  resize: (half, stage) =>
    `${DIFFUSERS.stagePrefix(half)}${stage}.${half === "encoder" ? "downsamplers" : "upsamplers"}.0.conv`,
  middleResnet: (half, index) => resnetNames(`${half}.mid_block.resnets.${index}`, "conv_shortcut"),
  middleAttention(half) {
    const attention = `${half}.mid_block.attentions.0`;
    return {
      norm: `${attention}.group_norm`,
      q: `${attention}.to_q`,
      k: `${attention}.to_k`,
      v: `${attention}.to_v`,
      out: `${attention}.to_out.0`,
    };
  },
  lastNorm: (half) => `${half}.conv_norm_out`,
};

const ORIGINAL: FluxVaeNames = {
  stagePrefix: (half) => (half === "encoder" ? "encoder.down." : "decoder.up."),
  resnetPrefix: (half, stage, stages) => `${originalStage(half, stage, stages)}.block.`,
  resnet: (half, stage, stages, index) =>
    resnetNames(`${originalStage(half, stage, stages)}.block.${index}`, "nin_shortcut"),
  resize: (half, stage, stages) =>
    `${originalStage(half, stage, stages)}.${half === "encoder" ? "downsample" : "upsample"}.conv`,
  middleResnet: (half, index) => resnetNames(`${half}.mid.block_${index + 1}`, "nin_shortcut"),
  middleAttention(half) {
    const attention = `${half}.mid.attn_1`;
    return {
      norm: `${attention}.norm`,
      q: `${attention}.q`,
      k: `${attention}.k`,
      v: `${attention}.v`,
      out: `${attention}.proj_out`,
    };
  },
  lastNorm: (half) => `${half}.norm_out`,
};

function originalStage(half: VaeHalf, stage: number, stages: number): string {
  return `${ORIGINAL.stagePrefix(half)}${half === "encoder" ? stage : stages - 1 - stage}`;
}

function resnetNames(block: string, shortcut: string): ResnetNames {
  return {
    norm1: `${block}.norm1`,
    conv1: `${block}.conv1`,
    norm2: `${block}.norm2`,
    conv2: `${block}.conv2`,
    shortcut: `${block}.${shortcut}`,
  };
}

/** @throws model.mismatch when the tensors are those of neither layout */
export function fluxVaeNames(checkpoint: Checkpoint): FluxVaeNames {
  for (const names of [DIFFUSERS, ORIGINAL])
    if (VAE_HALVES.some((half) => checkpoint.has(`${names.lastNorm(half)}.weight`))) return names;
  throw new TachieError(
    "model.mismatch",
    `${checkpoint.label} is no autoencoder of the FLUX type: it has neither decoder.conv_norm_out.weight nor decoder.norm_out.weight`,
    { where: checkpoint.label },
  );
}

export const VAE_HALVES = ["decoder", "encoder"] as const satisfies readonly VaeHalf[];

/** The weights under any prefix, as under none. */
export function fluxVaeWeights(checkpoint: Checkpoint): Checkpoint {
  return withoutPrefix(checkpoint, ["decoder.conv_in.weight", "encoder.conv_in.weight"]);
}
