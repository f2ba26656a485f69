/** @file What a grid can change in a draft, and values to begin with. */

import type { GridTarget, GridValue } from "../../src-main/contract/grids.ts";
import { SOLVERS, SCHEDULES } from "../../src-main/contract/sampling.ts";
import type { SamplingSettings } from "../../src-main/contract/sampling.ts";
import { TOGGLES } from "../../src-main/contract/toggles.ts";
import type { Toggle } from "../../src-main/contract/toggles.ts";
import {
  CHARACTER_FIELDS,
  GENERAL_FIELDS,
  characterName,
  charactersOf,
  fieldText,
  generalText,
  isTagList,
  joinTags,
  nameOfTarget,
  tagNames,
} from "../../src-main/prompt/index.ts";
import type { PromptTree } from "../../src-main/prompt/index.ts";

export interface TargetOption {
  /** Unique. */
  readonly key: string;
  readonly target: GridTarget;
  /** Of a character. */
  readonly character?: { readonly number: number; readonly name: string };
  /** What stands there now. */
  readonly present: string;
  /** All values that there are, where they can be counted. */
  readonly every?: readonly string[];
}

export interface DraftValues {
  readonly tree: PromptTree;
  readonly sampling: SamplingSettings;
  readonly toggles: Readonly<Record<Toggle, string>>;
  readonly size: { readonly width: number; readonly height: number };
  readonly negative: string;
  readonly seed: number | undefined;
  readonly models: readonly string[];
  /** Strength of the first adapter, where there is one. */
  readonly loraStrength?: number;
}

/** A prompt of plain words has no fields. */
export function targetsOf(draft: DraftValues): readonly TargetOption[] {
  const { tree, sampling, toggles, size, negative, seed, models, loraStrength } = draft;
  const targets: Omit<TargetOption, "key">[] = [];
  if (tree.dialect !== "plain") {
    for (const [place, card] of charactersOf(tree).entries())
      for (const field of CHARACTER_FIELDS)
        targets.push({
          target: { kind: "character", number: place + 1, field },
          character: { number: place + 1, name: characterName(card) },
          present: fieldText(card, field),
        });
    for (const field of GENERAL_FIELDS)
      targets.push({ target: { kind: "general", field }, present: generalText(tree, field) });
    targets.push({ target: { kind: "setting", setting: "caption" }, present: "" });
  }
  for (const setting of Object.keys(sampling) as (keyof SamplingSettings)[]) {
    const words = { solver: SOLVERS, schedule: SCHEDULES }[setting as string];
    const every = words === undefined ? {} : { every: words };
    targets.push({ target: { kind: "sampling", setting }, present: String(sampling[setting]), ...every });
  }
  targets.push({ target: { kind: "setting", setting: "size" }, present: `${size.width}x${size.height}` });
  targets.push({ target: { kind: "setting", setting: "seed" }, present: seed === undefined ? "" : String(seed) });
  targets.push({ target: { kind: "setting", setting: "negative" }, present: negative });
  if (models.length > 1)
    targets.push({ target: { kind: "setting", setting: "model" }, present: models[0] ?? "", every: models });
  if (loraStrength !== undefined)
    targets.push({ target: { kind: "setting", setting: "lora" }, present: String(loraStrength) });
  for (const toggle of Object.keys(TOGGLES) as Toggle[])
    targets.push({
      target: { kind: "toggle", toggle },
      present: toggles[toggle],
      every: TOGGLES[toggle].values,
    });
  return targets.map((option) => ({ ...option, key: `${option.target.kind} ${nameOfTarget(option.target)}` }));
}

/** One value a line. An empty line is a value too, unless it is the last: a field can be left empty. */
export function valuesOf(text: string, emptyLabel: string): readonly GridValue[] {
  const lines = text.replace(/\n+$/, "").split("\n");
  if (lines.length === 1 && lines[0]?.trim() === "") return [];
  return lines.map((line) => line.trim()).map((value) => ({ label: (value || emptyLabel).slice(0, 200), value }));
}

/** The present tags whole, then without each of them once: what each of them does. */
export function ablation(present: string, asItIs: string): readonly GridValue[] {
  if (!isTagList(present)) return [];
  const tags = tagNames(present);
  const without = tags.map((tag) => ({
    label: `− ${tag}`.slice(0, 200),
    value: joinTags(tags.filter((other) => other !== tag)),
  }));
  return [{ label: asItIs, value: present }, ...without];
}
