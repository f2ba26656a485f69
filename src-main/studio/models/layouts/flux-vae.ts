/** @file The autoencoder of FLUX.1 (16 channels, no quantisation convolutions), in the original and the diffusers layout. */

import { norm } from "./layout.ts";
import type { Dimension, Layout, PatternTensor, Sizes } from "./layout.ts";

/** How the two layouts name the same parts. Stages count from the picture inwards. */
interface Names {
  readonly down: (stage: number, block: number) => string;
  readonly up: (stage: number, block: number, stages: number) => string;
  readonly downsample: (stage: number) => string;
  readonly upsample: (stage: number, stages: number) => string;
  readonly shortcut: string;
  readonly middle: readonly [first: string, second: string];
  readonly attention: string;
  readonly attentionParts: readonly [norm: string, q: string, k: string, v: string, out: string];
  /** 1×1 convolutions in the original, matrices in diffusers. */
  readonly attentionKernel: readonly number[];
  readonly normOut: string;
}

const ORIGINAL: Names = {
  down: (stage, block) => `encoder.down.${stage}.block.${block}`,
  up: (stage, block) => `decoder.up.${stage}.block.${block}`,
  downsample: (stage) => `encoder.down.${stage}.downsample.conv`,
  upsample: (stage) => `decoder.up.${stage}.upsample.conv`,
  shortcut: "nin_shortcut",
  middle: ["mid.block_1", "mid.block_2"],
  attention: "mid.attn_1",
  attentionParts: ["norm", "q", "k", "v", "proj_out"],
  attentionKernel: [1, 1],
  normOut: "norm_out",
};

// diffusers numbers the decoder's stages in the order in which they run, from the inside out.
const DIFFUSERS: Names = {
  down: (stage, block) => `encoder.down_blocks.${stage}.resnets.${block}`,
  up: (stage, block, stages) => `decoder.up_blocks.${stages - 1 - stage}.resnets.${block}`,
  downsample: (stage) => `encoder.down_blocks.${stage}.downsamplers.0.conv`,
  upsample: (stage, stages) => `decoder.up_blocks.${stages - 1 - stage}.upsamplers.0.conv`,
  shortcut: "conv_shortcut",
  middle: ["mid_block.resnets.0", "mid_block.resnets.1"],
  attention: "mid_block.attentions.0",
  attentionParts: ["group_norm", "to_q", "to_k", "to_v", "to_out.0"],
  attentionKernel: [],
  normOut: "conv_norm_out",
};

function convolution(name: string, outputs: Dimension, inputs: Dimension, kernel: readonly number[] = [3, 3]) {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs, ...kernel] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

function tensors(names: Names, repeats: Sizes, sizes: Sizes): PatternTensor[] {
  const stages = Math.max(repeats["downStages"] ?? 0, repeats["upStages"] ?? 0);
  const downBlocks = repeats["downBlocks"] ?? 0;
  const upBlocks = repeats["upBlocks"] ?? 0;
  const channels = (stage: number): Dimension => `c${stage}`;
  const last = channels(Math.max(0, stages - 1));
  const resnet = (block: string, inputs: Dimension, outputs: Dimension): PatternTensor[] => {
    // Which stages change the number of channels is known only after the sizes are.
    const isShortcutKnown = typeof inputs === "string" && sizes[inputs] !== undefined;
    const hasShortcut = inputs !== outputs && (!isShortcutKnown || sizes[inputs] !== sizes[outputs]);
    const shortcut = convolution(`${block}.${names.shortcut}`, outputs, inputs, [1, 1]);
    return [
      ...norm(`${block}.norm1`, inputs),
      ...convolution(`${block}.conv1`, outputs, inputs),
      ...norm(`${block}.norm2`, outputs),
      ...convolution(`${block}.conv2`, outputs, outputs),
      ...(hasShortcut ? shortcut.map((tensor) => ({ ...tensor, isOptional: !isShortcutKnown })) : []),
    ];
  };
  const middle = (side: string): PatternTensor[] => {
    const [attentionNorm, ...projections] = names.attentionParts;
    return [
      ...resnet(`${side}.${names.middle[0]}`, last, last),
      ...norm(`${side}.${names.attention}.${attentionNorm}`, last),
      ...projections.flatMap((part) =>
        convolution(`${side}.${names.attention}.${part}`, last, last, names.attentionKernel),
      ),
      ...resnet(`${side}.${names.middle[1]}`, last, last),
    ];
  };
  const result: PatternTensor[] = [
    ...convolution("encoder.conv_in", channels(0), 3),
    ...middle("encoder"),
    ...norm(`encoder.${names.normOut}`, last),
    ...convolution("encoder.conv_out", "2*latent", last),
    ...convolution("decoder.conv_in", last, "latent"),
    ...middle("decoder"),
    ...norm(`decoder.${names.normOut}`, channels(0)),
    ...convolution("decoder.conv_out", 3, channels(0)),
  ];
  for (let stage = 0; stage < stages; stage++) {
    const outputs = channels(stage);
    const before = channels(Math.max(0, stage - 1));
    const behind = channels(Math.min(stages - 1, stage + 1));
    for (let block = 0; block < downBlocks; block++)
      result.push(...resnet(names.down(stage, block), block === 0 ? before : outputs, outputs));
    for (let block = 0; block < upBlocks; block++)
      result.push(...resnet(names.up(stage, block, stages), block === 0 ? behind : outputs, outputs));
    if (stage < stages - 1) result.push(...convolution(names.downsample(stage), outputs, outputs));
    if (stage > 0) result.push(...convolution(names.upsample(stage, stages), outputs, outputs));
  }
  return result;
}

const PUBLISHED = {
  sizes: { c0: 128, c1: 256, c2: 512, c3: 512, latent: 16 },
  repeats: { downStages: 4, downBlocks: 2, upStages: 4, upBlocks: 3 },
};

export const fluxVaeOriginal: Layout = {
  family: "flux-vae",
  id: "original",
  title: "FLUX.1 VAE",
  role: "vae",
  stem: /^(|.*?\.)(?:encoder|decoder)\.(?:conv_in|conv_out|norm_out|mid\.(?:block|attn)_|(?:down|up)\.\d+\.(?:block|downsample|upsample))/,
  repeats: {
    downStages: /^encoder\.down\.(\d+)\./,
    downBlocks: /^encoder\.down\.\d+\.block\.(\d+)\./,
    upStages: /^decoder\.up\.(\d+)\./,
    upBlocks: /^decoder\.up\.\d+\.block\.(\d+)\./,
  },
  tensors: (repeats, sizes) => tensors(ORIGINAL, repeats, sizes),
  published: PUBLISHED,
  identity: ["c0", "c3", "latent"],
};

export const fluxVaeDiffusers: Layout = {
  family: "flux-vae",
  id: "diffusers",
  title: "FLUX.1 VAE in the diffusers layout",
  role: "vae",
  stem: /^(|.*?\.)(?:encoder|decoder)\.(?:conv_in|conv_out|conv_norm_out|mid_block\.|(?:down|up)_blocks\.\d+\.)/,
  repeats: {
    downStages: /^encoder\.down_blocks\.(\d+)\./,
    downBlocks: /^encoder\.down_blocks\.\d+\.resnets\.(\d+)\./,
    upStages: /^decoder\.up_blocks\.(\d+)\./,
    upBlocks: /^decoder\.up_blocks\.\d+\.resnets\.(\d+)\./,
  },
  tensors: (repeats, sizes) => tensors(DIFFUSERS, repeats, sizes),
  published: PUBLISHED,
  identity: ["c0", "c3", "latent"],
};
