/**
 * @file What a network's file looks like: names and shapes of its tensors, with the sizes as unknowns.
 *
 * A layout is a pattern, not a list: the number of layers is read from the names, the sizes from the shapes, and then every
 * tensor is checked against what they imply. So small models of the same kind are recognised too.
 */

/** A number, a size by name (`dim`), a multiple (`4*dim`) or a sum of such terms (`time+clip`). */
export type Dimension = number | string;

export interface PatternTensor {
  readonly name: string;
  readonly shape: readonly Dimension[];
  /** May be absent, such as what the network never uses. */
  readonly isOptional?: boolean;
}

/** Sizes by name. */
export type Sizes = Readonly<Record<string, number>>;

export const ROLES = ["transformer", "vae", "textEncoder", "pooledEncoder"] as const;
/** The place that a network has in a model; the names of `ModelManifest.components`. */
export type Role = (typeof ROLES)[number];

export interface Layout {
  readonly family: "next-dit" | "gemma3" | "jina-text" | "flux-vae";
  /** Tells the layouts of one family apart: `original`, `diffusers`. */
  readonly id: string;
  /** Names the network for a person. */
  readonly title: string;
  readonly role: Role;
  /** Matches the name of nearly every tensor of the network; what stands before it is captured as the prefix. */
  readonly stem: RegExp;
  /** Repeated parts by name: what captures the index in a name without prefix. */
  readonly repeats: Readonly<Record<string, RegExp>>;
  /** Every tensor of a network with so many repeats. `sizes` is empty in the first pass and known in the second. */
  readonly tensors: (repeats: Sizes, sizes: Sizes) => readonly PatternTensor[];
  /** Tensors that may stand beside the network under the same prefix without being a part of it. */
  readonly beside?: RegExp;
  /** The network as published: its sizes, and the numbers of repeats that go with them. */
  readonly published: { readonly sizes: Sizes; readonly repeats: Sizes };
  /** The sizes that tell, where they agree with the published ones, that this is the published network or a part of it. */
  readonly identity: readonly string[];
}

/** `linear(name, out, in)`: weight [out, in] and bias [out]. */
export function linear(name: string, outputs: Dimension, inputs: Dimension): PatternTensor[] {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

export function weight(name: string, ...shape: Dimension[]): PatternTensor {
  return { name: `${name}.weight`, shape };
}

/** Weight and bias of one dimension. */
export function norm(name: string, size: Dimension): PatternTensor[] {
  return [
    { name: `${name}.weight`, shape: [size] },
    { name: `${name}.bias`, shape: [size] },
  ];
}

/** `count` times what `build` gives for 0, 1, … */
export function times(count: number | undefined, build: (index: number) => readonly PatternTensor[]): PatternTensor[] {
  return Array.from({ length: count ?? 0 }, (_, index) => build(index)).flat();
}

/** The value of a dimension, undefined where a size it needs is unknown. */
export function evaluate(dimension: Dimension, sizes: Sizes): number | undefined {
  if (typeof dimension === "number") return dimension;
  let sum = 0;
  for (const term of dimension.split("+")) {
    const [factor, name] = term.includes("*") ? (term.split("*") as [string, string]) : ["1", term];
    const size = sizes[name];
    if (size === undefined) return undefined;
    sum += Number(factor) * size;
  }
  return sum;
}

/** Whether a dimension is a size by itself, so that a shape tells it. */
export function isBareSize(dimension: Dimension): dimension is string {
  return typeof dimension === "string" && !/[*+]/.test(dimension);
}
