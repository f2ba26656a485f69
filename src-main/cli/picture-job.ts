/** @file Has a job's pictures made in a library, shows how it goes on, and prints where they are. */

import { isTachieError, toErrorData } from "../contract/errors.ts";
import type { ErrorData } from "../contract/errors.ts";
import type { GeneratedImage } from "../contract/generation.ts";
import { visitLibrary } from "../studio/library-door.ts";
import type { StudioJob } from "../studio/library-door.ts";
import { modelPlaces } from "../studio/places.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { exitCodeOf, printJson, printLine, sayError } from "./output.ts";
import { createEngine } from "./own-engine.ts";
import type { PictureCopies } from "./picture-copies.ts";
import { createProgressDisplay } from "./progress-display.ts";

/** @throws whatever keeps even the first picture from being made */
export async function makeAndPrint(
  job: StudioJob,
  options: CommonOptions,
  signal: AbortSignal,
  copies?: PictureCopies,
): Promise<void> {
  const display = createProgressDisplay(process.stderr);
  const visit = await visitLibrary(job, {
    libraryFolder: libraryFolderOf(options),
    places: modelPlaces(),
    createEngine,
    signal,
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
