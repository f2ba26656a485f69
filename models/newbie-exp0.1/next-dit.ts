/**
 * @file The Next-DiT with pooled text as two graphs: what depends on the prompt alone, and one evaluation of the velocity.
 *
 * Prompt graph, once a prompt and size:
 *   cap_feats f32 [L, capFeatDim], pooled f32 [1, clipTextDim], grid i64 [2] (rows and columns of image tokens)
 *   -> cap [L, dim], pooled_proj [1, clipTextDim], rope_cos and rope_sin f32 [L + rows · columns, headDim / 2]
 * Step graph: latent f32 [1, inChannels, H, W], t f32 [1], cap, pooled_proj, rope_cos, rope_sin -> velocity like latent.
 * With `layerResult`, residual [image tokens, dim], of cap's type, is one output more, or an input in place of cap and the
 * tables.
 * In bfloat16 what is small or stands at an end, and is rounded for all that follows, is float32 all the same: the vector that
 * steers the blocks and, with kernels of our own, the residual stream with the embedding before it and the final layer.
 * L, H and W (multiples of patchSize) may differ from run to run. A batch of one, unpadded: no mask is needed, and
 * several samples are several runs. Without pooled text there is no pooled and no pooled_proj. cap is f32 or, in the
 * variant `deviceInputs`, of the residual stream's type; pooled_proj is f32.
 */

