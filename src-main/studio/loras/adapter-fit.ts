/** @file Whether adapters were trained on a network of the model's width, as far as headers tell; the engine looks at every factor. */

import { statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { LoraChoice } from "../../contract/generation.ts";
import type { ChosenModel } from "../model-choice.ts";
import { inspectWeights } from "../models/inspect-weights.ts";

/** @throws model.mismatch, before anything is loaded */
export function requireFit(loras: readonly LoraChoice[] = [], { folder, manifest }: ChosenModel): void {
  if (loras.length === 0) return;
  const { networks = [] } =
    inspectWeights(path.resolve(folder, manifest.components.transformer.weights)).weights?.recognition ?? {};
  const width = networks.find(({ role }) => role === "transformer")?.sizes["dim"];
  for (const { file } of loras) {
    // What is not there, or cannot be read, is told of by whoever reads it.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const trained = inspectWeights(file).weights?.recognition.lora?.width;
    if (width === undefined || trained === undefined || trained === width) continue;
    throw new TachieError(
      "model.mismatch",
      `the LoRA ${file} was trained on a network of width ${trained}, but that of ${manifest.name} has ${width}`,
      { where: "loras", remedy: "Choose the model that the LoRA was made for, or take the LoRA out." },
    );
  }
}
