/**
 * @file Opens an adapter's file: which module each tensor is for, the factors of its update, and by what they are scaled.
 *
 * Formats: PEFT (lora_A, lora_B), kohya (lora_down, lora_up) and LoKr (Kronecker factors, each whole or in two). Knows the
 * formats, not the network: names stay as they are in the file. A tensor that is not understood is an error, never skipped.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../src-main/contract/errors.ts";
import type { Factor, KroneckerDelta, LinearDelta } from "../../src-main/graph/linear-update.ts";
import { productShape } from "../../src-main/graph/linear-update.ts";
import { WEIGHT_TYPES } from "../../src-main/graph/onnx-network.ts";
import { findNonFinite } from "../../src-main/graph/float-scan.ts";
import { openSafetensors, readFloats, readTensor } from "../../src-main/graph/safetensors.ts";
import type { SafetensorsFile } from "../../src-main/graph/safetensors.ts";
import { readLoraScaling } from "./lora-scaling.ts";
import type { LoraScaling } from "./lora-scaling.ts";

/** The update of one module, as its file states it. */
export interface LoraModule {
  /** As in the file. */
  readonly name: string;
  readonly delta: LinearDelta;
  /** [out, in] of the update. */
  readonly shape: readonly [number, number];
  /** From alpha and rank; a strength is not in it. */
  readonly scale: number;
}

export interface LoraFile {
  readonly path: string;
  readonly modules: readonly LoraModule[];
}

const PART_NAMES = {
  lora_A: "down",
  lora_down: "down",
  lora_B: "up",
  lora_up: "up",
  lokr_w1: "w1",
  lokr_w1_a: "w1_a",
  lokr_w1_b: "w1_b",
  lokr_w2: "w2",
  lokr_w2_a: "w2_a",
  lokr_w2_b: "w2_b",
  alpha: "alpha",
} as const;

type Part = (typeof PART_NAMES)[keyof typeof PART_NAMES];

/** Tensor names by what they are. */
type Parts = Partial<Record<Part, string>>;

/** PEFT may put the adapter's own name before `weight`. */
const TENSOR_NAME = /^(.+)\.(lora_[AB]|lora_down|lora_up|lokr_w[12](?:_[ab])?|alpha)(?:\.(?:([^.]+)\.)?weight)?$/;

const FOREIGN_KINDS: readonly (readonly [RegExp, string])[] = [
  [/lora_magnitude_vector|dora_scale/, "DoRA (a magnitude beside the direction)"],
  [/hada_/, "LoHa (Hadamard products)"],
  [/lokr_t2|lora_mid/, "a decomposed convolution (Tucker)"],
  [/oft_|boft_/, "OFT (rotations)"],
];

/**
 * Opens an adapter and checks that its tensors fit each other. Factors are read later, when a graph takes them.
 * @throws model.unsupported for a kind of adapter that is not known, model.incomplete for a missing factor, model.mismatch
 *   for factors that do not fit each other, model.non-finite, safetensors.invalid, file.*
 */
export function openLora(path: string): LoraFile {
  const file = openSafetensors(path);
  const modules = groupTensors(file);
  const scaling = readLoraScaling(file);
  return { path, modules: [...modules].map(([name, parts]) => readModule(file, name, parts, scaling)) };
}

function groupTensors(file: SafetensorsFile): ReadonlyMap<string, Parts> {
  const modules = new Map<string, Parts>();
  const adapterNames = new Set<string>();
  for (const tensor of file.tensors.keys()) {
    const [, module, suffix, adapterName] = TENSOR_NAME.exec(tensor) ?? [];
    if (module === undefined || suffix === undefined) throw refuseTensor(file, tensor);
    if (adapterName !== undefined) adapterNames.add(adapterName);
    const parts = modules.get(module) ?? {};
    const part = PART_NAMES[suffix as keyof typeof PART_NAMES];
    if (parts[part] !== undefined)
      throw loraError("model.unsupported", file, tensor, `is the same factor as ${parts[part]} once more`);
    parts[part] = tensor;
    modules.set(module, parts);
  }
  if (adapterNames.size > 1) {
    const message = `${file.path} holds several adapters: ${[...adapterNames].join(", ")}`;
    throw new TachieError("model.unsupported", message, {
      where: file.path,
      remedy: "Save each as a file of its own.",
    });
  }
  if (modules.size === 0)
    throw new TachieError("model.unsupported", `${file.path} holds no tensors, so it is no adapter`, {
      where: file.path,
    });
  return modules;
}

function refuseTensor(file: SafetensorsFile, tensor: string): TachieError {
  const kind = FOREIGN_KINDS.find(([pattern]) => pattern.test(tensor))?.[1];
  const message =
    kind === undefined
      ? "is none of an adapter's that this version knows"
      : `belongs to ${kind}, which is not supported`;
  return loraError("model.unsupported", file, tensor, message, "Use an adapter in the PEFT, kohya or LoKr format.");
}

