/**
 * @file By what an adapter's updates are scaled: alpha / rank, from wherever its format puts alpha.
 *
 * In order: the module's own `.alpha`; `adapter_config.json` beside the file; the file's metadata; 1 where nothing tells.
 */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../src-main/contract/errors.ts";
import { readingError } from "../../src-main/graph/file-errors.ts";
import type { SafetensorsFile } from "../../src-main/graph/safetensors.ts";

export interface ScaledModule {
  /** As in the file. */
  readonly module: string;
  /** The module's own. */
  readonly alpha: number | undefined;
  /** Undefined where the update is not of low rank. */
  readonly rank: number | undefined;
  /** Kronecker factors that are both whole: their alpha is the rank that they were asked for, whatever it says. */
  readonly isWhole: boolean;
}

export type LoraScaling = (module: ScaledModule) => number;

/** What PEFT writes beside `adapter_model.safetensors`. */
const CONFIG_FILE = "adapter_config.json";
const PEFT_WEIGHTS_FILE = "adapter_model.safetensors";

/** The file in which an adapter's scale may be, whether or not it is there. */
export function loraConfigPath(file: string): string {
  return path.join(path.dirname(file), CONFIG_FILE);
}

/** @throws model.mismatch for a configuration that is no such thing, model.unsupported for DoRA */
export function readLoraScaling(file: SafetensorsFile): LoraScaling {
  const stated = metadataAlpha(file);
  // Other files in a folder may have nothing to do with a configuration that lies there.
  const isConfigured = path.basename(file.path) === PEFT_WEIGHTS_FILE || stated === undefined;
  const config = isConfigured && usesPeftNames(file) ? readConfig(loraConfigPath(file.path)) : undefined;
  return ({ module, alpha, rank, isWhole }) => {
    if (isWhole || rank === undefined) return 1;
    if (alpha !== undefined) return alpha / rank;
    if (config !== undefined) return config(module, rank);
    return stated === undefined ? 1 : stated.alpha / (stated.rank ?? rank);
  };
}

function usesPeftNames(file: SafetensorsFile): boolean {
  return [...file.tensors.keys()].some((name) => name.includes(".lora_A."));
}

function metadataAlpha({ path: file, metadata }: SafetensorsFile): { alpha: number; rank?: number } | undefined {
  const read = (key: string): number | undefined => {
    const text = metadata.get(key);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isFinite(value) && (key === "lora_alpha" || value > 0)) return value;
    throw new TachieError("model.mismatch", `${file}: its metadata gives ${JSON.stringify(text)} as ${key}`, {
      where: `${file}: ${key}`,
    });
  };
  const [alpha, rank] = [read("lora_alpha"), read("lora_rank")];
  if (alpha === undefined) return undefined;
  return { alpha, ...(rank === undefined ? {} : { rank }) };
}

/** alpha / rank, or alpha / √rank, of a module by PEFT's configuration; undefined where there is none. */
function readConfig(file: string): ((module: string, rank: number) => number) | undefined {
  if (!existsSync(file)) return undefined;
  const config = parseConfig(file);
  const fail = (field: string, message: string): never => {
    throw new TachieError("model.mismatch", `${file}: ${field} ${message}`, { where: `${file}: ${field}` });
  };
  const number = (field: string, value: unknown): number =>
    typeof value === "number" && Number.isFinite(value) ? value : fail(field, "must be a number");
  const pattern = (field: string): readonly (readonly [string, number])[] => {
    const entries = config[field] ?? {};
    if (!isRecord(entries)) return fail(field, "must be an object");
    return Object.entries(entries).map(([key, value]) => [key, number(`${field}.${key}`, value)]);
  };
  if (config["use_dora"] === true)
    throw new TachieError("model.unsupported", `${file}: the adapter is a DoRA, which is not supported`, {
      where: `${file}: use_dora`,
      remedy: "Use an adapter in the PEFT, kohya or LoKr format.",
    });
  const alpha = number("lora_alpha", config["lora_alpha"] ?? 8);
  const givenRank = config["r"] === undefined ? undefined : number("r", config["r"]);
  const [alphas, ranks] = [pattern("alpha_pattern"), pattern("rank_pattern")];
  const isRootScaled = config["use_rslora"] === true;
  return (module, rank) => {
    const expected = valueFor(ranks, module) ?? givenRank;
    if (expected !== undefined && expected !== rank)
      fail(
        "r",
        `is ${expected} for ${module}, but the factors there are of rank ${rank}: it belongs to another adapter`,
      );
    return (valueFor(alphas, module) ?? alpha) / (isRootScaled ? Math.sqrt(rank) : rank);
  };
}

function parseConfig(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw readingError(error, file);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TachieError("model.mismatch", `${file} is not JSON`, { where: file, cause });
  }
  if (isRecord(json)) return json;
  throw new TachieError("model.mismatch", `${file} must hold an object`, { where: file });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** PEFT's rule: the first key that is the module's name, or the end of it after a dot; keys may be regular expressions. */
function valueFor(entries: readonly (readonly [string, number])[], module: string): number | undefined {
  const name = module.replace(/^base_model\.model\./, "");
  return entries.find(([key]) => isKeyFor(key, name))?.[1];
}

function isKeyFor(key: string, name: string): boolean {
  if (name === key || name.endsWith(`.${key}`)) return true;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:.*\\.)?(?:${key})$`);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
  return expression.test(name);
}
