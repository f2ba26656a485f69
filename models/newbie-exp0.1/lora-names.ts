/**
 * @file Which linear map of a Next-DiT an adapter's module name means, whatever program wrote it.
 *
 * Trainers and converters put prefixes before the names, replace dots by underscores, and use either published layout.
 * Names with underscores cannot be turned back by rule, so they are looked up in the list of all maps.
 */

import type { NextDitConfig } from "./next-dit-config.ts";
import { DIFFUSERS_NAMES, ORIGINAL_NAMES } from "./next-dit-names.ts";
import type { BlockGroup, BlockNames, NextDitNames } from "./next-dit-names.ts";

export const SLICES = ["q", "k", "v"] as const;
/** Queries, keys or values: a part of the rows of the fused projection. */
export type Slice = (typeof SLICES)[number];

export interface LoraTarget {
  /** In the original layout, without `.weight`. */
  readonly module: string;
  readonly slice?: Slice;
}

/** A linear map with its names in both layouts. */
export interface LinearMap extends LoraTarget {
  /** Undefined for a slice: there it has no tensor of its own. */
  readonly original: string | undefined;
  /** Undefined for the fused projection. */
  readonly diffusers: string | undefined;
}

const DOTTED_PREFIX = /^(?:base_model|model|diffusion_model|unet|transformer)\./;
const UNDERSCORED_PREFIX = /^(?:lora_unet|lora_transformer|lycoris)_/;

/** The maps that an adapter may be for. The fused projection is four: the whole and its slices. */
export function nextDitLinearMaps(config: NextDitConfig): readonly LinearMap[] {
  const maps: LinearMap[] = [];
  const add = (original: string, diffusers: string): void => void maps.push({ module: original, original, diffusers });
  const addBlock = (original: BlockNames, diffusers: BlockNames, isModulated: boolean): void => {
    const { projection } = original;
    const parts = diffusers.projection;
    if ("fused" in projection && "q" in parts) {
      maps.push({ module: projection.fused, original: projection.fused, diffusers: undefined });
      for (const slice of SLICES)
        maps.push({ module: projection.fused, slice, original: undefined, diffusers: parts[slice] });
    }
    for (const key of ["attentionOut", "ffnGate", "ffnUp", "ffnDown"] as const) add(original[key], diffusers[key]);
    if (isModulated) add(original.modulation, diffusers.modulation);
  };
  for (const key of outsideBlocks(config)) add(ORIGINAL_NAMES[key], DIFFUSERS_NAMES[key]);
  for (const [group, count] of blockGroups(config))
    for (let index = 0; index < count; index++)
      addBlock(ORIGINAL_NAMES.block(group, index), DIFFUSERS_NAMES.block(group, index), group !== "context_refiner");
  return maps;
}

function outsideBlocks({ clipTextDim }: NextDitConfig): readonly Exclude<keyof NextDitNames, "block">[] {
  const always = ["imageEmbedder", "time1", "time2", "captionLinear", "finalModulation", "finalLinear"] as const;
  return clipTextDim > 0 ? [...always, "pooledLinear", "fusion"] : always;
}

function blockGroups({ layers, refinerLayers }: NextDitConfig): readonly (readonly [BlockGroup, number])[] {
  return [
    ["noise_refiner", refinerLayers],
    ["context_refiner", refinerLayers],
    ["layers", layers],
  ];
}

/** Finds the map that a module's name in a file means; undefined where the network has none such. */
export function loraTargetFinder(config: NextDitConfig): (name: string) => LoraTarget | undefined {
  const dotted = new Map<string, LoraTarget>();
  const underscored = new Map<string, LoraTarget>();
  for (const { module, slice, original, diffusers } of nextDitLinearMaps(config)) {
    const target: LoraTarget = { module, ...(slice === undefined ? {} : { slice }) };
    for (const name of [original, diffusers])
      for (const spelling of name === undefined ? [] : spellingsOf(name)) {
        dotted.set(spelling, target);
        underscored.set(spelling.replaceAll(".", "_"), target);
      }
  }
  return (name) => {
    let rest = name;
    while (DOTTED_PREFIX.test(rest)) rest = rest.replace(DOTTED_PREFIX, "");
    return dotted.get(rest) ?? underscored.get(rest.replace(UNDERSCORED_PREFIX, ""));
  };
}

/** Mixed forms occur: slices of the original's `attention`, and an output that is no list. */
function spellingsOf(name: string): readonly string[] {
  const attention = /^(.+)\.(?:attn|attention)\.(\w+)(?:\.0)?$/.exec(name);
  if (attention === null) return [name];
  const [, block = "", part = ""] = attention;
  const parts =
    part === "out" || part === "to_out"
      ? ["out", "to_out.0", "to_out"]
      : part === "qkv"
        ? ["qkv", "to_qkv"]
        : [part, part.replace(/^to_/, ""), part.replace(/^to_(.)$/, "$1_proj")];
  return ["attention", "attn"].flatMap((group) => parts.map((one) => `${block}.${group}.${one}`));
}