function readModule(file: SafetensorsFile, name: string, parts: Parts, scaling: LoraScaling): LoraModule {
  const isKronecker = Object.keys(parts).some((part) => part.startsWith("w"));
  if (isKronecker && (parts.up !== undefined || parts.down !== undefined))
    throw loraError("model.unsupported", file, parts.up ?? parts.down ?? name, "stands beside Kronecker factors");
  const delta = isKronecker ? kroneckerDelta(file, name, parts) : lowRankDelta(file, name, parts);
  const alpha = parts.alpha === undefined ? undefined : readAlpha(file, parts.alpha);
  const scale = scaling({ module: name, alpha, rank: rankOf(delta), isWhole: isKronecker && isWhole(delta) });
  if (!Number.isFinite(scale))
    throw loraError("model.non-finite", file, parts.alpha ?? name, `is scaled by ${scale}, which is no number`);
  return { name, delta, shape: shapeOf(delta), scale };
}

function lowRankDelta(file: SafetensorsFile, module: string, parts: Parts): LinearDelta {
  const down = readFactor(file, module, "lora_A or lora_down", parts.down);
  const up = readFactor(file, module, "lora_B or lora_up", parts.up);
  requireChain(file, up, down);
  return { kind: "low-rank", down, up };
}

function kroneckerDelta(file: SafetensorsFile, module: string, parts: Parts): LinearDelta {
  const side = (letter: "w1" | "w2"): KroneckerDelta["left"] => {
    const [whole, a, b] = [parts[letter], parts[`${letter}_a`], parts[`${letter}_b`]];
    if (a === undefined && b === undefined) return [readFactor(file, module, `lokr_${letter}`, whole)];
    if (whole !== undefined) throw loraError("model.unsupported", file, whole, "is there whole and in two factors");
    const factors = [
      readFactor(file, module, `lokr_${letter}_a`, a),
      readFactor(file, module, `lokr_${letter}_b`, b),
    ] as const;
    requireChain(file, ...factors);
    return factors;
  };
  return { kind: "kronecker", left: side("w1"), right: side("w2") };
}

/** @throws model.mismatch unless left · right is a product */
function requireChain(file: SafetensorsFile, left: Factor, right: Factor): void {
  if (left.shape[1] === right.shape[0]) return;
  const message = `has the shape [${left.shape.join(", ")}], which does not go with [${right.shape.join(", ")}] of ${right.name}`;
  throw loraError("model.mismatch", file, left.name, message);
}

function readFactor(file: SafetensorsFile, module: string, wanted: string, tensor: string | undefined): Factor {
  const info = tensor === undefined ? undefined : file.tensors.get(tensor);
  if (info === undefined) throw loraError("model.incomplete", file, module, `has no ${wanted}`);
  const { name, shape } = info;
  const type = WEIGHT_TYPES[info.type];
  if (type === undefined)
    throw loraError("model.unsupported", file, name, `has the type ${info.type}; an adapter must be of plain floats`);
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2 || rows * columns === 0)
    throw loraError("model.mismatch", file, name, `has the shape [${shape.join(", ")}], but must be a matrix`);
  const read = (): Uint8Array => {
    const { bytes } = readTensor(file, name);
    const index = findNonFinite(info.type, bytes);
    if (index < 0) return bytes;
    throw loraError("model.non-finite", file, name, `holds a value that is not finite, at element ${index}`);
  };
  return { name, type, shape: [rows, columns], read };
}

function readAlpha(file: SafetensorsFile, tensor: string): number {
  const values = readFloats(file, tensor);
  const [alpha] = values;
  if (alpha !== undefined && values.length === 1) return alpha;
  throw loraError("model.mismatch", file, tensor, `has ${values.length} values, but must be a single number`);
}

/** Of Kronecker factors, that of the one in two parts; undefined where none is. */
function rankOf(delta: LinearDelta): number | undefined {
  if (delta.kind === "low-rank") return delta.down.shape[0];
  return (delta.right[1] ?? delta.left[1])?.shape[0];
}

function isWhole(delta: LinearDelta): boolean {
  return rankOf(delta) === undefined;
}

function shapeOf(delta: LinearDelta): readonly [number, number] {
  if (delta.kind === "low-rank") return [delta.up.shape[0], delta.down.shape[1]];
  const [left, right] = [productShape(delta.left), productShape(delta.right)];
  return [left[0] * right[0], left[1] * right[1]];
}

export function loraError(
  code: ErrorCode,
  file: { readonly path: string },
  tensor: string,
  message: string,
  remedy?: string,
): TachieError {
  const where = `${file.path}: ${JSON.stringify(tensor.slice(0, 200))}`;
  return new TachieError(code, `${where} ${message}`, { where, ...(remedy === undefined ? {} : { remedy }) });
}
