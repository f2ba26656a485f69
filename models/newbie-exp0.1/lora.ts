/**
 * @file Adapters put to a Next-DiT: what each adds to which linear map of a checkpoint, in either layout.
 *
 * An adapter and a checkpoint need not have the same layout: an update of one slice goes into a part of a fused map, and
 * one of the fused map is cut for three separate ones.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { LoraChoice } from "../../src-main/contract/generation.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import type { Factor, LinearDelta, LinearUpdate, LinearUpdates, RowRange } from "../../src-main/graph/linear-update.ts";
import { elementBytes } from "../../src-main/graph/onnx.ts";
import { loraError, openLora } from "./lora-file.ts";
import type { LoraModule } from "./lora-file.ts";
import { SLICES, loraTargetFinder, nextDitLinearMaps } from "./lora-names.ts";
import type { LoraTarget, Slice } from "./lora-names.ts";
import type { NextDitConfig } from "./next-dit-config.ts";
import { nextDitNames } from "./next-dit-names.ts";
import { nextDitTensors } from "./next-dit-tensors.ts";

/** A graph is one message of at most 2 GiB, and holds more than factors. */
const MAX_FACTOR_BYTES = 1.9e9;
const NAMES_IN_MESSAGE = 8;

/**
 * What the adapters, all together, add to the checkpoint's linear maps.
 * @param loras a strength of 0 adds nothing, but its file is checked all the same
 * @throws model.mismatch for targets that the network does not have, or whose shape differs; as `openLora`
 */
export function openLoraUpdates(
  config: NextDitConfig,
  checkpoint: Checkpoint,
  loras: readonly LoraChoice[],
): LinearUpdates {
  const layout = layoutOf(config, checkpoint);
  const updates = new Map<string, LinearUpdate[]>();
  let bytes = 0;
  for (const [number, { file, strength }] of loras.entries())
    for (const { target, module } of resolve(config, file)) {
      const scale = module.scale * strength;
      if (!Number.isFinite(Math.fround(scale)))
        throw loraError("model.non-finite", { path: file }, module.name, `is scaled by ${scale}, beyond all bounds`);
      if (scale === 0) continue;
      const delta = withUniqueNames(module.delta, `lora ${number}: `);
      bytes += factorsOf(delta).reduce((sum, { type, shape }) => sum + shape[0] * shape[1] * elementBytes(type), 0);
      for (const { name, into, from } of layout.placesOf(target)) {
        const all = updates.get(name) ?? [];
        all.push({ delta, scale, into, from });
        updates.set(name, all);
      }
    }
  if (bytes > MAX_FACTOR_BYTES)
    throw new TachieError("model.unsupported", `the adapters are ${bytes} bytes together, more than a graph can hold`, {
      where: loras.map(({ file }) => file).join(", "),
      remedy: "Use fewer adapters, or adapters of a lower rank.",
    });
  return updates;
}

interface ResolvedModule {
  readonly target: LoraTarget;
  readonly module: LoraModule;
}

/** The modules of a file with what they are for; all of them are checked before any is used. */
function resolve(config: NextDitConfig, path: string): readonly ResolvedModule[] {
  const find = loraTargetFinder(config);
  const shapes = nextDitTensors(config);
  const resolved: ResolvedModule[] = [];
  const unknown: string[] = [];
  const owners = new Map<string, string>();
  for (const module of openLora(path).modules) {
    const target = find(module.name);
    if (target === undefined) {
      unknown.push(module.name);
      continue;
    }
    const key = `${target.module} ${target.slice ?? ""}`;
    const owner = owners.get(key);
    if (owner !== undefined) throw loraError("model.unsupported", { path }, module.name, `means the same as ${owner}`);
    owners.set(key, module.name);
    requireShape(config, shapes.get(`${target.module}.weight`) ?? [], path, module, target);
    resolved.push({ target, module });
  }
  if (unknown.length > 0) {
    const more = unknown.length > NAMES_IN_MESSAGE ? ` and ${unknown.length - NAMES_IN_MESSAGE} more` : "";
    const names = unknown.slice(0, NAMES_IN_MESSAGE).join(", ") + more;
    throw new TachieError("model.mismatch", `${path} is for linear maps that the network does not have: ${names}`, {
      where: `${path}: ${unknown[0] ?? ""}`,
      remedy: "Use an adapter that was made for this network.",
    });
  }
  return resolved;
}

