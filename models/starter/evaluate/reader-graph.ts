/**
 * @file The attribute reader as two graphs: the finder, which finds the characters' heads in a picture, and the judge, which
 * says what a character looks like from two cuts around the head. Neither sees a prompt. train/reader.py is the same
 * networks in training, and says why there are two.
 */

import type { Checkpoint } from "../../../src-main/graph/checkpoint.ts";
import { NetworkBuilder } from "../../../src-main/graph/onnx-network.ts";
import { convolution } from "../../../src-main/graph/picture-operators.ts";
import type { GraphModel, Value } from "../../../src-main/graph/onnx.ts";

export const READER_CELLS = 16;
export const READER_PICTURE = 256;
/** Pixels of a cut's side as it is sampled; the judge looks at half of it, so that fine lines do not alias. */
export const CUT = 128;
/** Side of a cut and how far its middle lies below the head's, in widths of the head. */
export const CUTS = { face: { side: 1.3, below: 0.02 }, figure: { side: 3.2, below: 0.75 } } as const;
/** Per cell: logit of a head's middle, offset from the cell's middle to the right and down in cells, log of the width. */
export const FINDER_PLANES = 4;

type Layers = readonly (readonly [inChannels: number, outChannels: number, stride: number, dilation: number])[];

/** 3 x 3 convolutions; equal shapes are residual. */
const FINDER: Layers = [
  [3, 16, 2, 1],
  [16, 32, 2, 1],
  [32, 32, 1, 1],
  [32, 64, 2, 1],
  [64, 64, 1, 1],
  [64, 64, 1, 2],
  [64, 64, 1, 3],
  [64, 64, 1, 1],
];
const JUDGE: Layers = [
  [3, 24, 2, 1],
  [24, 48, 2, 1],
  [48, 48, 1, 1],
  [48, 96, 2, 1],
  [96, 96, 1, 1],
  [96, 96, 1, 1],
  [96, 96, 2, 1],
];
const SEEN = 32;
const SEEN_CELLS = 4 * 4;
const HIDDEN = 192;

/**
 * image f32 [1, 3, 256, 256], -1 to 1 -> cells f32 [1, 4, 16, 16].
 * @throws model.incomplete, model.mismatch when the weights are not the reader's
 */
export function buildFinderGraph(checkpoint: Checkpoint): GraphModel {
  const network = new NetworkBuilder("finder", checkpoint);
  const image = network.input("image", "float32", [1, 3, READER_PICTURE, READER_PICTURE]);
  const seen = convolutions(network, halved(network, image), "finder.body", FINDER);
  const shape = {
    inChannels: lastChannels(FINDER),
    outChannels: FINDER_PLANES,
    kernel: 1,
    padding: [0, 0, 0, 0],
  } as const;
  const cells = convolution(network, seen, "finder.out", shape);
  network.output("cells", cells, [1, FINDER_PLANES, READER_CELLS, READER_CELLS]);
  return network.model();
}

/**
 * face and figure f32 [1, 3, 128, 128], -1 to 1 -> answers f32 [1, outputs]: the logits of every attribute.
 * @throws model.incomplete, model.mismatch when the weights are not the reader's
 */
export function buildJudgeGraph(checkpoint: Checkpoint, outputs: number): GraphModel {
  const network = new NetworkBuilder("judge", checkpoint);
  const views = (["face", "figure"] as const).map((name) => {
    const cut = halved(network, network.input(name, "float32", [1, 3, CUT, CUT]));
    const x = convolutions(network, cut, `judge.${name}`, JUDGE);
    const shape = { inChannels: lastChannels(JUDGE), outChannels: SEEN, kernel: 1, padding: [0, 0, 0, 0] } as const;
    const seen = network.node("Relu", [convolution(network, x, `judge.${name}_seen`, shape)]);
    return network.reshape(seen, [1, SEEN * SEEN_CELLS]);
  });
  const all = network.concat(views, 1);
  const hidden = network.linear(all, network.linearWeights("judge.hidden", HIDDEN, 2 * SEEN * SEEN_CELLS, true));
  const answers = network.linear(
    network.node("Relu", [hidden]),
    network.linearWeights("judge.answers", outputs, HIDDEN, true),
  );
  network.output("answers", answers, [1, outputs]);
  return network.model();
}

function halved(network: NetworkBuilder, x: Value): Value {
  return network.node("AveragePool", [x], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } });
}

function convolutions(network: NetworkBuilder, image: Value, prefix: string, layers: Layers): Value {
  let x = image;
  for (const [index, [inChannels, outChannels, stride, dilation]] of layers.entries()) {
    const weights = [
      network.parameter(`${prefix}.convs.${index}.weight`, [outChannels, inChannels, 3, 3]),
      network.parameter(`${prefix}.convs.${index}.bias`, [outChannels]),
    ];
    const attributes = {
      kernel_shape: [3, 3],
      strides: [stride, stride],
      pads: [dilation, dilation, dilation, dilation],
      dilations: [dilation, dilation],
    };
    const y = network.node("Relu", [network.node("Conv", [x, ...weights], { attributes })]);
    x = inChannels === outChannels && stride === 1 ? network.add(x, y) : y;
  }
  return x;
}

function lastChannels(layers: Layers): number {
  return layers.at(-1)?.[1] ?? 0;
}
