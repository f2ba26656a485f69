/**
 * @file Reading what other tools wrote: every value may be absent or of any kind, and what cannot be understood is left
 * out. Nothing here throws.
 */

import { MAX_SEED } from "../../../contract/generation.ts";
import type { GenerateRequest } from "../../../contract/generation.ts";
import { SAMPLING_LIMITS } from "../../../contract/sampling.ts";
import type { SamplingSettings, Schedule, Solver } from "../../../contract/sampling.ts";

/** What a picture of another tool tells. */
export interface ForeignReading {
  readonly prompt: string;
  readonly negative?: string;
  readonly settings: Pick<GenerateRequest, "seed" | "size" | "sampling">;
}

export type LooseObject = Readonly<Record<string, unknown>>;

/** UTF-16 units of a prompt; what is longer is no prompt that anybody wrote. */
const MAX_PROMPT = 1 << 20;
/** Pixels of a side; more is not asked of any model. */
const MAX_SIDE = 1 << 14;

export function isLooseObject(value: unknown): value is LooseObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(object: unknown, name: string): unknown {
  return isLooseObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
}

export function textAt(object: unknown, name: string): string | undefined {
  const value = valueAt(object, name);
  return typeof value === "string" ? value : undefined;
}

/** A JSON object's text; undefined for anything else. ComfyUI writes NaN, which JSON does not know. */
export function parseObject(text: string | undefined): LooseObject | undefined {
  if (text === undefined || !/^\s*\{/.test(text)) return undefined;
  for (const candidate of [text, text.replace(/([:[,]\s*)-?(?:NaN|Infinity)(?=\s*[,\]}])/g, "$1null")])
    try {
      const value: unknown = JSON.parse(candidate);
      return isLooseObject(value) ? value : undefined;
    } catch {
      continue; // not JSON in this spelling
    }
  return undefined;
}

/** What tools call these things differs; what they are does not. Values are as found, numbers also as text. */
export interface LooseSettings {
  readonly seed?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
  readonly steps?: unknown;
  readonly guidance?: unknown;
  readonly solver?: unknown;
  readonly schedule?: unknown;
  readonly shift?: unknown;
  readonly truncate?: unknown;
  readonly renorm?: unknown;
}

export function readingOf(
  prompt: string | undefined,
  negative: string | undefined,
  loose: LooseSettings,
): ForeignReading {
  const seed = wholeNumberOf(loose.seed, 0, MAX_SEED);
  const width = wholeNumberOf(loose.width, 1, MAX_SIDE);
  const height = wholeNumberOf(loose.height, 1, MAX_SIDE);
  const sampling = samplingOf(loose);
  return {
    prompt: textOf(prompt),
    ...(negative === undefined || negative === "" ? {} : { negative: textOf(negative) }),
    settings: {
      ...(seed === undefined ? {} : { seed }),
      ...(width === undefined || height === undefined ? {} : { size: { width, height } }),
      ...(Object.keys(sampling).length === 0 ? {} : { sampling }),
    },
  };
}

function textOf(text: string | undefined): string {
  return (text ?? "").slice(0, MAX_PROMPT).toWellFormed();
}

function samplingOf(loose: LooseSettings): Partial<SamplingSettings> {
  const limited = (name: keyof typeof SAMPLING_LIMITS, value: unknown): Partial<SamplingSettings> => {
    const { min, max } = SAMPLING_LIMITS[name];
    const number = name === "steps" ? wholeNumberOf(value, min, max) : numberOf(value, min, max);
    return number === undefined ? {} : { [name]: number };
  };
  const solver = wordOf(loose.solver, SOLVERS_BY_NAME);
  const schedule = wordOf(loose.schedule, SCHEDULES_BY_NAME);
  return {
    ...limited("steps", loose.steps),
    ...limited("guidance", loose.guidance),
    ...limited("shift", loose.shift),
    ...limited("truncate", loose.truncate),
    ...limited("renorm", loose.renorm),
    ...(solver === undefined ? {} : { solver }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

/** Letters and digits of the names that other tools have for what is ours too; others are left out, not approximated. */
const SOLVERS_BY_NAME: ReadonlyMap<string, Solver> = new Map([
  ["euler", "euler"],
  ["keuler", "euler"],
  ["sampleeuler", "euler"],
  ["midpoint", "midpoint"],
  ["rk4", "rk4"],
  ["dpm2m", "dpmpp_2m"],
  ["dpmpp2m", "dpmpp_2m"],
  ["dpmpp2mk", "dpmpp_2m"],
  ["kdpmpp2m", "dpmpp_2m"],
  ["dpm2mkarras", "dpmpp_2m"],
  ["resmultistep", "res_multistep"],
]);

const SCHEDULES_BY_NAME: ReadonlyMap<string, Schedule> = new Map([
  ["shift", "shift"],
  ["simple", "shift"],
  ["linearquadratic", "linear_quadratic"],
]);

function wordOf<T>(value: unknown, names: ReadonlyMap<string, T>): T | undefined {
  if (typeof value !== "string" || value.length > 100) return undefined;
  return names.get(value.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

function numberOf(value: unknown, min: number, max: number): number | undefined {
  const isNumeric = typeof value === "string" && value.length < 40 && /^\s*[+-]?[\d.]/.test(value);
  const number = typeof value === "number" ? value : isNumeric ? Number(value) : NaN;
  return number >= min && number <= max ? number : undefined;
}

/** Seeds of 64 bits do not fit: half a seed is none. */
function wholeNumberOf(value: unknown, min: number, max: number): number | undefined {
  const number = numberOf(value, min, max);
  return Number.isSafeInteger(number) ? number : undefined;
}
