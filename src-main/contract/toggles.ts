/**
 * @file Optimisations that can be turned on and off, so that the effect of each is measurable.
 * A toggle set travels with every job and is stored with every picture.
 */

import { TachieError } from "./errors.ts";

interface ToggleDefinition {
  readonly values: readonly string[];
  readonly initial: string;
  /** Whether every value gives the same picture up to rounding. */
  readonly isLossless: boolean;
  readonly summary: string;
}

export const TOGGLES = {
  graph_optimisation: {
    values: ["off", "on"],
    initial: "on",
    isLossless: true,
    summary: "let ONNX Runtime fold constants and fuse operators when a model is loaded",
  },
  mapped_weights: {
    values: ["off", "on"],
    initial: "on",
    isLossless: true,
    summary: "map float32 weights from the file instead of keeping a packed private copy in memory (CPU)",
  },
  embedding_cache: {
    values: ["off", "on"],
    initial: "on",
    isLossless: true,
    summary: "keep what depends on the prompt alone, so that a prompt is encoded once",
  },
} as const satisfies Record<string, ToggleDefinition>;

export type Toggle = keyof typeof TOGGLES;
export type Toggles = { readonly [T in Toggle]: (typeof TOGGLES)[T]["values"][number] };

export const OPTIMISATION_PRESETS = {
  /** Everything off: what the ladder is measured against. */
  reference: { graph_optimisation: "off", mapped_weights: "off", embedding_cache: "off" },
  default: { graph_optimisation: "on", mapped_weights: "on", embedding_cache: "on" },
} as const satisfies Record<string, Toggles>;
export type OptimisationPreset = keyof typeof OPTIMISATION_PRESETS;

export function isOptimisationPreset(value: unknown): value is OptimisationPreset {
  return typeof value === "string" && Object.hasOwn(OPTIMISATION_PRESETS, value);
}

/**
 * A full set from a base and single changes.
 * @throws settings.invalid for a toggle or a value that does not exist.
 */
export function resolveToggles(base: Toggles, changes: Readonly<Record<string, string>>): Toggles {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(TOGGLES, name))
      throw new TachieError(
        "settings.invalid",
        `there is no toggle named ${name}; there are ${Object.keys(TOGGLES).join(", ")}`,
        { where: name },
      );
    const values: readonly string[] = TOGGLES[name as Toggle].values;
    if (!values.includes(value))
      throw new TachieError("settings.invalid", `${name} is ${value}, but must be one of ${values.join(", ")}`, {
        where: name,
      });
  }
  return { ...base, ...changes };
}
