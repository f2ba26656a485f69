/**
 * @file Which of the libraries that CUDA takes are here, where each was looked for, and what to do about the others.
 */

import { accessSync, constants } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { searchFolders } from "./search-folders.ts";
import type { SearchPlaces } from "./search-folders.ts";
import { remedyFor, wantedLibraries } from "./wanted.ts";
import type { Source } from "./wanted.ts";

export interface LibraryReport {
  /** As a person knows it, such as `cuDNN 9`. */
  readonly name: string;
  /** Name of the file. */
  readonly wanted: string;
  readonly source: Source;
  readonly isRequired: boolean;
  /** Absolute path. */
  readonly foundAt: string | undefined;
  /** Folders, in order; those after the one where it was found were not looked into. */
  readonly searched: readonly string[];
  /** Where to get it, in a sentence. */
  readonly remedy: string;
}

export function findCudaLibraries(places: SearchPlaces): readonly LibraryReport[] {
  const all = searchFolders(places);
  const own = places.ownFolders.map((folder) => path.resolve(folder));
  return wantedLibraries(places.platform).map(({ name, file, source, isRequired }) => {
    // The provider has to lie beside the library, which is in a folder of ours.
    const folders = source === "provider" ? own : all;
    const index = folders.findIndex((folder) => isReadable(path.join(folder, file)));
    return {
      name,
      wanted: file,
      source,
      isRequired,
      foundAt: index === -1 ? undefined : path.join(folders[index]!, file),
      searched: index === -1 ? folders : folders.slice(0, index + 1),
      remedy: remedyFor(places.platform, source),
    };
  });
}

/** The libraries without which the GPU cannot be used. */
export function missingLibraries(reports: readonly LibraryReport[]): readonly LibraryReport[] {
  return reports.filter(({ isRequired, foundAt }) => isRequired && foundAt === undefined);
}

/**
 * The GPU cannot be used for want of these.
 * @param missing at least one
 */
export function missingLibrariesError(missing: readonly LibraryReport[]): TachieError {
  const names = missing.map(({ name, wanted }) => `${name} (${wanted})`).join(", ");
  const remedies = [...new Set(missing.map(({ remedy }) => remedy))].join(" ");
  return new TachieError("engine.unsupported", `the GPU cannot be used: not found: ${names}`, {
    remedy: `${remedies} \`tachie doctor\` says where they were looked for; --provider cpu does without.`,
  });
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    // Missing, a dangling link or not ours to read: it does not serve.
    return false;
  }
}
