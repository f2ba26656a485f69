/** @file Tensor tables for recognition tests: names, types and shapes without any data. */

import type { SafetensorsType } from "../../../../src-main/graph/safetensors.ts";
import { SAFETENSORS_TYPE_BITS } from "../../../../src-main/graph/safetensors.ts";
import type { Layout } from "../../../../src-main/studio/models/layouts/layout.ts";
import { evaluate } from "../../../../src-main/studio/models/layouts/layout.ts";

export type Table = Map<string, { type: SafetensorsType; shape: readonly number[]; length: number }>;

export function tableOf(
  shapes: Iterable<readonly [string, readonly number[]]>,
  type: SafetensorsType = "BF16",
  prefix = "",
): Table {
  return new Map([...shapes].map(([name, shape]) => [prefix + name, entry(shape, type)]));
}

export function entry(shape: readonly number[], type: SafetensorsType = "BF16") {
  const elements = shape.reduce((product, size) => product * size, 1);
  return { type, shape, length: (elements * SAFETENSORS_TYPE_BITS[type]) / 8 };
}

/** Every tensor of the published network in a layout. */
export function published(layout: Layout, type: SafetensorsType = "BF16", prefix = ""): Table {
  const { sizes, repeats } = layout.published;
  const pattern = layout.tensors(repeats, sizes);
  return tableOf(
    pattern.map(({ name, shape }) => [name, shape.map((dimension) => evaluate(dimension, sizes) ?? 0)] as const),
    type,
    prefix,
  );
}

/** The table with names changed; `undefined` leaves a tensor out. */
export function renamed(table: Table, change: (name: string) => string | undefined): Table {
  return new Map(
    [...table].flatMap(([name, value]) => {
      const changed = change(name);
      return changed === undefined ? [] : [[changed, value] as const];
    }),
  );
}
