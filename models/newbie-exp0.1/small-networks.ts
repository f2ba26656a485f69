/**
 * @file The networks of NewBie-image-Exp0.1 with a few layers of little width: 2.4 million parameters, all kinds of layers
 * in them, so that a checkpoint of them is written and run anywhere. Jina gives token states and pooled vector both.
 */

import type { FluxVaeConfig } from "./flux-vae-config.ts";
import type { JinaTextConfig } from "./jina-text-config.ts";
import type { NextDitConfig } from "./next-dit-config.ts";

export interface SmallNetworks {
  readonly transformer: NextDitConfig;
  readonly vae: FluxVaeConfig;
  readonly textEncoder: JinaTextConfig;
}

export const SMALL_NETWORKS: SmallNetworks = {
  transformer: {
    patchSize: 2,
    inChannels: 16,
    dim: 96,
    layers: 4,
    refinerLayers: 1,
    heads: 4,
    kvHeads: 2,
    headDim: 24,
    ffnDim: 256,
    normEps: 1e-5,
    qkNorm: true,
    capFeatDim: 64,
    clipTextDim: 64,
    axesDims: [8, 8, 8],
    ropeTheta: 10_000,
    timeDim: 96,
  },
  vae: {
    inChannels: 3,
    outChannels: 3,
    latentChannels: 16,
    blockOutChannels: [32, 32, 64, 64],
    layersPerBlock: 2,
    normGroups: 32,
    normEps: 1e-6,
    scalingFactor: 0.3611,
    shiftFactor: 0.1159,
    hasMidAttention: true,
  },
  textEncoder: {
    vocabSize: 1024,
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    ffnDim: 160,
    ropeBase: 20_000,
    normEps: 1e-5,
    padTokenId: 1,
  },
};
