/**
 * @file The rotary tables of a Next-DiT: cos and sin for every token of the joint sequence, caption first.
 *
 * A token has three places (position in the sequence, row, column); every axis turns its own share of a head. Angles are
 * products in float64, rounded to float32 as the published code does, so that long sequences agree to the last digits.
 */

import type { RotaryTables } from "../../src-main/graph/network-types.ts";
import type { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { Value } from "../../src-main/graph/onnx.ts";
import type { NextDitConfig } from "./next-dit-config.ts";

/**
 * Tables for a caption of `captionLength` (int64 [1]) tokens followed by an image of `grid` (int64 [2]: rows, columns).
 * Caption token j is at (j, 0, 0), the image token in row r and column c at (captionLength, r, c).
 * @returns cos and sin, float32 [captionLength + rows · columns, headDim / 2], the axes side by side
 */
export function buildRotaryTables(
  network: NetworkBuilder,
  config: Pick<NextDitConfig, "axesDims" | "ropeTheta">,
  captionLength: Value,
  grid: Value,
): RotaryTables {
  const zero = network.scalar("int64", 0);
  const one = network.scalar("int64", 1);
  const count = (length: Value): Value =>
    network.node("Range", [zero, network.node("Squeeze", [length]), one], { type: "int64" });
  const fill = (value: Value, shape: Value): Value => network.node("Expand", [value, shape]);
  const flat = (value: Value): Value => network.reshape(value, [-1]);

  const [rows, columns] = network.split(grid, [1, 1], 0);
  const captionZeros = fill(network.list("int64", [0]), captionLength);
  const rowOfToken = flat(fill(network.reshape(count(rows), [-1, 1]), grid));
  const columnOfToken = flat(fill(network.reshape(count(columns), [1, -1]), grid));
  const imagePosition = flat(fill(network.reshape(captionLength, [1, 1]), grid));
  const positions = [
    network.concat([count(captionLength), imagePosition], 0),
    network.concat([captionZeros, rowOfToken], 0),
    network.concat([captionZeros, columnOfToken], 0),
  ];
  const angles = positions.map((position, axis) => {
    const frequencies = network.list("float64", axisFrequencies(config.axesDims[axis] ?? 0, config.ropeTheta));
    const column = network.reshape(network.cast(position, "float64"), [-1, 1]);
    return network.cast(network.multiply(column, frequencies), "float32");
  });
  const joined = network.concat(angles, 1);
  return { cos: network.node("Cos", [joined]), sin: network.node("Sin", [joined]) };
}

/** ω_j = θ^(-2j / width) for j = 0 … width / 2 - 1. */
function axisFrequencies(width: number, theta: number): number[] {
  return Array.from({ length: width / 2 }, (_, index) => theta ** ((-2 * index) / width));
}
