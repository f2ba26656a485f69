/**
 * @file What the reader itself gets right on drawings, and which attributes may therefore be judged by it. The figures lie
 * beside its weights; `evaluate.ts --drawings --card` measures them anew.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { READ_ATTRIBUTES } from "./reader.ts";
import type { ReadAttribute } from "./reader.ts";
import { GOALS } from "./tally.ts";
import type { Share, Tally } from "./tally.ts";

/**
 * The share of drawings' attributes that the reader must get right. Where the model has a goal, the reader must reach it
 * itself: one that errs more often than the model may would fail a model without fault. The others are only reported, but a
 * figure for them is about the model only while most of its errors are the model's.
 */
export const LEAST: Readonly<Record<string, number>> = {
  ...GOALS,
  position: 0.95,
  hairColour: 0.95,
  eyeColour: 0.9,
  outfitColour: 0.9,
  gender: 0.85,
  expression: 0.7,
  outfit: 0.7,
  hairStyle: 0.7,
};

/** What a reader falls short of, as "eyeColour: 80 of 100, 90 % wanted". */
export function shortOf(tally: Tally, isAsked: (name: string) => boolean): string[] {
  return Object.entries(LEAST).flatMap(([name, least]) => {
    if (!isAsked(name)) return [];
    const { right, asked } = tally.get(name) ?? { right: 0, asked: 0 };
    return asked > 0 && right / asked >= least ? [] : [`${name}: ${right} of ${asked}, ${least * 100} % wanted`];
  });
}

/** Attributes for which the reader errs so often that its word says little about the model. */
export function notJudged(accuracy: Tally): ReadonlySet<ReadAttribute> {
  return new Set(
    READ_ATTRIBUTES.filter(
      (attribute) => shortOf(accuracy, (name) => name === attribute || name.startsWith(`${attribute} of `)).length > 0,
    ),
  );
}

/** The file of figures that belongs to a reader's weights. */
export function accuracyFile(weights: string): string {
  return weights.replace(/(\.safetensors)?$/, ".accuracy.json");
}

/** @throws file.not-found, settings.invalid */
export function readAccuracy(weights: string): Tally {
  const file = accuracyFile(weights);
  const remedy = "Measure it with `node models/starter/evaluate/evaluate.ts --drawings --prompts 300 --card`.";
  if (!existsSync(file))
    throw new TachieError("file.not-found", `${file} is missing: nobody measured what this reader gets right`, {
      where: file,
      remedy,
    });
  const shares = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Share>);
  const wrong = shares.find(([, { right, asked }]) => !(right >= 0 && right <= asked));
  if (wrong !== undefined)
    throw new TachieError("settings.invalid", `${file}: ${wrong[0]} is no pair of right and asked`, {
      where: file,
      remedy,
    });
  return new Map(shares);
}

export function writeAccuracy(weights: string, tally: Tally): void {
  writeFileSync(accuracyFile(weights), `${JSON.stringify(Object.fromEntries(tally), undefined, 2)}\n`);
}
