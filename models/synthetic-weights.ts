/**
 * @file Seeded random weights for a list of tensors, scaled so that a network of them gives finite, lively outputs.
 *
 * Norms are near 1, biases near 0, everything else is scaled by its inputs. Nothing here is learned.
 */

import { float32ToBfloat16, float32ToFloat16 } from "../src-main/graph/float-formats.ts";
import { elementCount } from "../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../src-main/graph/safetensors.ts";
import { fillNormal, streamOf } from "./counter-random.ts";
import type { TensorShapes } from "./newbie-exp0.1/next-dit-tensors.ts";

export const SYNTHETIC_TYPES = ["F32", "BF16", "F16"] as const;
export type SyntheticType = (typeof SYNTHETIC_TYPES)[number];

export interface SyntheticWeightsOptions {
  readonly seed: number;
  readonly type: SyntheticType;
  /** Repeat one random block instead of drawing every value: for full-size checkpoints, whose values nobody looks at. */
  readonly isTiled?: boolean;
}

/** Elements made at a time; also the length of the repeated block. */
const PIECE_ELEMENTS = 1 << 20;

/** The tensors in the order of the list, their data made when it is written. */
export function* syntheticTensors(shapes: TensorShapes, options: SyntheticWeightsOptions): Iterable<TensorToWrite> {
  const { type } = options;
  const pieces = options.isTiled === true ? tiledPieces(options) : drawnPieces(options);
  for (const [name, shape] of shapes) {
    const count = elementCount(shape);
    if (count === undefined) throw new RangeError(`${name} has an impossible shape`);
    yield { name, type, shape, data: () => pieces(name, count, spreadOf(name, shape)) };
  }
}

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

function spreadOf(name: string, shape: readonly number[]): Spread {
  if (name.endsWith(".bias")) return { mean: 0, deviation: 0.02 };
  if (shape.length < 2) return { mean: 1, deviation: 0.1 };
  // What follows embeddings is a norm, so only their spread against each other matters.
  if (name.includes("embeddings.")) return { mean: 0, deviation: 1 };
  const inputs = shape.slice(1).reduce((product, dimension) => product * dimension, 1);
  return { mean: 0, deviation: 1 / Math.sqrt(inputs) };
}

type Pieces = (name: string, count: number, spread: Spread) => Iterable<Uint8Array>;

function drawnPieces({ seed, type }: SyntheticWeightsOptions): Pieces {
  return function* (name, count, { mean, deviation }) {
    const stream = streamOf(seed, name);
    for (let start = 0; start < count; start += PIECE_ELEMENTS) {
      const floats = new Float32Array(Math.min(PIECE_ELEMENTS, count - start));
      fillNormal(floats, stream, start, mean, deviation);
      yield encode(type, floats);
    }
  };
}

/** A few spreads serve all tensors, so that each block is made and converted once. Tensors begin at different places of it. */
function tiledPieces({ seed, type }: SyntheticWeightsOptions): Pieces {
  const blocks = new Map<string, Uint8Array>();
  return function* (name, count, { mean, deviation }) {
    const key = `${mean} ${deviation}`;
    let block = blocks.get(key);
    if (block === undefined) {
      const floats = new Float32Array(PIECE_ELEMENTS);
      fillNormal(floats, streamOf(seed, "tile"), 0, mean, deviation);
      block = encode(type, floats);
      blocks.set(key, block);
    }
    const elementBytes = block.length / PIECE_ELEMENTS;
    let left = count * elementBytes;
    let position = (streamOf(seed, name) % PIECE_ELEMENTS) * elementBytes;
    while (left > 0) {
      const piece = block.subarray(position, Math.min(block.length, position + left));
      yield piece;
      left -= piece.length;
      position = 0;
    }
  };
}

function encode(type: SyntheticType, floats: Float32Array<ArrayBuffer>): Uint8Array {
  if (type === "F32") return new Uint8Array(floats.buffer);
  const halves = type === "BF16" ? float32ToBfloat16(floats) : float32ToFloat16(floats);
  return new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
}
