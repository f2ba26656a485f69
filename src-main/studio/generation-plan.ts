/**
 * @file From what was asked to what the engine is told: the prompt as the model reads it, the model's defaults under the
 * preset under the explicit options, seeds. Everything that can be wrong with a request is found here, before any work.
 */

import { randomInt } from "node:crypto";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { EngineJob, GenerateRequest, GenerationRecord, LoraChoice, PromptTexts } from "../contract/generation.ts";
import { MAX_SEED, PROVIDER_CHOICES, checkSeed, checkSize } from "../contract/generation.ts";
import { MEMORY_MANNERS, checkMemoryLimit } from "../contract/memory.ts";
import type { MemoryChoice } from "../contract/memory.ts";
import type { Dialect } from "../contract/prompt.ts";
import type { SamplingSettings } from "../contract/sampling.ts";
import { SAMPLING_LIMITS, checkSampling, requireOneOf } from "../contract/sampling.ts";
import { readToggles, requireToggle, resolveToggles } from "../contract/toggle-rules.ts";
import type { OptimisationPreset, Toggles } from "../contract/toggles.ts";
import { DEFAULT_PRESET, OPTIMISATION_PRESETS, PRESET_SAMPLING } from "../contract/toggles.ts";
import type { ChosenModel } from "./model-choice.ts";
import { RECORD_LIMITS } from "./png/own-record.ts";
import { readPromptText } from "./prompt-text.ts";
import type { PromptText } from "./prompt-text.ts";

/** Pictures of one request. */
export const MAX_COUNT = 1000;
/** A seed nobody chose is this short, so that it can be read out and typed. */
const RANDOM_SEEDS = 2 ** 32;

export interface GenerationPlan {
  readonly model: { readonly name: string; readonly folder: string };
  /** The prompt as its author wrote it, and as it was read. */
  readonly prompt: string;
  readonly dialect: Dialect;
  readonly tree: unknown;
  /** One job for each picture; they differ in the seed only. */
  readonly jobs: readonly EngineJob[];
  readonly parentId?: string;
  /** The weights must be these, or pictures will differ: set where a picture is made again. */
  readonly modelHash?: string;
  /** What was met in the prompt and read all the same. */
  readonly notices: readonly string[];
}

/**
 * Finds what is wrong with a request, as far as that can be known without its model.
 * @returns the prompt, read
 * @throws settings.invalid, prompt.malformed, prompt.too-large
 */
export function checkRequest(request: GenerateRequest): PromptText {
  if (request.size !== undefined) checkSize(request.size, Infinity);
  const count = request.count ?? 1;
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_COUNT)
    throw new TachieError("settings.invalid", `count is ${count}, but must be a whole number from 1 to ${MAX_COUNT}`, {
      where: "count",
    });
  if (request.seed !== undefined) {
    checkSeed(request.seed);
    if (request.seed > MAX_SEED - (count - 1))
      throw new TachieError("settings.invalid", `seed ${request.seed} leaves no room for ${count} seeds in a row`, {
        where: "seed",
      });
  }
  checkSampling({ ...NEUTRAL_SAMPLING, ...request.sampling });
  if (request.provider !== undefined) requireOneOf("provider", request.provider, PROVIDER_CHOICES);
  if (request.memory !== undefined) {
    requireOneOf("memory", request.memory.manner, MEMORY_MANNERS);
    if (request.memory.limitGb !== undefined) checkMemoryLimit(request.memory.limitGb);
  }
  if (request.preset !== undefined)
    requireOneOf("preset", request.preset, Object.keys(OPTIMISATION_PRESETS) as OptimisationPreset[]);
  readToggles(request.toggles ?? {});
  for (const name of request.demanded ?? []) requireToggle(name);
  checkLoras(request.loras ?? []);
  if ((request.system?.length ?? 0) > RECORD_LIMITS.textLength)
    throw new TachieError("prompt.too-large", "the instruction before the prompt is larger than 4 MiB", {
      where: "system",
    });
  const name = request.promptName ?? "the prompt";
  const prompt = readPromptText(request.prompt.toWellFormed(), name);
  if (prompt.modelText.trim() === "")
    throw new TachieError("prompt.malformed", `${name} says nothing that a picture could be made of`, {
      where: name,
      remedy: "Write tags, a sentence or XML into it.",
    });
  return prompt;
}

