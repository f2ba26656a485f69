/** @file The choices that a GPU offers for loading and running a model's networks. */

import type { Toggles } from "../../contract/toggles.ts";
import type { ComputeType, NetworkVariant } from "../../graph/network-variant.ts";
import type { AttentionKernel } from "../../ort/device.ts";

export interface DeviceForm {
  /** Of the transformer and the text encoders. */
  readonly precision: ComputeType;
  readonly decoderPrecision: ComputeType;
  readonly graphOptimisation: boolean;
  readonly operators: NetworkVariant["operators"];
  readonly attention: NetworkVariant["attention"];
  /** Which kernel may compute fused attention. */
  readonly attentionKernel: AttentionKernel;
  /** Our own fused kernels in the transformer. */
  readonly kernels: NetworkVariant["kernels"];
  /** Replay the transformer, the decoder as CUDA graphs. */
  readonly hasStepGraph: boolean;
  readonly hasDecoderGraph: boolean;
  /** Decode large pictures in tiles, which changes them a little. */
  readonly isDecoderTiled: boolean;
  /** Text encoders are in device memory only while a new prompt is read, the transformer only while it is not. */
  readonly isEncoderOffloaded: boolean;
}

/** Everything lossless that makes it faster. */
export const FASTEST_FORM: DeviceForm = {
  precision: "bfloat16",
  decoderPrecision: "bfloat16",
  graphOptimisation: true,
  operators: "fused",
  attention: "fused",
  attentionKernel: "default",
  kernels: "tachie",
  hasStepGraph: true,
  hasDecoderGraph: false,
  isDecoderTiled: false,
  isEncoderOffloaded: false,
};

/** Nothing that makes it faster: what everything is measured against. */
export const PLAIN_FORM: DeviceForm = {
  precision: "float32",
  decoderPrecision: "float32",
  graphOptimisation: false,
  operators: "plain",
  attention: "plain",
  attentionKernel: "default",
  kernels: "none",
  hasStepGraph: false,
  hasDecoderGraph: false,
  isDecoderTiled: false,
  isEncoderOffloaded: false,
};

/** The form that toggles ask for. Those that cannot be had have given way before. */
export function formOf(toggles: Toggles): DeviceForm {
  const { precision, vae_precision, optimise, attention, fused, graph, vae_graph, vae_tiling, encoder_offload } =
    toggles;
  return {
    precision: precision === "bf16" ? "bfloat16" : "float32",
    decoderPrecision: vae_precision === "bf16" ? "bfloat16" : "float32",
    graphOptimisation: optimise === "on",
    operators: fused === "off" ? "plain" : "fused",
    attention: attention === "plain" ? "plain" : "fused",
    attentionKernel: attention === "flash" || attention === "cudnn" ? attention : "default",
    kernels: fused === "kernels" ? "tachie" : "none",
    hasStepGraph: graph === "on",
    hasDecoderGraph: vae_graph === "on",
    isDecoderTiled: vae_tiling === "on",
    isEncoderOffloaded: encoder_offload === "on",
  };
}
