/**
 * @file The sizes of a FLUX-type autoencoder: what its graphs, its tensor list and its checks are derived from.
 */

import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { ConfigValues, countNumbered } from "./config-values.ts";
import { VAE_HALVES, fluxVaeNames } from "./flux-vae-names.ts";
import type { FluxVaeNames, VaeHalf } from "./flux-vae-names.ts";

export interface FluxVaeConfig {
  /** Channels of the picture that the encoder reads. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  /** Channels per stage from the picture inwards; every stage but the last halves the size. */
  readonly blockOutChannels: readonly number[];
  /** ResNets per stage of the encoder; the decoder has one more. */
  readonly layersPerBlock: number;
  readonly normGroups: number;
  readonly normEps: number;
  /** latent = (mean - shiftFactor) · scalingFactor */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  readonly hasMidAttention: boolean;
}

/**
 * The configuration of a checkpoint in either published layout: stated values first (`given`, then the checkpoint's
 * metadata), the rest from the tensors' shapes, what neither tells as in the published network. One half, encoder or
 * decoder, is enough.
 * @param given values by the names of the published config files, such as `norm_num_groups`
 * @throws model.incomplete, model.mismatch
 */
export function inferFluxVaeConfig(checkpoint: Checkpoint, given?: Readonly<Record<string, unknown>>): FluxVaeConfig {
  const values = new ConfigValues(checkpoint, given);
  const names = fluxVaeNames(checkpoint);
  const half = VAE_HALVES.find((name) => checkpoint.has(`${name}.conv_in.weight`)) ?? "decoder";
  const blockOutChannels =
    values.wholeNumbers("block_out_channels") ?? inferStageChannels(checkpoint, names, half, values);
  const stages = blockOutChannels.length;
  const resnets = countNumbered(checkpoint, names.resnetPrefix(half, 0, stages));
  const [outputs, inputs] = convolutionShape(checkpoint, `${half}.conv_out`, `${half}.conv_in`);
  const imageChannels = half === "decoder" ? outputs : inputs;
  const config: FluxVaeConfig = {
    inChannels: values.wholeNumber("in_channels") ?? inputChannels(checkpoint, "encoder.conv_in") ?? imageChannels,
    outChannels: values.wholeNumber("out_channels") ?? outputChannels(checkpoint, "decoder.conv_out") ?? imageChannels,
    latentChannels: values.wholeNumber("latent_channels") ?? (half === "decoder" ? inputs : outputs / 2),
    blockOutChannels,
    layersPerBlock: values.wholeNumber("layers_per_block") ?? (half === "decoder" ? resnets - 1 : resnets),
    normGroups: values.wholeNumber("norm_num_groups") ?? 32,
    normEps: values.number("norm_eps") ?? 1e-6,
    scalingFactor: values.number("scaling_factor") ?? 0.3611,
    shiftFactor: values.number("shift_factor") ?? 0.1159,
    hasMidAttention:
      values.flag("mid_block_add_attention") ?? checkpoint.has(`${names.middleAttention(half).q}.weight`),
  };
  checkConsistency(checkpoint, values, names, config);
  return config;
}

/** Tensors beyond what the configuration says would be left out in silence, so they are refused. */
function checkConsistency(
  checkpoint: Checkpoint,
  values: ConfigValues,
  names: FluxVaeNames,
  { blockOutChannels, layersPerBlock, normGroups, latentChannels, scalingFactor }: FluxVaeConfig,
): void {
  const stages = blockOutChannels.length;
  const uneven = blockOutChannels.find((channels) => channels % normGroups !== 0);
  if (normGroups < 1 || uneven !== undefined)
    values.fail(`${uneven ?? 0} channels do not divide into ${normGroups} groups: give norm_num_groups`);
  if (!Number.isInteger(latentChannels) || latentChannels < 1 || layersPerBlock < 1)
    values.fail(`${latentChannels} latent channels and ${layersPerBlock} layers a block make no autoencoder`);
  if (scalingFactor === 0) values.fail("the configuration's scaling_factor is 0");
  for (const half of VAE_HALVES) {
    const present = countNumbered(checkpoint, names.stagePrefix(half));
    if (present > stages) values.fail(`its ${half} has ${present} stages, but the configuration says ${stages}`);
    for (let stage = 0; stage < stages; stage++) {
      const resnets = countNumbered(checkpoint, names.resnetPrefix(half, stage, stages));
      const wanted = half === "decoder" ? layersPerBlock + 1 : layersPerBlock;
      if (resnets > wanted)
        values.fail(`stage ${stage} of its ${half} has ${resnets} blocks, but the configuration says ${wanted}`);
    }
  }
}

/** From the picture inwards. */
function inferStageChannels(
  checkpoint: Checkpoint,
  names: FluxVaeNames,
  half: VaeHalf,
  values: ConfigValues,
): readonly number[] {
  const stages = countNumbered(checkpoint, names.stagePrefix(half));
  if (stages === 0) values.fail(`its ${half} has no stages`);
  const channels = Array.from({ length: stages }, (_, stage) => {
    const { conv1 } = names.resnet(half, stage, stages, 0);
    return checkpoint.tensor(`${conv1}.weight`).shape[0] ?? 0;
  });
  return half === "decoder" ? channels.reverse() : channels;
}

/** Output channels of the last and input channels of the first convolution of a half. */
function convolutionShape(checkpoint: Checkpoint, last: string, first: string): readonly [number, number] {
  const outputs = checkpoint.tensor(`${last}.weight`).shape[0] ?? 0;
  const inputs = checkpoint.tensor(`${first}.weight`).shape[1] ?? 0;
  return [outputs, inputs];
}

function inputChannels(checkpoint: Checkpoint, name: string): number | undefined {
  return checkpoint.has(`${name}.weight`) ? checkpoint.tensor(`${name}.weight`).shape[1] : undefined;
}

function outputChannels(checkpoint: Checkpoint, name: string): number | undefined {
  return checkpoint.has(`${name}.weight`) ? checkpoint.tensor(`${name}.weight`).shape[0] : undefined;
}
