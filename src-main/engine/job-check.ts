/**
 * @file Jobs come over the wire from another process, so everything about them is checked here before any work begins.
 * What only the model can tell (the largest picture) is checked when it is open.
 */

import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { PROVIDER_CHOICES, checkSeed, checkSize } from "../contract/generation.ts";
import type { EngineJob, ImageSize, LoraChoice, PromptTexts } from "../contract/generation.ts";
import { MEMORY_MANNERS, checkMemoryLimit } from "../contract/memory.ts";
import type { MemoryChoice } from "../contract/memory.ts";
import { checkSampling, requireOneOf } from "../contract/sampling.ts";
import type { SamplingSettings } from "../contract/sampling.ts";
import type { MeasureParams } from "../contract/tokens.ts";
import { requireToggle, resolveToggles } from "../contract/toggle-rules.ts";
import { DEFAULT_TOGGLES, TOGGLES } from "../contract/toggles.ts";
import type { Toggle } from "../contract/toggles.ts";

/** Far beyond what any tower reads; tokenising more would only keep the engine busy. UTF-16 units. */
const MAX_TEXT_LENGTH = 1 << 20;
/** As many as a picture's own record holds. */
const MAX_LORAS = 64;

/**
 * The job, known to be of the right form, with every toggle set.
 * @throws wire.invalid for a field of the wrong type, settings.invalid for a value out of range, prompt.too-large
 */
export function checkJob(value: unknown): EngineJob {
  const job = requireRecord("the job", value);
  const texts = requireRecord("texts", job["texts"]);
  for (const name of ["system", "positive", "negative"]) checkLength(`texts.${name}`, texts[name]);
  const toggles = requireRecord("toggles", job["toggles"]) as Record<string, string>;
  const sampling = requireRecord("sampling", job["sampling"]) as unknown as SamplingSettings;
  const size = requireRecord("size", job["size"]) as unknown as ImageSize;
  const seed = job["seed"] as number;
  checkSampling(sampling);
  checkSize(size, Number.MAX_SAFE_INTEGER);
  checkSeed(seed);
  const profile = job["profile"];
  return {
    model: checkModelPath(job["model"]),
    loras: checkLoras(job["loras"]),
    texts: texts as unknown as PromptTexts,
    seed,
    size: { width: size.width, height: size.height },
    sampling,
    toggles: resolveToggles(DEFAULT_TOGGLES, toggles),
    ...(job["demanded"] === undefined ? {} : { demanded: checkDemanded(job["demanded"]) }),
    provider: requireOneOf("provider", job["provider"], PROVIDER_CHOICES),
    isPreviewWanted: job["isPreviewWanted"] === true,
    ...(job["memory"] === undefined ? {} : { memory: checkMemory(job["memory"]) }),
    ...(profile === undefined ? {} : { profile: requireText("profile", profile) }),
  };
}

/** Places that a text may be counted up to. */
const MAX_MARKS = 20_000;

/** @throws wire.invalid, prompt.too-large */
export function checkMeasure(value: unknown): MeasureParams {
  const { model, text, marks, system } = requireRecord("the parameters", value);
  checkLength("text", text);
  if (system !== undefined) checkLength("system", system);
  const { length } = text as string;
  const places = Array.isArray(marks) ? (marks as unknown[]).filter((mark) => typeof mark === "number") : [];
  const areMarksRight =
    Array.isArray(marks) &&
    places.length === marks.length &&
    places.length <= MAX_MARKS &&
    places.every((mark, index) => Number.isInteger(mark) && mark >= (places[index - 1] ?? 0) && mark <= length);
  if (!areMarksRight) throw wrongType("marks", "ascending places in the text");
  return {
    model: checkModelPath(model),
    text: text as string,
    marks: places,
    ...(system === undefined ? {} : { system: system as string }),
  };
}

/** @throws wire.invalid unless it is an absolute path */
export function checkModelPath(value: unknown): string {
  return checkAbsolutePath("model", value);
}

function checkAbsolutePath(field: string, value: unknown): string {
  const file = requireText(field, value);
  if (path.isAbsolute(file)) return path.normalize(file);
  throw new TachieError("wire.invalid", `${field} must be an absolute path, but is ${JSON.stringify(file)}`, {
    where: field,
  });
}

/** @throws wire.invalid */
export function requireText(field: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrongType(field, "a text");
}

/** @throws wire.invalid */
export function requireRecord(field: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrongType(field, "an object");
}

function checkLength(field: string, value: unknown): void {
  const { length } = requireText(field, value);
  if (length > MAX_TEXT_LENGTH)
    throw new TachieError(
      "prompt.too-large",
      `${field} has ${length} characters, but at most ${MAX_TEXT_LENGTH} are taken`,
      {
        where: field,
      },
    );
}

/** @throws wire.invalid, settings.invalid */
function checkLoras(value: unknown): readonly LoraChoice[] {
  if (!Array.isArray(value)) throw wrongType("loras", "a list");
  if (value.length > MAX_LORAS)
    throw new TachieError(
      "settings.invalid",
      `${value.length} adapters are given, but at most ${MAX_LORAS} are taken`,
      {
        where: "loras",
      },
    );
  return value.map((entry, index) => {
    const field = `loras.${index}`;
    const { file, strength } = requireRecord(field, entry);
    if (typeof strength !== "number") throw wrongType(`${field}.strength`, "a number");
    if (!Number.isFinite(strength))
      throw new TachieError("settings.invalid", `${field}.strength is ${strength}, but must be finite`, {
        where: `${field}.strength`,
      });
    return { file: checkAbsolutePath(`${field}.file`, file), strength };
  });
}

/** @throws wire.invalid, settings.invalid */
function checkDemanded(value: unknown): readonly Toggle[] {
  if (!Array.isArray(value) || value.length > Object.keys(TOGGLES).length)
    throw wrongType("demanded", "a list of toggles");
  return value.map((entry, index) => requireToggle(requireText(`demanded.${index}`, entry)));
}

/** @throws wire.invalid, settings.invalid */
function checkMemory(value: unknown): MemoryChoice {
  const { manner, limitGb } = requireRecord("memory", value);
  return {
    manner: requireOneOf("memory.manner", manner, MEMORY_MANNERS),
    ...(limitGb === undefined ? {} : { limitGb: checkMemoryLimit(limitGb) }),
  };
}

function wrongType(field: string, wanted: string): TachieError {
  return new TachieError("wire.invalid", `${field} must be ${wanted}`, { where: field });
}
