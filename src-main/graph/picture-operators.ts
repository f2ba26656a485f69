/** @file What networks over pictures [1, channels, height, width] are made of. */

import type { NetworkBuilder } from "./onnx-network.ts";
import { float } from "./onnx-types.ts";
import type { Value } from "./onnx-types.ts";
import { plainStandardise } from "./plain-operators.ts";

export interface ConvolutionShape {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the window. */
  readonly kernel: number;
  readonly stride?: number;
  /** Rows of zeros at the top, columns at the left, rows at the bottom, columns at the right. */
  readonly padding: readonly [number, number, number, number];
}

/** `name.weight` [out, in, kernel, kernel] and `name.bias`. In x's type. */
export function convolution(
  network: NetworkBuilder,
  x: Value,
  name: string,
  { inChannels, outChannels, kernel, stride = 1, padding }: ConvolutionShape,
): Value {
  const weight = network.parameter(`${name}.weight`, [outChannels, inChannels, kernel, kernel], x.type);
  const bias = network.parameter(`${name}.bias`, [outChannels], x.type);
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: padding };
  return network.node("Conv", [x, weight, bias], { attributes });
}

/** Normalises groups of channels, then scales and shifts every channel, in x's type. Means are taken in float32. */
export function groupNorm(
  network: NetworkBuilder,
  x: Value,
  name: string,
  channels: number,
  { groups, epsilon }: { readonly groups: number; readonly epsilon: number },
): Value {
  const { checkpoint } = network;
  const scale = network.weight(checkpoint.tensor(`${name}.weight`, [channels]), [channels, 1, 1], x.type);
  const shift = network.weight(checkpoint.tensor(`${name}.bias`, [channels]), [channels, 1, 1], x.type);
  const normed = network.reshapeTo(standardiseGroups(network, x, groups, epsilon), network.shapeOf(x, 0, 4));
  return network.add(network.multiply(normed, scale), shift);
}

/** x [1, channels, height, width] -> every group at mean 0 and variance 1, in any shape. */
function standardiseGroups(network: NetworkBuilder, x: Value, groups: number, epsilon: number): Value {
  // There are no kernels for InstanceNormalization in bfloat16, and a network is measured with the same form throughout.
  if (network.variant.operators === "plain" || network.computeType !== "float32")
    return plainStandardise(network, network.reshape(x, [groups, -1]), epsilon);
  // Taken as `groups` channels of a longer picture: this form keeps one copy of the picture, others keep three.
  const constant = (value: number): Value => network.list(x.type, Array<number>(groups).fill(value));
  const inputs = [network.reshape(x, [1, groups, -1]), constant(1), constant(0)];
  return network.node("InstanceNormalization", inputs, { attributes: { epsilon: float(epsilon) } });
}

/** Every cell becomes two by two. */
export function doubled(network: NetworkBuilder, x: Value, channels: number): Value {
  // There are no kernels for Resize in bfloat16.
  if (x.type === "float32" && network.variant.operators === "fused")
    return network.node("Resize", [x, undefined, network.list("float32", [1, 1, 2, 2])], {
      attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    });
  const [height, width] = [network.shapeOf(x, 2, 3), network.shapeOf(x, 3, 4)];
  const size = (...sizes: readonly (number | Value)[]): Value =>
    network.concat(
      sizes.map((one) => (typeof one === "number" ? network.list("int64", [one]) : one)),
      0,
    );
  const cells = network.reshapeTo(x, size(channels, height, 1, width, 1));
  const repeated = network.node("Expand", [cells, network.list("int64", [1, 1, 2, 1, 2])]);
  const two = network.list("int64", [2]);
  return network.reshapeTo(repeated, size(1, channels, network.multiply(height, two), network.multiply(width, two)));
}
