/** @file The requests of a grid: one for each combination of its values, in which everything else stays as it is. */

import { TachieError } from "../contract/errors.ts";
import type { GenerateRequest } from "../contract/generation.ts";
import { MOST_GRID_CELLS } from "../contract/grids.ts";
import type { GridRequest, GridTarget, GridValue } from "../contract/grids.ts";
import { charactersOf } from "./cast.ts";
import { setCaption, setCharacterField, setGeneralField } from "./fields.ts";
import { readPrompt } from "./read.ts";
import type { PromptTree } from "./tree.ts";
import { CHARACTER_FIELDS, GENERAL_FIELDS } from "./vocabulary.ts";
import type { CharacterField, GeneralField } from "./vocabulary.ts";
import { writePrompt } from "./write.ts";

export interface GridCellRequest {
  /** From 0. */
  readonly column: number;
  readonly row: number;
  readonly request: GenerateRequest;
}

/**
 * Row by row. Only the form of values is checked here; whether a model takes them is for who plans the requests.
 * @throws settings.invalid for lists that make no grid, or a value of the wrong form; prompt.malformed, prompt.too-large
 */
export function gridRequests({ base, columns, rows }: GridRequest): readonly GridCellRequest[] {
  const lines: readonly (GridValue | undefined)[] = rows === undefined ? [undefined] : rows.values;
  const count = columns.values.length * lines.length;
  if (count === 0 || count > MOST_GRID_CELLS)
    throw invalid(`the grid has ${count} cells, but must have 1 to ${MOST_GRID_CELLS}`, "values");
  if (rows !== undefined && nameOfTarget(rows.target) === nameOfTarget(columns.target))
    throw invalid(`both lists change ${nameOfTarget(rows.target)}`, "rows");
  return lines.flatMap((line, row) =>
    columns.values.map((value, column) => {
      const across = withValue({ ...base, count: 1 }, columns.target, value.value);
      const request = line === undefined || rows === undefined ? across : withValue(across, rows.target, line.value);
      return { column, row, request };
    }),
  );
}

/** Such as `c2.expression`, `steps`, `flash`. */
export function nameOfTarget(target: GridTarget): string {
  switch (target.kind) {
    case "character":
      return `c${target.number}.${target.field}`;
    case "general":
      return target.field;
    case "toggle":
      return target.toggle;
    default:
      return target.setting;
  }
}

function withValue(request: GenerateRequest, target: GridTarget, value: string): GenerateRequest {
  switch (target.kind) {
    case "character":
    case "general":
      return { ...request, prompt: withField(request.prompt, target, value) };
    case "sampling": {
      const { setting } = target;
      const isWord = setting === "solver" || setting === "schedule";
      return { ...request, sampling: { ...request.sampling, [setting]: isWord ? value : numberOf(setting, value) } };
    }
    case "toggle":
      return { ...request, toggles: { ...request.toggles, [target.toggle]: value } };
    case "setting":
      return withSetting(request, target.setting, value);
  }
}

function withSetting(
  request: GenerateRequest,
  setting: Extract<GridTarget, { kind: "setting" }>["setting"],
  value: string,
): GenerateRequest {
  switch (setting) {
    case "size": {
      const [, width, height] = /^\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*$/i.exec(value) ?? [];
      if (width === undefined) throw invalid(`${JSON.stringify(value)} is no size such as 1024x1024`, "size");
      return { ...request, size: { width: Number(width), height: Number(height) } };
    }
    case "seed":
      return { ...request, seed: numberOf("seed", value) };
    case "negative":
      return { ...request, negative: value };
    case "model":
      return { ...request, model: value };
    case "caption":
      return { ...request, prompt: writePrompt(setCaption(treeOf(request.prompt), value)) };
    case "lora": {
      const [first, ...others] = request.loras ?? [];
      if (first === undefined) throw invalid("there is no LoRA whose strength could change", "loras");
      return { ...request, loras: [{ ...first, strength: numberOf("strength", value) }, ...others] };
    }
  }
}

function withField(
  prompt: string,
  target: Extract<GridTarget, { kind: "character" | "general" }>,
  value: string,
): string {
  const tree = treeOf(prompt);
  const known: readonly string[] = target.kind === "character" ? CHARACTER_FIELDS : GENERAL_FIELDS;
  if (!known.includes(target.field)) throw invalid(`there is no field ${target.field}`, nameOfTarget(target));
  if (target.kind === "general") return writePrompt(setGeneralField(tree, target.field as GeneralField, value));
  const card = charactersOf(tree)[target.number - 1];
  if (card === undefined) throw invalid(`the prompt has no character ${target.number}`, nameOfTarget(target));
  return writePrompt(setCharacterField(tree, card.id, target.field as CharacterField, value));
}

function treeOf(prompt: string): PromptTree {
  const { tree } = readPrompt(prompt);
  if (tree.dialect !== "plain") return tree;
  throw new TachieError("settings.invalid", "a prompt of plain words has no fields that a grid could change", {
    where: "prompt",
    remedy: "Write the prompt as XML, or choose settings for the grid.",
  });
}

function numberOf(name: string, value: string): number {
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isFinite(number)) return number;
  throw invalid(`${JSON.stringify(value)} is no number for ${name}`, name);
}

function invalid(message: string, where: string): TachieError {
  return new TachieError("settings.invalid", message, { where });
}