function checkLoras(loras: readonly LoraChoice[]): void {
  if (loras.length > RECORD_LIMITS.loras)
    throw new TachieError("settings.invalid", `${loras.length} LoRAs are more than ${RECORD_LIMITS.loras}`, {
      where: "loras",
    });
  const { strength: most } = RECORD_LIMITS;
  for (const { file, strength } of loras) {
    if (!path.isAbsolute(file))
      throw new TachieError("settings.invalid", `the LoRA ${JSON.stringify(file)} must be given by its whole path`, {
        where: "loras",
      });
    if (!(Math.abs(strength) <= most))
      throw new TachieError(
        "settings.invalid",
        `the strength of ${file} is ${strength}, but must be a number from ${-most} to ${most}`,
        { where: file },
      );
  }
}

/**
 * @throws settings.invalid, prompt.malformed, prompt.too-large
 */
export function planGeneration(request: GenerateRequest, model: ChosenModel): GenerationPlan {
  const prompt = checkRequest(request);
  const { manifest, folder } = model;
  const size = request.size ?? { width: manifest.defaults.width, height: manifest.defaults.height };
  checkSize(size, manifest.limits.maxPixels);
  const sampling: SamplingSettings = {
    ...manifest.defaults.sampling,
    ...(request.preset === undefined ? {} : PRESET_SAMPLING[request.preset]),
    ...request.sampling,
  };
  checkSampling(sampling);
  const negative = request.negative ?? manifest.defaults.negative;
  const texts: PromptTexts = {
    system: request.system?.toWellFormed() ?? manifest.systemPrompt,
    positive: prompt.modelText,
    negative: readPromptText(negative.toWellFormed(), "the negative prompt").modelText,
  };
  const toggles: Toggles = resolveToggles(
    OPTIMISATION_PRESETS[request.preset ?? DEFAULT_PRESET],
    request.toggles ?? {},
  );
  const firstSeed = request.seed ?? randomSeed();
  return {
    model: { name: manifest.name, folder },
    prompt: request.prompt.toWellFormed(),
    dialect: prompt.dialect,
    tree: prompt.tree,
    jobs: Array.from({ length: request.count ?? 1 }, (_, i) => ({
      model: folder,
      loras: request.loras ?? [],
      texts,
      seed: firstSeed + i,
      size,
      sampling,
      toggles,
      ...(request.demanded === undefined ? {} : { demanded: request.demanded }),
      provider: request.provider ?? "auto",
      ...(request.memory === undefined ? {} : { memory: request.memory }),
      ...(request.profile === undefined ? {} : { profile: request.profile }),
      isPreviewWanted: false,
    })),
    ...(request.parentId === undefined ? {} : { parentId: request.parentId }),
    notices: prompt.notices,
  };
}

/**
 * The same picture once more: everything comes from its record, nothing from today's defaults.
 * @param memory how a GPU's is taken now, which changes nothing in the picture
 */
export function planAgain(record: GenerationRecord, folder: string, memory?: MemoryChoice): GenerationPlan {
  const { seed, width, height, texts, sampling, toggles, provider, loras } = record;
  return {
    model: { name: record.model, folder },
    prompt: record.prompt,
    dialect: record.dialect,
    tree: record.tree,
    jobs: [
      {
        model: folder,
        loras,
        texts,
        seed,
        size: { width, height },
        sampling,
        toggles,
        provider,
        ...(memory === undefined ? {} : { memory }),
        isPreviewWanted: false,
      },
    ],
    parentId: record.id,
    modelHash: record.modelHash,
    notices: [],
  };
}

export function randomSeed(): number {
  return randomInt(RANDOM_SEEDS);
}

/** Stands in for a model's defaults while only the explicit settings are checked. */
const NEUTRAL_SAMPLING: SamplingSettings = {
  steps: SAMPLING_LIMITS.steps.min,
  solver: "euler",
  schedule: "shift",
  shift: 1,
  guidance: 1,
  truncate: 1,
  renorm: 0,
};
