/** @file The first picture of a new library: the example duet, so that a first start shows what Tachie does. */

import path from "node:path";
import { isTachieError, toErrorData } from "../contract/errors.ts";
import { packageRoot } from "../process/package-root.ts";
import { openLibrary } from "../studio/library/library.ts";
import { modelPlaces } from "../studio/places.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { requestOf } from "./generation-options.ts";
import { sayError, sayLine } from "./output.ts";
import { makeAndPrint } from "./picture-job.ts";
import { readPromptSource } from "./prompt-source.ts";

const EXAMPLE = "assets/examples/duet.xml";

/**
 * Makes the example and prints where it is, where the library holds no picture yet. A picture that cannot be made is told
 * of, but keeps nobody from the studio.
 * @returns whether to go on: false where it was interrupted
 * @throws library.* where the library cannot be read
 */
export async function makeFirstPicture(options: CommonOptions, signal: AbortSignal): Promise<boolean> {
  const folder = libraryFolderOf(options);
  if (!isEmpty(folder)) return true;
  sayLine(`This library is new, so Tachie first makes the example ${EXAMPLE} (two characters in one picture).`);
  sayLine(`The picture goes into ${folder}.`);
  try {
    const request = requestOf({}, await readPromptSource(path.join(packageRoot(), EXAMPLE)), modelPlaces());
    await makeAndPrint({ kind: "generate", request }, options, signal);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    if (!signal.aborted) sayError(toErrorData(error));
  }
  return !signal.aborted;
}

function isEmpty(folder: string): boolean {
  const library = openLibrary(folder, { mode: "read" });
  try {
    return library.history({ limit: 1 }).length === 0;
  } finally {
    library.close();
  }
}
