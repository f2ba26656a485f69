/** @file The options of `tachie generate`, and the request that they make up. */

import { statSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { TachieError } from "../contract/errors.ts";
import type { GenerateRequest, ImageSize, LoraChoice, ProviderChoice } from "../contract/generation.ts";
import { PROVIDER_CHOICES } from "../contract/generation.ts";
import { MEMORY_MANNERS, USUAL_MEMORY, checkMemoryLimit } from "../contract/memory.ts";
import type { MemoryChoice, MemoryManner } from "../contract/memory.ts";
import type { SamplingSettings } from "../contract/sampling.ts";
import { SAMPLING_PRESETS, SOLVERS, requireOneOf } from "../contract/sampling.ts";
import type { SamplingPreset, Solver } from "../contract/sampling.ts";
import { SYSTEM_PROMPTS } from "../contract/system-prompts.ts";
import type { SystemPreset } from "../contract/system-prompts.ts";
import { readToggles } from "../contract/toggle-rules.ts";
import { OPTIMISATION_PRESETS, TOGGLES } from "../contract/toggles.ts";
import type { OptimisationPreset, Toggle } from "../contract/toggles.ts";
import { findModelFolder } from "../studio/model-choice.ts";
import { lorasFolder } from "../studio/places.ts";
import type { ModelPlaces } from "../studio/places.ts";
import { decimalNumber, imageSize, loraChoices, toggleChanges, wholeNumber } from "./option-values.ts";
import type { PromptSource } from "./prompt-source.ts";

export interface GenerationOptions {
  readonly model?: string;
  readonly lora?: readonly LoraChoice[];
  readonly negative?: string;
  readonly system?: SystemPreset;
  readonly seed?: number;
  readonly steps?: number;
  readonly guidance?: number;
  readonly truncate?: number;
  readonly renorm?: number;
  readonly solver?: Solver;
  readonly shift?: number;
  readonly size?: ImageSize;
  readonly count?: number;
  readonly sampling?: SamplingPreset;
  readonly preset?: OptimisationPreset;
  readonly set?: Readonly<Record<string, string>>;
  readonly provider?: ProviderChoice;
  readonly memory?: MemoryManner;
  readonly memoryLimit?: number;
  readonly profile?: string;
  readonly out?: string;
}

const oneOf =
  <T extends string>(option: string, words: readonly T[]) =>
  (text: string): T =>
    requireOneOf(option, text, words);

export function addGenerationOptions(command: Command): Command {
  const samplingPresets = Object.keys(SAMPLING_PRESETS) as SamplingPreset[];
  const systemPresets = Object.keys(SYSTEM_PROMPTS) as SystemPreset[];
  const optimisationPresets = Object.keys(OPTIMISATION_PRESETS) as OptimisationPreset[];
  return command
    .option("--model <name|dir>", "an installed model or a model folder")
    .option("--lora <file[:strength]>", "apply a LoRA; may be repeated", loraChoices("--lora"))
    .option("--negative <text>", "what the picture should not be; the model has a default")
    .option(
      "--system <preset>",
      `instruction before the prompt: ${systemPresets.join(", ")}; the model has a default`,
      oneOf("--system", systemPresets),
    )
    .option("--seed <n>", "of the first picture; random where absent", wholeNumber("--seed"))
    .option("--steps <n>", "intervals of the time grid", wholeNumber("--steps"))
    .option("--guidance <x>", "how strictly the prompt is followed; 1 is off", decimalNumber("--guidance"))
    .option("--truncate <t>", "guide only up to this time, from 0 to 1", decimalNumber("--truncate"))
    .option("--renorm <r>", "limit of the guided step's norm; 0 is off", decimalNumber("--renorm"))
    .option("--solver <name>", SOLVERS.join(", "), oneOf("--solver", SOLVERS))
    .option("--shift <f>", "time shift", decimalNumber("--shift"))
    .option("--size <WxH>", "pixels, multiples of 16", imageSize("--size"))
    .option("--count <n>", "pictures, each with the next seed", wholeNumber("--count"))
    .option("--sampling <preset>", samplingPresets.join(", "), oneOf("--sampling", samplingPresets))
    .option(
      "--preset <name>",
      `optimisations: ${optimisationPresets.join(", ")}`,
      oneOf("--preset", optimisationPresets),
    )
    .option("--set <toggle=value>", `one optimisation: ${Object.keys(TOGGLES).join(", ")}`, toggleChanges("--set"))
    .option("--provider <name>", PROVIDER_CHOICES.join(", "), oneOf("--provider", PROVIDER_CHOICES))
    .option(
      "--memory <manner>",
      `of the GPU: ${MEMORY_MANNERS.join(", ")}; the settings have a default`,
      oneOf("--memory", MEMORY_MANNERS),
    )
    .option("--memory-limit <GB>", "most of the GPU's memory, in gigabytes", decimalNumber("--memory-limit"))
    .option("--profile <file>", "write a profile of the inference to this file")
    .option("--out <file.png|dir>", "also save the picture here; only pictures by Tachie are replaced");
}

/**
 * The request that options and prompt make up. Paths become absolute, since another process may do the work. Presets come
 * under the explicit options.
 * @throws settings.invalid, model.not-found, file.not-found, file.unwritable
 */
export function requestOf(options: GenerationOptions, prompt: PromptSource, places: ModelPlaces): GenerateRequest {
  const loras = options.lora?.map((lora) => ({ ...lora, file: findLora(lora.file, places) }));
  const toggles = readToggles(options.set ?? {});
  return {
    prompt: prompt.text,
    promptName: prompt.name,
    sampling: samplingOf(options),
    toggles,
    demanded: Object.keys(toggles) as Toggle[],
    ...present("preset", options.preset),
    ...present("negative", options.negative),
    ...present("system", options.system === undefined ? undefined : SYSTEM_PROMPTS[options.system]),
    ...present(
      "model",
      options.model === undefined ? undefined : findModelFolder(options.model, places, process.cwd()),
    ),
    ...present("loras", loras),
    ...present("seed", options.seed),
    ...present("count", options.count),
    ...present("size", options.size),
    ...present("provider", options.provider),
    ...present("memory", memoryOf(options)),
    ...present("profile", options.profile === undefined ? undefined : profilePath(options.profile)),
  };
}

/** Undefined where no option speaks of it. @throws settings.invalid */
export function memoryOf({
  memory,
  memoryLimit,
}: Pick<GenerationOptions, "memory" | "memoryLimit">): MemoryChoice | undefined {
  if (memory === undefined && memoryLimit === undefined) return undefined;
  return {
    manner: memory ?? USUAL_MEMORY.manner,
    ...present("limitGb", memoryLimit === undefined ? undefined : checkMemoryLimit(memoryLimit)),
  };
}

/** A file, or the name of one in Tachie's own folder for adapters. @throws file.not-found */
function findLora(file: string, places: ModelPlaces): string {
  const isName = path.dirname(file) === process.cwd();
  const own = isName ? path.join(lorasFolder(places), path.basename(file)) : file;
  const found = [file, own, `${own}.safetensors`].find(
    (candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true,
  );
  if (found !== undefined) return found;
  throw new TachieError("file.not-found", `there is no LoRA file ${file}`, { where: file });
}

function samplingOf(options: GenerationOptions): Partial<SamplingSettings> {
  return {
    ...(options.sampling === undefined ? {} : SAMPLING_PRESETS[options.sampling]),
    ...present("steps", options.steps),
    ...present("guidance", options.guidance),
    ...present("truncate", options.truncate),
    ...present("renorm", options.renorm),
    ...present("solver", options.solver),
    ...present("shift", options.shift),
  };
}

function profilePath(file: string): string {
  const target = path.resolve(file);
  if (!(statSync(path.dirname(target), { throwIfNoEntry: false })?.isDirectory() ?? false))
    throw new TachieError("file.unwritable", `there is no folder for the profile ${target}`, { where: target });
  return target;
}

function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
