/** @file What is wrong with a draft's settings, field by field, before and after the studio was asked. */

import type { ErrorData } from "../../src-main/contract/errors.ts";
import { MAX_SEED, SIZE_MULTIPLE } from "../../src-main/contract/generation.ts";
import { USUAL_STRENGTHS } from "../../src-main/contract/loras.ts";
import type { InstalledModel } from "../../src-main/contract/models.ts";
import { SAMPLING_LIMITS } from "../../src-main/contract/sampling.ts";
import type { DraftSettings } from "../state/draft.svelte.ts";
import type { EffectiveSettings } from "./effective-settings.ts";

export const MAX_COUNT = 1000;

export type Problem =
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  | { readonly kind: "multiple"; readonly of: number }
  | { readonly kind: "pixels"; readonly max: number; readonly width: number; readonly height: number }
  | { readonly kind: "file" }
  /** What the studio said. */
  | { readonly kind: "said"; readonly error: ErrorData };

export const FIELDS = [
  "model",
  "size",
  "width",
  "height",
  "steps",
  "guidance",
  "truncate",
  "shift",
  "renorm",
  "seed",
  "count",
  "loras",
] as const;
export type Field = (typeof FIELDS)[number];
export type Problems = Partial<Record<Field, Problem>>;

/** Empty where the settings can be asked for as they are. */
export function findProblems(
  settings: DraftSettings,
  { size, sampling, count }: EffectiveSettings,
  model: InstalledModel | undefined,
): Problems {
  const problems: Problems = {};
  for (const side of ["width", "height"] as const)
    if (!Number.isSafeInteger(size[side]) || size[side] < SIZE_MULTIPLE || size[side] % SIZE_MULTIPLE !== 0)
      problems[side] = { kind: "multiple", of: SIZE_MULTIPLE };
  const maxPixels = model?.limits?.maxPixels;
  if (maxPixels !== undefined && size.width * size.height > maxPixels)
    problems.size = { kind: "pixels", max: maxPixels, ...size };
  for (const field of ["steps", "guidance", "truncate", "shift", "renorm"] as const) {
    const { min, max } = SAMPLING_LIMITS[field];
    const value = sampling[field];
    if (!(value >= min && value <= max) || (field === "steps" && !Number.isInteger(value)))
      problems[field] = { kind: "range", min, max };
  }
  if (!isWhole(count, 1, MAX_COUNT)) problems.count = { kind: "range", min: 1, max: MAX_COUNT };
  if (settings.seed !== undefined && !isWhole(settings.seed, 0, MAX_SEED))
    problems.seed = { kind: "range", min: 0, max: MAX_SEED };
  if (settings.loras?.some(({ file }) => file.trim() === "")) problems.loras = { kind: "file" };
  if (settings.loras?.some(({ strength }) => !Number.isFinite(strength)))
    problems.loras = { kind: "range", min: USUAL_STRENGTHS.min, max: USUAL_STRENGTHS.max };
  return problems;
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

/** The field that an answer of the studio is about; none where it is about the prompt or the whole. */
export function fieldOf(error: ErrorData): Field | undefined {
  const named = FIELDS.find((field) => field === error.where);
  if (named !== undefined) return named;
  if (error.code.startsWith("model.")) return "model";
  return error.code.startsWith("lora.") ? "loras" : undefined;
}
