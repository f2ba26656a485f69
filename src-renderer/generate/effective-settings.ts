/** @file What a draft asks for once the model's own values stand in for everything that is not chosen. */

import type { ImageSize } from "../../src-main/contract/generation.ts";
import type { InstalledModel } from "../../src-main/contract/models.ts";
import { SAMPLING_PRESETS } from "../../src-main/contract/sampling.ts";
import type { SamplingPreset, SamplingSettings } from "../../src-main/contract/sampling.ts";
import { resolveToggles } from "../../src-main/contract/toggle-rules.ts";
import { DEFAULT_PRESET, OPTIMISATION_PRESETS, PRESET_SAMPLING } from "../../src-main/contract/toggles.ts";
import type { OptimisationPreset, Toggles } from "../../src-main/contract/toggles.ts";
import type { DraftSettings } from "../state/draft.svelte.ts";

export interface EffectiveSettings {
  readonly size: ImageSize;
  readonly sampling: SamplingSettings;
  readonly toggles: Toggles;
  readonly count: number;
}

/** Shown where the model is not known (yet): the published model's recommendation. */
const UNKNOWN_MODEL = { sampling: SAMPLING_PRESETS.demo, width: 1024, height: 1024 };

export function effectiveSettings(settings: DraftSettings, model: InstalledModel | undefined): EffectiveSettings {
  const defaults = model?.defaults ?? UNKNOWN_MODEL;
  return {
    size: settings.size ?? { width: defaults.width, height: defaults.height },
    sampling: {
      ...defaults.sampling,
      ...(settings.preset === undefined ? {} : PRESET_SAMPLING[settings.preset]),
      ...settings.sampling,
    },
    toggles: resolveToggles(OPTIMISATION_PRESETS[settings.preset ?? DEFAULT_PRESET], settings.toggles ?? {}),
    count: settings.count ?? 1,
  };
}

/** The preset that these settings are, if they are one. */
export function samplingPresetOf(sampling: SamplingSettings): SamplingPreset | undefined {
  return keysOf(SAMPLING_PRESETS).find((name) => isSame(SAMPLING_PRESETS[name], sampling));
}

/** The preset that was chosen, as long as no toggle differs from it. */
export function optimisationPresetOf(settings: DraftSettings, toggles: Toggles): OptimisationPreset | undefined {
  const preset = settings.preset ?? DEFAULT_PRESET;
  return isSame(OPTIMISATION_PRESETS[preset], toggles) ? preset : undefined;
}

export function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

export function isSame<T extends object>(a: T, b: T): boolean {
  return keysOf(a).every((key) => a[key] === b[key]);
}
