/** @file Where everything lies that a GPU needs, from the places that a person's machine has. */

import { findCudaLibraries } from "../../ort/libraries/find.ts";
import type { LibraryReport } from "../../ort/libraries/find.ts";
import { cudaSearchPlaces, openCudaLibraries } from "../../ort/libraries/open-cuda.ts";
import { searchFolders } from "../../ort/libraries/search-folders.ts";
import type { GpuFolders } from "../../process/user-folders.ts";
import type { GpuOptions } from "./gpu.ts";

/**
 * Finds the libraries and loads those that the system's loader would not find by itself.
 * @throws engine.unsupported where CUDA does not exist, or naming what is missing
 */
export function findGpu({ component, cache }: GpuFolders): GpuOptions {
  const places = cudaSearchPlaces([component]);
  return { libraryPath: openCudaLibraries(places), compilerFolders: searchFolders(places), cacheFolder: cache };
}

/**
 * Every library that CUDA takes: where it was found, or where it was looked for. Loads nothing.
 * @throws engine.unsupported where CUDA does not exist
 */
export function reportGpuLibraries({ component }: GpuFolders): readonly LibraryReport[] {
  return findCudaLibraries(cudaSearchPlaces([component]));
}
