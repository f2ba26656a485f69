/** @file `tachie generate` and `tachie again`: the commands that make pictures. */

import type { Command } from "commander";
import { modelPlaces } from "../studio/places.ts";
import { addCommonOptions } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { addGenerationOptions, requestOf } from "./generation-options.ts";
import type { GenerationOptions } from "./generation-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { planCopies } from "./picture-copies.ts";
import { makeAndPrint } from "./picture-job.ts";
import { readPromptSource } from "./prompt-source.ts";

export function addGenerationCommands(program: Command): void {
  addCommonOptions(
    addGenerationOptions(
      program
        .command("generate")
        .argument("[file]", "the prompt: XML, tags or prose; - or nothing reads standard input")
        .description("make pictures from a prompt"),
    ),
  ).action(generate);
  addCommonOptions(
    program
      .command("again")
      .argument("<id>", "a picture's id, or its beginning")
      .description("make a stored picture again, pixel for pixel"),
  ).action(again);
}

async function generate(file: string | undefined, options: GenerationOptions & CommonOptions): Promise<void> {
  const places = modelPlaces();
  const copies = options.out === undefined ? undefined : planCopies(options.out, options.count ?? 1);
  const request = requestOf(options, await readPromptSource(file), places);
  await makeAndPrint({ kind: "generate", request }, options, onInterrupt(), copies);
}

async function again(id: string, options: CommonOptions): Promise<void> {
  await makeAndPrint({ kind: "again", id }, options, onInterrupt());
}
