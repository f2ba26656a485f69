/** @file What two pictures were made with apart from their prompts, setting by setting. */

import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { TOGGLES } from "../../src-main/contract/toggles.ts";
import type { Toggle } from "../../src-main/contract/toggles.ts";

const SAMPLING = ["steps", "solver", "schedule", "shift", "guidance", "truncate", "renorm"] as const;
export type SettingName =
  | "model"
  | "weights"
  | "seed"
  | "size"
  | "negative"
  | "system"
  | "loras"
  | "provider"
  | (typeof SAMPLING)[number]
  | Toggle;

export interface SettingPair {
  readonly name: SettingName;
  readonly before: string;
  readonly after: string;
}

/** Every setting of both, in one order. */
export function settingPairs(left: GenerationRecord, right: GenerationRecord): readonly SettingPair[] {
  const [before, after] = [settingsOf(left), settingsOf(right)];
  return before.map(([name, value], place) => ({ name, before: value, after: after[place]?.[1] ?? "" }));
}

function settingsOf(record: GenerationRecord): readonly (readonly [SettingName, string])[] {
  const { sampling, toggles } = record;
  return [
    ["model", record.model],
    ["weights", record.modelHash.slice(0, 12)],
    ["seed", String(record.seed)],
    ["size", `${record.width} × ${record.height}`],
    ...SAMPLING.map((name) => [name, String(sampling[name])] as const),
    ["negative", record.texts.negative],
    ["system", record.texts.system],
    ["loras", record.loras.map(({ file, strength }) => `${file.replace(/^.*[/\\]/, "")} × ${strength}`).join(", ")],
    ["provider", record.provider],
    ...(Object.keys(TOGGLES) as Toggle[]).map((name) => [name, toggles[name]] as const),
  ];
}
