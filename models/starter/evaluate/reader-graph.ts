/**
 * @file The attribute reader as a graph: a small convolutional network that finds the characters of a picture and says
 * what they look like. It never sees a prompt. train/reader.py is the same network in training.
 *
 * image f32 [1, 3, 256, 256], -1 to 1 -> cells f32 [1, 1 + attributes, 16, 16]: per cell the logit of "the middle of a
 * face is here", then the logits of every attribute in the order of `READ_ATTRIBUTES`.
 */

import type { Checkpoint } from "../../../src-main/graph/checkpoint.ts";
import { NetworkBuilder } from "../../../src-main/graph/onnx-network.ts";
import { convolution } from "../../../src-main/graph/picture-operators.ts";
import type { GraphModel, Value } from "../../../src-main/graph/onnx.ts";

export const READER_CELLS = 16;
export const READER_PICTURE = 256;

/** Channels in and out, stride and dilation of each 3 x 3 convolution; equal shapes are residual. */
const CONVOLUTIONS = [
  [3, 16, 2, 1],
  [16, 32, 2, 1],
  [32, 32, 1, 1],
  [32, 64, 2, 1],
  [64, 64, 1, 1],
  [64, 96, 2, 1],
  [96, 96, 1, 2],
  [96, 96, 1, 3],
  [96, 96, 1, 2],
  [96, 96, 1, 1],
] as const;

/** @throws model.incomplete, model.mismatch when the weights are not the reader's */
export function buildReaderGraph(checkpoint: Checkpoint, outputs: number): GraphModel {
  const network = new NetworkBuilder("attribute-reader", checkpoint);
  let x = network.input("image", "float32", [1, 3, READER_PICTURE, READER_PICTURE]);
  for (const [index, [inChannels, outChannels, stride, dilation]] of CONVOLUTIONS.entries()) {
    const weights = [
      network.parameter(`convs.${index}.weight`, [outChannels, inChannels, 3, 3]),
      network.parameter(`convs.${index}.bias`, [outChannels]),
    ];
    const attributes = {
      kernel_shape: [3, 3],
      strides: [stride, stride],
      pads: [dilation, dilation, dilation, dilation],
      dilations: [dilation, dilation],
    };
    const y: Value = network.node("Relu", [network.node("Conv", [x, ...weights], { attributes })]);
    x = inChannels === outChannels && stride === 1 ? network.add(x, y) : y;
  }
  const channels = CONVOLUTIONS.at(-1)?.[1] ?? 0;
  const cells = convolution(network, x, "out", {
    inChannels: channels,
    outChannels: outputs,
    kernel: 1,
    padding: [0, 0, 0, 0],
  });
  network.output("cells", cells, [1, outputs, READER_CELLS, READER_CELLS]);
  return network.model();
}