import type { LinearUpdates } from "../../src-main/graph/linear-update.ts";
import { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { NetworkVariant } from "../../src-main/graph/network-variant.ts";
import type { GraphModel, Value } from "../../src-main/graph/onnx.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { UNNAMED_NORM_EPS, buildBlocks, tablesFor } from "./next-dit-block.ts";
import type { NextDitConfig } from "./next-dit-config.ts";
import { ownFactors, steeredFactors } from "./next-dit-modulation.ts";
import { nextDitNames } from "./next-dit-names.ts";
import type { BlockGroup, BlockNames, NextDitNames } from "./next-dit-names.ts";
import { buildRotaryTables } from "./next-dit-rotary.ts";
import { TIME_FREQUENCY_DIM } from "./next-dit-tensors.ts";

export interface NextDitOptions extends Partial<NetworkVariant> {
  /** Leave the pooled text out although the network has weights for it: the time alone steers. */
  readonly isPooledIgnored?: boolean;
  /** What adapters add to linear maps, by their names in the checkpoint. */
  readonly updates?: LinearUpdates;
  /**
   * `store`: a step also gives what refiners and joint layers added to the image's embedded tokens. `reuse`: a step takes
   * that instead of computing them, and holds the weights of the two ends alone: a few megabytes beside the other graph.
   */
  readonly layerResult?: "compute" | "store" | "reuse";
}

const TIME_MAX_PERIOD = 10_000;
const FINAL_NORM_EPS = 1e-6;

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildNextDitPromptGraph(
  config: NextDitConfig,
  checkpoint: Checkpoint,
  options: NextDitOptions = {},
): GraphModel {
  const { dim, capFeatDim, clipTextDim, headDim, normEps, refinerLayers } = config;
  const network = new NetworkBuilder("next-dit-prompt", checkpoint, options, options);
  const { streamType, handedType } = network;
  const names = nextDitNames(checkpoint);
  const capFeats = network.input("cap_feats", "float32", ["L", capFeatDim]);
  const pooled = isPooledUsed(config, options) ? network.input("pooled", "float32", [1, clipTextDim]) : undefined;
  const grid = network.input("grid", "int64", [2]);

  const captionLength = network.shapeOf(capFeats, 0, 1);
  const tables = network.scope("rope", () => buildRotaryTables(network, config, captionLength, grid));
  const normed = network.rmsNormRows(
    network.cast(capFeats, streamType),
    network.parameter(`${names.captionNorm}.weight`, [capFeatDim], streamType),
    normEps,
  );
  const embedded = network.linear(normed, network.linearWeights(names.captionLinear, dim, capFeatDim, true));
  const captionTables = tablesFor(network, config, {
    cos: network.rows(tables.cos, network.list("int64", [0]), captionLength),
    sin: network.rows(tables.sin, network.list("int64", [0]), captionLength),
  });
  const refiners = blocksOf(names, "context_refiner", refinerLayers).map((block) => ({
    ...block,
    factors: ownFactors(network, config, block.names),
  }));
  const caption = buildBlocks(network, config, refiners, network.cast(embedded, streamType), captionTables);

  network.output("cap", network.cast(caption, handedType, "cap"), ["L", dim]);
  if (pooled !== undefined) {
    const projected = network.scope("pooled", () => buildPooledProjection(network, config, names, pooled));
    network.output("pooled_proj", projected, [1, clipTextDim]);
  }
  network.output("rope_cos", tables.cos, ["tokens", headDim / 2]);
  network.output("rope_sin", tables.sin, ["tokens", headDim / 2]);
  return network.model();
}

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildNextDitStepGraph(
  config: NextDitConfig,
  checkpoint: Checkpoint,
  options: NextDitOptions = {},
): GraphModel {
  const { dim, inChannels, patchSize, clipTextDim } = config;
  const network = new NetworkBuilder("next-dit-step", checkpoint, options, options);
  const { streamType, handedType } = network;
  const names = nextDitNames(checkpoint);
  const tokenWidth = patchSize ** 2 * inChannels;
  const latent = network.input("latent", "float32", [1, inChannels, "H", "W"]);
  const time = network.input("t", "float32", [1]);
  const isReused = options.layerResult === "reuse";
  const cap = isReused ? undefined : network.input("cap", handedType, ["L", dim]);
  const pooled = isPooledUsed(config, options) ? network.input("pooled_proj", "float32", [1, clipTextDim]) : undefined;

  const condition = network.scope("condition", () => buildCondition(network, config, names, time, pooled));
  // Depth is ordered (row in the patch, column in the patch, channel), which is the order of a token's values.
  const patches = network.node("SpaceToDepth", [latent], { attributes: { blocksize: patchSize } });
  const tokens = network.transpose(network.reshape(patches, [tokenWidth, -1]), [1, 0]);
  const embedded = network.linear(
    network.cast(tokens, streamType),
    network.linearWeights(names.imageEmbedder, dim, tokenWidth, true),
  );
  const result =
    cap === undefined
      ? network.add(
          network.cast(embedded, streamType),
          network.cast(network.input("residual", handedType, ["image_tokens", dim]), streamType),
        )
      : buildLayers(network, config, names, { cap, image: embedded, condition });
  if (options.layerResult === "store") {
    const added = network.node("Sub", [result, network.cast(embedded, streamType)]);
    network.output("residual", network.cast(added, handedType), ["image_tokens", dim]);
  }

  const velocityTokens = network.scope("final", () => buildFinalLayer(network, config, names, result, condition));
  const depth = network.transpose(network.cast(velocityTokens, "float32"), [1, 0]);
  const velocity = network.node("DepthToSpace", [network.reshapeTo(depth, network.shapeOf(patches, 0, 4))], {
    attributes: { blocksize: patchSize, mode: "DCR" },
    name: "velocity",
  });
  network.output("velocity", velocity, [1, inChannels, "H", "W"]);
  return network.model();
}

interface LayerInputs {
  /** [L, dim] */
  readonly cap: Value;
  /** [image tokens, dim] */
  readonly image: Value;
  readonly condition: Value;
}

/** Refiners of the image, then the joint layers. @returns the image's tokens [image tokens, dim] */
function buildLayers(
  network: NetworkBuilder,
  config: NextDitConfig,
  names: NextDitNames,
  { cap, image, condition }: LayerInputs,
): Value {
  const { headDim, layers, refinerLayers } = config;
  const tables = tablesFor(network, config, {
    cos: network.input("rope_cos", "float32", ["tokens", headDim / 2]),
    sin: network.input("rope_sin", "float32", ["tokens", headDim / 2]),
  });
  const captionLength = network.shapeOf(cap, 0, 1);
  const blocks = network.scope("modulation", () =>
    steeredFactors(
      network,
      config,
      [...blocksOf(names, "noise_refiner", refinerLayers), ...blocksOf(names, "layers", layers)],
      network.cast(condition, network.computeType),
    ),
  );
  const imageTables = { cos: network.rows(tables.cos, captionLength), sin: network.rows(tables.sin, captionLength) };
  const refined = buildBlocks(network, config, blocks.slice(0, refinerLayers), image, imageTables);
  const start = network.concat([network.cast(cap, network.streamType), refined], 0);
  return network.rows(buildBlocks(network, config, blocks.slice(refinerLayers), start, tables), captionLength);
}

function isPooledUsed(config: NextDitConfig, options: NextDitOptions): boolean {
  return config.clipTextDim > 0 && options.isPooledIgnored !== true;
}

function blocksOf(
  names: NextDitNames,
  group: BlockGroup,
  count: number,
): { readonly scope: string; readonly names: BlockNames }[] {
  return Array.from({ length: count }, (_, index) => ({
    scope: `${group}.${index}`,
    names: names.block(group, index),
  }));
}

/** pooled [1, clipTextDim] -> [1, clipTextDim], in float32 */
function buildPooledProjection(
  network: NetworkBuilder,
  { clipTextDim }: NextDitConfig,
  names: NextDitNames,
  pooled: Value,
): Value {
  const scale = network.parameter(`${names.pooledNorm}.weight`, [clipTextDim], "float32");
  const normed = network.rmsNormRows(pooled, scale, UNNAMED_NORM_EPS, "float32");
  return network.linear(normed, network.linearWeights(names.pooledLinear, clipTextDim, clipTextDim, true));
}

/**
 * SiLU of the vector that steers all blocks: of t [1] and, where given, the projected pooled text. [1, timeDim], in float32
 * whatever the network computes in: bfloat16 cannot tell neighbouring steps apart.
 */
function buildCondition(
  network: NetworkBuilder,
  { timeDim, clipTextDim }: NextDitConfig,
  names: NextDitNames,
  time: Value,
  pooled: Value | undefined,
): Value {
  const half = TIME_FREQUENCY_DIM / 2;
  const frequencies = Array.from({ length: half }, (_, index) => TIME_MAX_PERIOD ** (-index / half));
  const angles = network.multiply(network.reshape(time, [1, 1]), network.list("float32", frequencies, [1, half]));
  const waves = network.concat([network.node("Cos", [angles]), network.node("Sin", [angles])], 1);
  const hidden = network.silu(
    network.linear(waves, network.linearWeights(names.time1, timeDim, TIME_FREQUENCY_DIM, true)),
  );
  const embedded = network.linear(hidden, network.linearWeights(names.time2, timeDim, timeDim, true));
  if (pooled === undefined) return network.silu(embedded);
  const both = network.silu(network.concat([embedded, pooled], 1));
  return network.silu(network.linear(both, network.linearWeights(names.fusion, timeDim, timeDim + clipTextDim, true)));
}

/** x [tokens, dim] -> [tokens, patchSize² · inChannels], in the stream's type */
function buildFinalLayer(
  network: NetworkBuilder,
  { dim, timeDim, patchSize, inChannels }: NextDitConfig,
  names: NextDitNames,
  x: Value,
  condition: Value,
): Value {
  const modulation = network.linear(condition, network.linearWeights(names.finalModulation, dim, timeDim, true));
  const scale = network.reshape(network.cast(network.addOne(modulation), network.streamType), [-1]);
  const normed = network.layerNormRows(x, scale, FINAL_NORM_EPS);
  return network.linear(normed, network.linearWeights(names.finalLinear, patchSize ** 2 * inChannels, dim, true));
}