function requireShape(
  config: NextDitConfig,
  [out = 0, inDim = 0]: readonly number[],
  path: string,
  module: LoraModule,
  { slice }: LoraTarget,
): void {
  const range = slice === undefined ? undefined : sliceRange(config, slice);
  const wanted = [range === undefined ? out : range.end - range.start, inDim];
  if (module.shape[0] === wanted[0] && module.shape[1] === wanted[1]) return;
  const tensors = factorsOf(module.delta)
    .map(({ name, shape }) => `${name} [${shape.join(", ")}]`)
    .join(", ");
  const message = `changes a map of [${module.shape.join(", ")}], but the network's is [${wanted.join(", ")}] (${tensors})`;
  throw loraError("model.mismatch", { path }, module.name, message, "Use an adapter that was made for this network.");
}

/** Rows of the fused projection. */
function sliceRange({ heads, kvHeads, headDim }: NextDitConfig, slice: Slice): RowRange {
  const queries = heads * headDim;
  const keys = kvHeads * headDim;
  const start = { q: 0, k: queries, v: queries + keys }[slice];
  return { start, end: start + (slice === "q" ? queries : keys) };
}

interface Place {
  readonly name: string;
  readonly into?: RowRange;
  readonly from?: RowRange;
}

/** Where the checkpoint's own layout has what a target means. */
function layoutOf(config: NextDitConfig, checkpoint: Checkpoint): { placesOf(target: LoraTarget): readonly Place[] } {
  const isFused = "fused" in nextDitNames(checkpoint).block("layers", 0).projection;
  const names = new Map<string, string | undefined>();
  const keyOf = (module: string, slice?: Slice): string => `${module} ${slice ?? ""}`;
  for (const { module, slice, original, diffusers } of nextDitLinearMaps(config))
    names.set(keyOf(module, slice), isFused ? original : diffusers);
  const nameOf = (module: string, slice?: Slice): string => {
    const name = names.get(keyOf(module, slice));
    if (name !== undefined) return name;
    throw new TachieError("internal.bug", `no map of the checkpoint is ${keyOf(module, slice)}`, { where: module });
  };
  return {
    placesOf({ module, slice }) {
      if (slice !== undefined)
        return isFused
          ? [{ name: nameOf(module), into: sliceRange(config, slice) }]
          : [{ name: nameOf(module, slice) }];
      if (names.get(keyOf(module)) !== undefined) return [{ name: nameOf(module) }];
      return SLICES.map((one) => ({ name: nameOf(module, one), from: sliceRange(config, one) }));
    },
  };
}

function factorsOf(delta: LinearDelta): readonly Factor[] {
  return delta.kind === "low-rank" ? [delta.down, delta.up] : [...delta.left, ...delta.right];
}

/** The same tensor name occurs in every adapter, but once in a graph. */
function withUniqueNames(delta: LinearDelta, prefix: string): LinearDelta {
  const rename = (factor: Factor): Factor => ({ ...factor, name: prefix + factor.name });
  if (delta.kind === "low-rank") return { kind: "low-rank", down: rename(delta.down), up: rename(delta.up) };
  const renameAll = ([first, second]: readonly [Factor, Factor?]): readonly [Factor] | readonly [Factor, Factor] =>
    second === undefined ? [rename(first)] : [rename(first), rename(second)];
  return { kind: "kronecker", left: renameAll(delta.left), right: renameAll(delta.right) };
}
