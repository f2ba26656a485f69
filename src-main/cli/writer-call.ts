/** @file A call to whoever writes to the library: the running studio, or a studio of this command's own. */

import type { GenerateProgress } from "../contract/studio.ts";
import { visitWriter } from "../studio/library-door.ts";
import type { StudioCaller } from "../studio/library-door.ts";
import { modelPlaces } from "../studio/places.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { sayLine } from "./output.ts";
import { createEngine } from "./own-engine.ts";

/**
 * @param call may be made again where the studio is lost on the way
 * @throws whatever the call throws; library.locked
 */
export async function askWriter<T>(
  options: CommonOptions,
  call: (client: StudioCaller) => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> {
  const visit = await visitWriter(call, {
    libraryFolder: libraryFolderOf(options),
    places: modelPlaces(),
    createEngine,
    signal,
    onProgress(progress: GenerateProgress) {
      if (progress.kind === "notice") sayLine(progress.text);
    },
  });
  await visit.finish();
  return visit.outcome;
}
