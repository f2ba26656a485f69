/** @file `tachie generate` and `tachie again`: the commands that make pictures. */

import type { Command } from "commander";
import { isTachieError, toErrorData } from "../contract/errors.ts";
import type { ErrorData } from "../contract/errors.ts";
import type { GeneratedImage } from "../contract/generation.ts";
import { visitLibrary } from "../studio/library-door.ts";
import type { StudioJob } from "../studio/library-door.ts";
import { modelPlaces } from "../studio/places.ts";
import { addCommonOptions, libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { addGenerationOptions, requestOf } from "./generation-options.ts";
import type { GenerationOptions } from "./generation-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { exitCodeOf, printJson, printLine, sayError } from "./output.ts";
import { createEngine } from "./own-engine.ts";
import { planCopies } from "./picture-copies.ts";
import type { PictureCopies } from "./picture-copies.ts";
import { createProgressDisplay } from "./progress-display.ts";
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
  await makeAndPrint({ kind: "generate", request }, options, copies);
}

async function again(id: string, options: CommonOptions): Promise<void> {
  await makeAndPrint({ kind: "again", id }, options);
}

async function makeAndPrint(job: StudioJob, options: CommonOptions, copies?: PictureCopies): Promise<void> {
  const display = createProgressDisplay(process.stderr);
  const visit = await visitLibrary(job, {
    libraryFolder: libraryFolderOf(options),
    places: modelPlaces(),
    createEngine,
    signal: onInterrupt(),
    onProgress: (progress) => display.show(progress),
  }).finally(() => display.end());
  const { images, failure } = withCopies(visit.outcome, copies);
  if (options.json === true) printJson(failure === undefined ? { images } : { images, error: failure });
  else for (const image of images) printLine(image.file);
  if (failure !== undefined) {
    if (options.json !== true) sayError(failure);
    process.exitCode = exitCodeOf(failure);
  }
  await visit.finish();
}

/** A picture that could not be copied is in the library all the same, and the message says so. */
function withCopies(
  outcome: { readonly images: readonly GeneratedImage[]; readonly failure?: ErrorData },
  copies: PictureCopies | undefined,
): { images: readonly GeneratedImage[]; failure: ErrorData | undefined } {
  const { failure } = outcome;
  if (copies === undefined) return { images: outcome.images, failure };
  const images: GeneratedImage[] = [];
  let copyFailure: ErrorData | undefined;
  for (const [index, image] of outcome.images.entries())
    try {
      images.push({ ...image, file: copies.save(image, index + 1) });
    } catch (error) {
      if (!isTachieError(error)) throw error;
      const data = toErrorData(error);
      copyFailure ??= { ...data, message: `${data.message}; the picture itself is in the library: ${image.file}` };
      images.push(image);
    }
  return { images, failure: failure ?? copyFailure };
}
