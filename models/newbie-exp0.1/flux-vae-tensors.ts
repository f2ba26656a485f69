/**
 * @file The tensors of a FLUX-type autoencoder in the diffusers layout: name and shape of each.
 */

import type { FluxVaeConfig } from "./flux-vae-config.ts";
import type { TensorShapes } from "./next-dit-tensors.ts";

type Shapes = Map<string, readonly number[]>;

export function fluxVaeTensors(config: FluxVaeConfig): TensorShapes {
  const shapes: Shapes = new Map();
  addEncoder(shapes, config);
  addDecoder(shapes, config);
  return shapes;
}

function addEncoder(shapes: Shapes, { blockOutChannels, layersPerBlock, ...config }: FluxVaeConfig): void {
  const first = channelsAt(blockOutChannels, 0);
  const last = channelsAt(blockOutChannels, blockOutChannels.length - 1);
  addConvolution(shapes, "encoder.conv_in", config.inChannels, first);
  let channels = first;
  for (const [stage, outputs] of blockOutChannels.entries()) {
    const block = `encoder.down_blocks.${stage}`;
    for (let i = 0; i < layersPerBlock; i++) {
      addResnet(shapes, `${block}.resnets.${i}`, channels, outputs);
      channels = outputs;
    }
    if (stage < blockOutChannels.length - 1) addConvolution(shapes, `${block}.downsamplers.0.conv`, channels, channels);
  }
  addMiddle(shapes, "encoder.mid_block", last, config.hasMidAttention);
  addNorm(shapes, "encoder.conv_norm_out", last);
  // Mean and log-variance.
  addConvolution(shapes, "encoder.conv_out", last, 2 * config.latentChannels);
}

function addDecoder(shapes: Shapes, { blockOutChannels, layersPerBlock, ...config }: FluxVaeConfig): void {
  const first = channelsAt(blockOutChannels, 0);
  const last = channelsAt(blockOutChannels, blockOutChannels.length - 1);
  addConvolution(shapes, "decoder.conv_in", config.latentChannels, last);
  addMiddle(shapes, "decoder.mid_block", last, config.hasMidAttention);
  let channels = last;
  for (const [stage, outputs] of blockOutChannels.toReversed().entries()) {
    const block = `decoder.up_blocks.${stage}`;
    for (let i = 0; i < layersPerBlock + 1; i++) {
      addResnet(shapes, `${block}.resnets.${i}`, channels, outputs);
      channels = outputs;
    }
    if (stage < blockOutChannels.length - 1) addConvolution(shapes, `${block}.upsamplers.0.conv`, channels, channels);
  }
  addNorm(shapes, "decoder.conv_norm_out", first);
  addConvolution(shapes, "decoder.conv_out", first, config.outChannels);
}

function addMiddle(shapes: Shapes, block: string, channels: number, hasAttention: boolean): void {
  addResnet(shapes, `${block}.resnets.0`, channels, channels);
  if (hasAttention) {
    addNorm(shapes, `${block}.attentions.0.group_norm`, channels);
    for (const name of ["to_q", "to_k", "to_v", "to_out.0"]) {
      shapes.set(`${block}.attentions.0.${name}.weight`, [channels, channels]);
      shapes.set(`${block}.attentions.0.${name}.bias`, [channels]);
    }
  }
  addResnet(shapes, `${block}.resnets.1`, channels, channels);
}

function addResnet(shapes: Shapes, block: string, inputs: number, outputs: number): void {
  addNorm(shapes, `${block}.norm1`, inputs);
  addConvolution(shapes, `${block}.conv1`, inputs, outputs);
  addNorm(shapes, `${block}.norm2`, outputs);
  addConvolution(shapes, `${block}.conv2`, outputs, outputs);
  if (inputs !== outputs) addConvolution(shapes, `${block}.conv_shortcut`, inputs, outputs, 1);
}

function addNorm(shapes: Shapes, name: string, channels: number): void {
  shapes.set(`${name}.weight`, [channels]);
  shapes.set(`${name}.bias`, [channels]);
}

function addConvolution(shapes: Shapes, name: string, inputs: number, outputs: number, kernel = 3): void {
  shapes.set(`${name}.weight`, [outputs, inputs, kernel, kernel]);
  shapes.set(`${name}.bias`, [outputs]);
}

function channelsAt(channels: readonly number[], index: number): number {
  const count = channels[index];
  if (count === undefined) throw new RangeError("blockOutChannels is empty");
  return count;
}
