/** @file Reads characters and their attributes off a picture's pixels. */

import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import { float32Output, float32Tensor } from "../../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../../src-main/ort/session.ts";
import { ATTRIBUTES } from "../data/record.ts";
import { READER_CELLS, READER_PICTURE, buildReaderGraph } from "./reader-graph.ts";

/** In the order of the network's outputs. The eye colour has one value more: nothing to see. */
export const READ_ATTRIBUTES = [
  "hairColour",
  "eyeColour",
  "outfitColour",
  "gender",
  "expression",
  "outfit",
  "hairStyle",
] as const;
export type ReadAttribute = (typeof READ_ATTRIBUTES)[number];
export const CLOSED_EYES = "closed";

/** One character as the picture shows it. */
export interface FoundCharacter {
  /** The face's middle, 0 to 1 from the left and from the top. */
  readonly x: number;
  readonly y: number;
  /** How sure the reader is that someone is there, 0 to 1. */
  readonly score: number;
  readonly attributes: Readonly<Record<ReadAttribute, string>>;
}

export interface AttributeReader {
  /** Characters from the left. @throws RangeError for another size than 256 x 256 */
  read(image: RgbImage): Promise<readonly FoundCharacter[]>;
  release(): Promise<void>;
}

const THRESHOLD = 0.5;

export function valuesOf(attribute: ReadAttribute): readonly string[] {
  return attribute === "eyeColour" ? [...ATTRIBUTES.eyeColour, CLOSED_EYES] : ATTRIBUTES[attribute];
}

/** Values per cell that the network gives. */
export const READER_OUTPUTS = 1 + READ_ATTRIBUTES.reduce((sum, attribute) => sum + valuesOf(attribute).length, 0);

/** @param weights path of the reader's safetensors file */
export async function openReader(runtime: InferenceRuntime, weights: string): Promise<AttributeReader> {
  const checkpoint = openCheckpoint(weights);
  const session = await runtime.createSession(buildReaderGraph(checkpoint, READER_OUTPUTS), {
    graphOptimisation: true,
    mappedWeights: false,
  });
  return {
    async read(image) {
      const feed = float32Tensor(planes(image), [1, 3, READER_PICTURE, READER_PICTURE]);
      const cells = float32Output(await session.run({ image: feed }), "cells").data;
      return findCharacters(cells);
    },
    release: () => session.release(),
  };
}

function planes({ width, height, pixels }: RgbImage): Float32Array {
  if (width !== READER_PICTURE || height !== READER_PICTURE)
    throw new RangeError(`the reader reads ${READER_PICTURE} x ${READER_PICTURE} pictures, not ${width} x ${height}`);
  const area = width * height;
  const result = new Float32Array(3 * area);
  for (let index = 0; index < area; index++)
    for (let channel = 0; channel < 3; channel++)
      result[channel * area + index] = (pixels[index * 3 + channel] ?? 0) / 127.5 - 1;
  return result;
}

/** Peaks of presence among their neighbours, with the attributes of their cell. */
export function findCharacters(cells: Float32Array): FoundCharacter[] {
  const size = READER_CELLS;
  const at = (plane: number, row: number, column: number): number => cells[(plane * size + row) * size + column] ?? 0;
  const presence = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= size || column >= size ? 0 : 1 / (1 + Math.exp(-at(0, row, column)));
  const found: FoundCharacter[] = [];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const score = presence(row, column);
      if (score <= THRESHOLD || !isPeak(presence, row, column)) continue;
      let plane = 1;
      const attributes = Object.fromEntries(
        READ_ATTRIBUTES.map((attribute) => {
          const values = valuesOf(attribute);
          const logits = values.map((_, index) => at(plane + index, row, column));
          plane += values.length;
          return [attribute, values[logits.indexOf(Math.max(...logits))] ?? ""];
        }),
      ) as Record<ReadAttribute, string>;
      found.push({ x: (column + 0.5) / size, y: (row + 0.5) / size, score, attributes });
    }
  return found.sort((a, b) => a.x - b.x);
}

/** Of equal neighbours the first one counts. */
function isPeak(presence: (row: number, column: number) => number, row: number, column: number): boolean {
  const own = presence(row, column);
  for (let dr = -1; dr <= 1; dr++)
    for (let dc = -1; dc <= 1; dc++) {
      if (dr === 0 && dc === 0) continue;
      const other = presence(row + dr, column + dc);
      const isEarlier = dr < 0 || (dr === 0 && dc < 0);
      if (other > own || (other === own && isEarlier)) return false;
    }
  return true;
}
