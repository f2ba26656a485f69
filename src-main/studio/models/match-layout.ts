/**
 * @file Holds a file's tensors against a layout: where it stands in the file (prefix), how large it is, what is missing,
 * what has another shape. Pure: works on names, types and shapes.
 */

import type { TensorInfo } from "../../graph/safetensors.ts";
import { evaluate, isBareSize } from "./layouts/layout.ts";
import type { Layout, PatternTensor, Sizes } from "./layouts/layout.ts";

/** A file's tensors by name, or those of several files that belong together. */
export type Tensors = ReadonlyMap<string, Pick<TensorInfo, "type" | "shape" | "length">>;

export interface ExpectedTensor {
  /** As it is, or should be, in the file: with the prefix. */
  readonly name: string;
  /** `UNTOLD` for a dimension that no tensor of the file tells. */
  readonly wanted: readonly number[];
}

export const UNTOLD = -1;

export interface Misshapen extends ExpectedTensor {
  readonly shape: readonly number[];
}

export interface LayoutMatch {
  readonly layout: Layout;
  /** What stands before the layout's names in this file; "" for nothing. */
  readonly prefix: string;
  readonly sizes: Sizes;
  readonly repeats: Sizes;
  /** Whether the sizes that tell are those of the published network. */
  readonly isPublished: boolean;
  /** Names in the file. */
  readonly present: readonly string[];
  readonly missing: readonly ExpectedTensor[];
  readonly misshapen: readonly Misshapen[];
  /** Names under the prefix that are no part of the network. */
  readonly extra: readonly string[];
}

/** Indices above this are not believed: they would make a hostile name cost memory. */
const MAX_REPEATS = 256;
/** Names that are looked at; no network has more, and a hostile header could. */
const MAX_NAMES = 20_000;

/**
 * The prefixes under which a layout's tensors may stand in a file, those with most names first.
 */
export function findPrefixes(layout: Layout, names: readonly string[]): string[] {
  const votes = new Map<string, number>();
  for (const name of names.slice(0, MAX_NAMES)) {
    const prefix = layout.stem.exec(name)?.[1];
    if (prefix !== undefined) votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
  }
  return [...votes].sort(([, a], [, b]) => b - a).map(([prefix]) => prefix);
}

export function matchLayout(layout: Layout, prefix: string, tensors: Tensors): LayoutMatch {
  const own = new Map<string, readonly number[]>();
  for (const [name, { shape }] of tensors) {
    if (own.size >= MAX_NAMES) break;
    if (name.startsWith(prefix)) own.set(name.slice(prefix.length), shape);
  }
  const counted = countRepeats(layout, own.keys());
  const firstPass = readSizes(layout.tensors(counted, {}), own);
  // In a part of a file some sizes are not told by any tensor.
  const told = layout.identity.filter((size) => firstPass[size] !== undefined);
  const isPublished = told.length > 0 && told.every((size) => firstPass[size] === layout.published.sizes[size]);
  // A part of the published network lacks layers at its end: only the published number tells.
  const repeats = isPublished ? largerOf(counted, layout.published.repeats) : counted;
  const sizes = isPublished ? { ...firstPass, ...layout.published.sizes } : firstPass;
  const expected = layout.tensors(repeats, sizes);
  return { layout, prefix, sizes, repeats, isPublished, ...compare(expected, own, prefix, sizes, layout) };
}

function countRepeats(layout: Layout, names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(Object.keys(layout.repeats).map((key) => [key, 0]));
  for (const name of names)
    for (const [key, pattern] of Object.entries(layout.repeats)) {
      const index = Number(pattern.exec(name)?.[1] ?? -1);
      if (index >= (counts[key] ?? 0) && index < MAX_REPEATS) counts[key] = index + 1;
    }
  return counts;
}

/** Every size by the vote of all shapes that tell it, so that one wrong tensor is outvoted and then found. */
function readSizes(
  pattern: readonly PatternTensor[],
  own: ReadonlyMap<string, readonly number[]>,
): Record<string, number> {
  const votes = new Map<string, Map<number, number>>();
  for (const { name, shape } of pattern) {
    const found = own.get(name);
    if (found?.length !== shape.length) continue;
    for (const [axis, dimension] of shape.entries()) {
      const size = found[axis];
      if (!isBareSize(dimension) || size === undefined) continue;
      const ballot = votes.get(dimension) ?? new Map<number, number>();
      ballot.set(size, (ballot.get(size) ?? 0) + 1);
      votes.set(dimension, ballot);
    }
  }
  const winner = (ballot: ReadonlyMap<number, number>): number =>
    [...ballot].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
  return Object.fromEntries([...votes].map(([size, ballot]) => [size, winner(ballot)]));
}

function largerOf(a: Sizes, b: Sizes): Sizes {
  return Object.fromEntries(Object.entries(a).map(([key, count]) => [key, Math.max(count, b[key] ?? 0)]));
}

function compare(
  expected: readonly PatternTensor[],
  own: ReadonlyMap<string, readonly number[]>,
  prefix: string,
  sizes: Sizes,
  layout: Layout,
): Pick<LayoutMatch, "present" | "missing" | "misshapen" | "extra"> {
  const present: string[] = [];
  const missing: ExpectedTensor[] = [];
  const misshapen: Misshapen[] = [];
  for (const { name, shape, isOptional } of expected) {
    const found = own.get(name);
    // What nothing tells is taken as it is.
    const wanted = shape.map((dimension, axis) => evaluate(dimension, sizes) ?? found?.[axis] ?? UNTOLD);
    if (found === undefined) {
      if (isOptional !== true) missing.push({ name: prefix + name, wanted });
      continue;
    }
    present.push(prefix + name);
    if (found.length !== wanted.length || wanted.some((size, axis) => size !== found[axis]))
      misshapen.push({ name: prefix + name, shape: found, wanted });
  }
  const known = new Set(expected.map(({ name }) => name));
  const extra = [...own.keys()].filter((name) => !known.has(name) && layout.beside?.test(name) !== true);
  return { present, missing, misshapen, extra: extra.map((name) => prefix + name) };
}

/** Share of the names under the prefix that belong to the layout, 0 to 1: how surely this is such a network. */
export function precisionOf({ present, extra }: LayoutMatch): number {
  return present.length === 0 ? 0 : present.length / (present.length + extra.length);
}
