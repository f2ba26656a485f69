/**
 * @file Loads the libraries that the CUDA provider is linked to, from wherever they were found.
 *
 * The system's loader takes a library that is already loaded under the wanted name, so that none of their folders has to
 * be on its path: LD_LIBRARY_PATH cannot be changed for a process that runs.
 */

import { TachieError } from "../../contract/errors.ts";
import { keptLibrary } from "../kept-library.ts";
import { messageOf } from "../native-error.ts";
import { missingLibraries, missingLibrariesError } from "./find.ts";
import type { LibraryReport } from "./find.ts";

/**
 * @throws engine.unsupported naming everything that is missing, or the library that cannot be loaded and why
 */
export function preloadCudaLibraries(reports: readonly LibraryReport[]): void {
  const missing = missingLibraries(reports);
  if (missing.length > 0) throw missingLibrariesError(missing);
  // ONNX Runtime loads its provider itself, and it must not be loaded before.
  for (const report of reports) if (report.source !== "provider") load(report);
}

function load({ name, foundAt, remedy, isRequired }: LibraryReport): void {
  if (foundAt === undefined) return;
  try {
    keptLibrary(foundAt, true);
  } catch (cause) {
    if (!isRequired) return;
    throw new TachieError("engine.unsupported", `${name} cannot be loaded from ${foundAt}: ${messageOf(cause)}`, {
      where: foundAt,
      remedy,
      cause,
    });
  }
}
