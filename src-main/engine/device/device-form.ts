/** @file The choices that a GPU offers for loading and running a model's networks. */

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
  hasDecoderGraph: true,
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
  isEncoderOffloaded: false,
};
