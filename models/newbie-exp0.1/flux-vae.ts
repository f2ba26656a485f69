/**
 * @file The FLUX-type autoencoder as two graphs.
 *
 * Decoder: latent f32 [1, latentChannels, h, w] -> image f32 [1, outChannels, s·h, s·w], about -1 to 1.
 * Encoder: image f32 [1, inChannels, H, W] -> mean and logvar, f32 [1, latentChannels, H / s, W / s].
 * s is 2 to the number of stages less one. The latent here is the network's own z: scaling and shift are the caller's.
 * All sizes may differ from run to run.
 *
 * In bfloat16 convolutions and attention are. What resnet blocks add to, and their norms and activations, are float32 except in
 * the stage of the full size, where that would take most of the memory; so is all that has the few channels of a latent.
 */

import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import type { ComputeType, NetworkVariant } from "../../src-main/graph/network-variant.ts";
import { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { LinearWeights } from "../../src-main/graph/network-types.ts";
import { convolution, doubled, groupNorm } from "../../src-main/graph/picture-operators.ts";
import type { ConvolutionShape } from "../../src-main/graph/picture-operators.ts";
import type { GraphModel, Value } from "../../src-main/graph/onnx.ts";
import type { FluxVaeConfig } from "./flux-vae-config.ts";
import { fluxVaeNames } from "./flux-vae-names.ts";
import type { FluxVaeNames, ResnetNames, VaeAttentionNames, VaeHalf } from "./flux-vae-names.ts";

/** Its inputs and outputs are float32 in every variant; it has no places for operators of the domain `tachie`. */
export type FluxVaeOptions = Partial<NetworkVariant>;

/** The first version of the standard whose convolution takes bfloat16. */
const BFLOAT16_CONVOLUTION = 22;

/** What the published library limits the logarithm of the variance to. */
const LOGVAR_LIMITS = { min: -30, max: 20 };
const SAME_SIZE = [1, 1, 1, 1] as const;
const NO_PADDING = [0, 0, 0, 0] as const;

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildFluxVaeDecoderGraph(
  config: FluxVaeConfig,
  checkpoint: Checkpoint,
  options: FluxVaeOptions = {},
): GraphModel {
  return new FluxVaeGraph("decoder", config, checkpoint, options).decoder();
}

/** @throws model.incomplete, model.mismatch, model.unsupported for weights that do not fit the configuration */
export function buildFluxVaeEncoderGraph(
  config: FluxVaeConfig,
  checkpoint: Checkpoint,
  options: FluxVaeOptions = {},
): GraphModel {
  return new FluxVaeGraph("encoder", config, checkpoint, options).encoder();
}

/** One half while it is being built. */
class FluxVaeGraph {
  readonly #half: VaeHalf;
  readonly #config: FluxVaeConfig;
  readonly #network: NetworkBuilder;
  readonly #names: FluxVaeNames;

  constructor(half: VaeHalf, config: FluxVaeConfig, checkpoint: Checkpoint, options: FluxVaeOptions) {
    this.#half = half;
    this.#config = config;
    const standard = options.computeType === "bfloat16" ? { standard: BFLOAT16_CONVOLUTION } : {};
    this.#network = new NetworkBuilder(`flux-vae-${half}`, checkpoint, options, standard);
    this.#names = fluxVaeNames(checkpoint);
  }

  decoder(): GraphModel {
    const network = this.#network;
    const { latentChannels, outChannels, blockOutChannels, layersPerBlock } = this.#config;
    const stages = blockOutChannels.toReversed();
    const latent = network.input("latent", "float32", [1, latentChannels, "h", "w"]);
    let x = latent;
    if (network.checkpoint.has("post_quant_conv.weight"))
      x = convolution(network, x, "post_quant_conv", pointwise(latentChannels, latentChannels));
    let channels = innermost(blockOutChannels);
    x = convolution(network, x, "decoder.conv_in", sameSize(latentChannels, channels));
    x = this.#middle(x, channels);
    for (const [stage, outputs] of stages.entries())
      x = network.scope(`up.${stage}`, () => {
        let y = network.cast(x, this.#streamType(stages.length - 1 - stage));
        for (let index = 0; index <= layersPerBlock; index++) {
          y = this.#resnet(y, this.#names.resnet("decoder", stage, stages.length, index), channels, outputs);
          channels = outputs;
        }
        return stage < stages.length - 1 ? this.#double(y, stage, channels) : y;
      });
    x = this.#last(x, network.computeType, channels, outChannels);
    network.output("image", network.cast(x, "float32", "image"), [1, outChannels, "image_height", "image_width"]);
    return network.model();
  }

  encoder(): GraphModel {
    const network = this.#network;
    const { inChannels, latentChannels, blockOutChannels, layersPerBlock } = this.#config;
    const image = network.input("image", "float32", [1, inChannels, "H", "W"]);
    let channels = blockOutChannels[0] ?? 0;
    let x = network.cast(image, network.computeType);
    x = convolution(network, x, "encoder.conv_in", sameSize(inChannels, channels));
    for (const [stage, outputs] of blockOutChannels.entries())
      x = network.scope(`down.${stage}`, () => {
        let y = network.cast(x, this.#streamType(stage));
        for (let index = 0; index < layersPerBlock; index++) {
          y = this.#resnet(y, this.#names.resnet("encoder", stage, blockOutChannels.length, index), channels, outputs);
          channels = outputs;
        }
        return stage < blockOutChannels.length - 1 ? this.#halve(y, stage, channels) : y;
      });
    x = this.#middle(x, channels);
    x = this.#last(network.cast(x, "float32"), "float32", channels, 2 * latentChannels);
    if (network.checkpoint.has("quant_conv.weight"))
      x = convolution(network, x, "quant_conv", pointwise(2 * latentChannels, 2 * latentChannels));
    const [mean, logvar] = network.split(x, [latentChannels, latentChannels], 1);
    const limits = [LOGVAR_LIMITS.min, LOGVAR_LIMITS.max].map((limit) => network.scalar("float32", limit));
    network.output("mean", mean, [1, latentChannels, "h", "w"]);
    network.output("logvar", network.node("Clip", [logvar, ...limits]), [1, latentChannels, "h", "w"]);
    return network.model();
  }

  /** Of what the resnet blocks of a stage add to; stage 0 has the full size. */
  #streamType(stage: number): ComputeType {
    return stage === 0 ? this.#network.computeType : "float32";
  }

  /** From x's type to x's type, in the network's. */
  #convolve(x: Value, name: string, shape: ConvolutionShape): Value {
    const network = this.#network;
    return network.cast(convolution(network, network.cast(x, network.computeType), name, shape), x.type);
  }

  #norm(x: Value, name: string, channels: number): Value {
    const { normGroups, normEps } = this.#config;
    return groupNorm(this.#network, x, name, channels, { groups: normGroups, epsilon: normEps });
  }

  #resnet(x: Value, names: ResnetNames, inChannels: number, outChannels: number): Value {
    const network = this.#network;
    const activated = network.silu(this.#norm(x, names.norm1, inChannels));
    const first = this.#convolve(activated, names.conv1, sameSize(inChannels, outChannels));
    const again = network.silu(this.#norm(first, names.norm2, outChannels));
    const second = this.#convolve(again, names.conv2, sameSize(outChannels, outChannels));
    const shortcut =
      inChannels === outChannels ? x : this.#convolve(x, names.shortcut, pointwise(inChannels, outChannels));
    return network.add(shortcut, second);
  }

  #middle(x: Value, channels: number): Value {
    const half = this.#half;
    return this.#network.scope("middle", () => {
      const before = this.#resnet(x, this.#names.middleResnet(half, 0), channels, channels);
      const mixed = this.#config.hasMidAttention
        ? this.#attention(before, this.#names.middleAttention(half), channels)
        : before;
      return this.#resnet(mixed, this.#names.middleResnet(half, 1), channels, channels);
    });
  }

  /** All positions attend to all, with one head as wide as the picture has channels. */
  #attention(x: Value, names: VaeAttentionNames, channels: number): Value {
    const network = this.#network;
    const shape = network.shapeOf(x, 0, 4);
    const normed = network.cast(this.#norm(x, names.norm, channels), network.computeType);
    const positions = network.transpose(network.reshape(normed, [channels, -1]), [1, 0]);
    const project = (value: Value, name: string): Value =>
      network.linear(value, this.#pointwiseWeights(name, channels));
    const attended = network.attention(
      project(positions, names.q),
      project(positions, names.k),
      project(positions, names.v),
      { heads: 1, kvHeads: 1, headDim: channels },
    );
    const projected = network.transpose(project(attended, names.out), [1, 0]);
    return network.add(x, network.cast(network.reshapeTo(projected, shape), x.type));
  }

  /** Stored as a linear map [channels, channels] or as a convolution with a window of 1. */
  #pointwiseWeights(name: string, channels: number): LinearWeights {
    const { checkpoint } = this.#network;
    const weight = checkpoint.tensor(`${name}.weight`);
    const shape = [channels, channels, ...(weight.shape.length === 4 ? [1, 1] : [])];
    return {
      weight: { ...checkpoint.tensor(`${name}.weight`, shape), shape: [channels, channels] },
      bias: checkpoint.tensor(`${name}.bias`, [channels]),
    };
  }

  /** Gives the network's type, for a picture that may be of the full size. */
  #double(x: Value, stage: number, channels: number): Value {
    const network = this.#network;
    const name = this.#names.resize("decoder", stage, this.#config.blockOutChannels.length);
    const larger = doubled(network, network.cast(x, network.computeType), channels);
    return convolution(network, larger, name, sameSize(channels, channels));
  }

  /** Gives the network's type. */
  #halve(x: Value, stage: number, channels: number): Value {
    const name = this.#names.resize("encoder", stage, this.#config.blockOutChannels.length);
    return convolution(this.#network, this.#network.cast(x, this.#network.computeType), name, {
      inChannels: channels,
      outChannels: channels,
      kernel: 3,
      stride: 2,
      padding: [0, 0, 1, 1],
    });
  }

  /** In that type. */
  #last(x: Value, type: ComputeType, inChannels: number, outChannels: number): Value {
    const activated = this.#network.silu(this.#norm(x, this.#names.lastNorm(this.#half), inChannels));
    return convolution(
      this.#network,
      this.#network.cast(activated, type),
      `${this.#half}.conv_out`,
      sameSize(inChannels, outChannels),
    );
  }
}

function innermost(blockOutChannels: readonly number[]): number {
  return blockOutChannels.at(-1) ?? 0;
}

function sameSize(inChannels: number, outChannels: number) {
  return { inChannels, outChannels, kernel: 3, padding: SAME_SIZE };
}

function pointwise(inChannels: number, outChannels: number) {
  return { inChannels, outChannels, kernel: 1, padding: NO_PADDING };
}
