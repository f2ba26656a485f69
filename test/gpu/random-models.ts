/** @file Random models between the starter and the published one, written where tests may write. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { newbieCheckpoint } from "../../models/make-checkpoint.ts";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { PUBLISHED_FLUX_VAE, PUBLISHED_NEXT_DIT } from "../../models/newbie-exp0.1/published-configs.ts";
import { writeSyntheticModel } from "../../models/synthetic.ts";

/** 150 million parameters: heads as wide as the published network's, for the same kernels. */
export const MID_TRANSFORMER: Partial<NextDitConfig> = {
  dim: 1152,
  heads: 12,
  kvHeads: 4,
  ffnDim: 3072,
  layers: 8,
};
/** Every layer as the published network's, fewer of them: what graphs gain and cost goes by the layer. */
export const SHALLOW_TRANSFORMER: Partial<NextDitConfig> = { layers: 8 };

export interface RandomModel {
  readonly folder: string;
  remove(): void;
}

/** The published autoencoder, small text encoders, and the published transformer with changes. */
export function writeRandomModel(transformer: Partial<NextDitConfig>): RandomModel {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-random-model-"));
  const small = newbieCheckpoint("small", 1);
  const { capFeatDim, clipTextDim } = small.transformer;
  writeSyntheticModel(folder, {
    ...small,
    isTiled: true,
    transformer: { ...PUBLISHED_NEXT_DIT, capFeatDim, clipTextDim, ...transformer },
    vae: PUBLISHED_FLUX_VAE,
  });
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
