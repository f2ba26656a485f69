/** @file Reads characters and their attributes off a picture's pixels. */

import { existsSync } from "node:fs";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import { float32Output, float32Tensor } from "../../../src-main/ort/session.ts";
import type { InferenceRuntime, TensorOf } from "../../../src-main/ort/session.ts";
import { ATTRIBUTES } from "../data/record.ts";
import { cut, planes } from "./cuts.ts";
import { CUT, CUTS, READER_CELLS, READER_PICTURE, buildFinderGraph, buildJudgeGraph } from "./reader-graph.ts";

/** In the order of the judge's answers. The eye colour has one value more: nothing to see. */
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

/** Where a head is. */
export interface FoundHead {
  /** Its middle, 0 to 1 from the left and from the top. */
  readonly x: number;
  readonly y: number;
  /** As a share of the picture's width. */
  readonly width: number;
  /** How sure the reader is that someone is there, 0 to 1. */
  readonly score: number;
}

/** One character as the picture shows it. */
export interface FoundCharacter extends FoundHead {
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

/** Values that the judge gives for a character. */
export const READER_OUTPUTS = READ_ATTRIBUTES.reduce((sum, attribute) => sum + valuesOf(attribute).length, 0);

/**
 * @param weights path of the reader's safetensors file
 * @throws file.not-found with what to do about it when the file is not there
 */
export async function openReader(runtime: InferenceRuntime, weights: string): Promise<AttributeReader> {
  if (!existsSync(weights))
    throw new TachieError("file.not-found", `the reader's weights are missing: ${weights} does not exist`, {
      where: weights,
      remedy:
        "Train it with `models/starter/train/run.sh reader` on a machine with a GPU and put its reader.safetensors there, or name another file with --reader.",
    });
  const checkpoint = openCheckpoint(weights);
  const options = { graphOptimisation: true, mappedWeights: false };
  const finder = await runtime.createSession(buildFinderGraph(checkpoint), options);
  const judge = await runtime.createSession(buildJudgeGraph(checkpoint, READER_OUTPUTS), options);
  return {
    async read(image) {
      const { width, height } = image;
      if (width !== READER_PICTURE || height !== READER_PICTURE)
        throw new RangeError(
          `the reader reads ${READER_PICTURE} x ${READER_PICTURE} pictures, not ${width} x ${height}`,
        );
      const pixels = planes(image);
      const feed = float32Tensor(pixels, [1, 3, READER_PICTURE, READER_PICTURE]);
      const characters: FoundCharacter[] = [];
      for (const head of findHeads(float32Output(await finder.run({ image: feed }), "cells").data)) {
        const view = ({ side, below }: { readonly side: number; readonly below: number }): TensorOf<"float32"> => {
          const square = { x: head.x, y: head.y + below * head.width, side: side * head.width };
          return float32Tensor(cut(pixels, READER_PICTURE, square, CUT), [1, 3, CUT, CUT]);
        };
        const answers = await judge.run({ face: view(CUTS.face), figure: view(CUTS.figure) });
        characters.push({ ...head, attributes: likeliest(float32Output(answers, "answers").data) });
      }
      return characters;
    },
    async release() {
      await finder.release();
      await judge.release();
    },
  };
}

/** Of each attribute the value with the largest logit. */
export function likeliest(answers: Float32Array): Record<ReadAttribute, string> {
  let start = 0;
  return Object.fromEntries(
    READ_ATTRIBUTES.map((attribute) => {
      const values = valuesOf(attribute);
      const logits = answers.subarray(start, start + values.length);
      start += values.length;
      return [attribute, values[logits.indexOf(Math.max(...logits))] ?? ""];
    }),
  ) as Record<ReadAttribute, string>;
}

/** Heads from the left: peaks of presence among their neighbours. cells f32 [4, 16, 16], see `buildFinderGraph`. */
export function findHeads(cells: Float32Array): FoundHead[] {
  const size = READER_CELLS;
  const at = (plane: number, row: number, column: number): number => cells[(plane * size + row) * size + column] ?? 0;
  const presence = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= size || column >= size ? 0 : 1 / (1 + Math.exp(-at(0, row, column)));
  const found: FoundHead[] = [];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const score = presence(row, column);
      if (score <= THRESHOLD || !isPeak(presence, row, column)) continue;
      found.push({
        x: (column + 0.5 + at(1, row, column)) / size,
        y: (row + 0.5 + at(2, row, column)) / size,
        width: Math.exp(at(3, row, column)),
        score,
      });
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
