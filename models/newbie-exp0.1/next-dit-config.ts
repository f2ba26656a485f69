/**
 * @file The sizes of a Next-DiT with pooled text: what its graphs, its tensor list and its checks are derived from.
 *
 * Only numbers that a file or its tensors state. The width of the sinusoidal time embedding (256) is the same in every
 * such network and is a constant of the graph, not a field.
 */

import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { ConfigValues, countNumbered } from "./config-values.ts";
import { nextDitNames } from "./next-dit-names.ts";
import type { NextDitNames } from "./next-dit-names.ts";

export interface NextDitConfig {
  /** Edge of a patch in latent cells; a token holds `patchSize² · inChannels` values. */
  readonly patchSize: number;
  readonly inChannels: number;
  /** Width of the residual stream. */
  readonly dim: number;
  /** Joint layers over caption and image. */
  readonly layers: number;
  /** Layers in each of the two refiners (noise and context). */
  readonly refinerLayers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Width of one head: `dim / heads`. */
  readonly headDim: number;
  readonly ffnDim: number;
  /** Of the norms of blocks and captions. */
  readonly normEps: number;
  /** Whether queries and keys are normalised per head. */
  readonly qkNorm: boolean;
  /** Width of the caption's token states. */
  readonly capFeatDim: number;
  /** Width of the pooled text vector; 0 in a network that is not steered by one. */
  readonly clipTextDim: number;
  /** Rotary dimensions per axis (position in the sequence, row, column); their sum is `headDim`. */
  readonly axesDims: readonly number[];
  readonly ropeTheta: number;
  /** Width of the conditioning vector, `min(dim, 1024)` in the published network. */
  readonly timeDim: number;
}

/**
 * The configuration of a checkpoint in either published layout: stated values first (`given`, then the checkpoint's
 * metadata), the rest from the tensors' shapes, what neither tells as in the published network.
 * @param given values by the names of the published config files, such as `n_heads`
 * @throws model.incomplete, model.mismatch
 */
export function inferNextDitConfig(checkpoint: Checkpoint, given?: Readonly<Record<string, unknown>>): NextDitConfig {
  const values = new ConfigValues(checkpoint, given);
  const names = nextDitNames(checkpoint);
  const [dim, tokenWidth] = matrixShape(checkpoint, names.imageEmbedder);
  const patchSize = values.wholeNumber("patch_size") ?? 2;
  const { heads, kvHeads, headDim } = inferHeads(checkpoint, names, values, dim);
  const isPooled = checkpoint.has(`${names.pooledLinear}.weight`);
  const config: NextDitConfig = {
    patchSize,
    inChannels: values.wholeNumber("in_channels") ?? tokenWidth / patchSize ** 2,
    dim: values.wholeNumber("dim", "hidden_size") ?? dim,
    layers: values.wholeNumber("n_layers", "num_layers") ?? countNumbered(checkpoint, "layers."),
    refinerLayers:
      values.wholeNumber("n_refiner_layers", "num_refiner_layers") ?? countNumbered(checkpoint, "noise_refiner."),
    heads,
    kvHeads,
    headDim,
    ffnDim: matrixShape(checkpoint, names.block("layers", 0).ffnGate)[0],
    normEps: values.number("norm_eps") ?? 1e-5,
    qkNorm: values.flag("qk_norm") ?? checkpoint.has(`${names.block("layers", 0).queryNorm}.weight`),
    capFeatDim: values.wholeNumber("cap_feat_dim") ?? matrixShape(checkpoint, names.captionLinear)[1],
    clipTextDim: isPooled ? (values.wholeNumber("clip_text_dim") ?? matrixShape(checkpoint, names.pooledLinear)[0]) : 0,
    axesDims: values.wholeNumbers("axes_dims", "axes_dim_rope") ?? [headDim / 3, headDim / 3, headDim / 3],
    ropeTheta: values.number("rope_theta") ?? 10_000,
    timeDim: matrixShape(checkpoint, names.time2)[0],
  };
  checkConsistency(checkpoint, values, config);
  return config;
}

function checkConsistency(checkpoint: Checkpoint, values: ConfigValues, config: NextDitConfig): void {
  const { patchSize, inChannels, heads, kvHeads, headDim, axesDims, layers, refinerLayers } = config;
  if (patchSize < 1 || !Number.isInteger(inChannels) || inChannels < 1)
    values.fail(`patches of ${patchSize} and ${inChannels} channels do not fit its image embedder`);
  if (heads < 1 || kvHeads < 1 || heads % kvHeads !== 0)
    values.fail(`${heads} heads cannot share ${kvHeads} heads of keys and values`);
  const areAxesRight = axesDims.length === 3 && axesDims.every((width) => Number.isInteger(width) && width % 2 === 0);
  if (!areAxesRight || axesDims.reduce((sum, width) => sum + width, 0) !== headDim)
    values.fail(
      `the rotary axes [${axesDims.join(", ")}] must be three even numbers that add up to the head width ${headDim}`,
    );
  for (const [group, wanted] of [
    ["layers", layers],
    ["noise_refiner", refinerLayers],
    ["context_refiner", refinerLayers],
  ] as const) {
    const present = countNumbered(checkpoint, `${group}.`);
    if (present > wanted) values.fail(`it has ${present} blocks ${group}, but the configuration says ${wanted}`);
  }
}

function inferHeads(
  checkpoint: Checkpoint,
  names: NextDitNames,
  values: ConfigValues,
  dim: number,
): Pick<NextDitConfig, "heads" | "kvHeads" | "headDim"> {
  const block = names.block("layers", 0);
  const queryNorm = `${block.queryNorm}.weight`;
  const queryWidth = matrixShape(checkpoint, block.attentionOut)[1];
  const normWidth = checkpoint.has(queryNorm) ? (checkpoint.tensor(queryNorm).shape[0] ?? 0) : undefined;
  const heads =
    values.wholeNumber("n_heads", "num_attention_heads") ??
    (normWidth === undefined
      ? values.fail("its number of heads cannot be told from its tensors: give n_heads in the configuration")
      : queryWidth / normWidth);
  const headDim = queryWidth / heads;
  const { projection } = block;
  const keyWidth =
    "fused" in projection
      ? (matrixShape(checkpoint, projection.fused)[0] - queryWidth) / 2
      : matrixShape(checkpoint, projection.k)[0];
  const kvHeads = values.wholeNumber("n_kv_heads", "num_kv_heads") ?? keyWidth / headDim;
  if (![heads, kvHeads, headDim].every((value) => Number.isInteger(value) && value > 0))
    values.fail(`its width ${dim}, queries ${queryWidth} and keys ${keyWidth} do not divide into ${heads} heads`);
  return { heads, kvHeads, headDim };
}

/** [out, in] of a linear map. */
function matrixShape(checkpoint: Checkpoint, name: string): readonly [number, number] {
  const { shape } = checkpoint.tensor(`${name}.weight`);
  const [out, inDim] = shape;
  if (out === undefined || inDim === undefined || shape.length !== 2)
    // Asking for the shape that it ought to have raises the error that names both.
    checkpoint.tensor(`${name}.weight`, [out ?? 1, inDim ?? 1]);
  return [out ?? 1, inDim ?? 1];
}
