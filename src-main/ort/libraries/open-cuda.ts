/**
 * @file From nothing to ONNX Runtime's library with its CUDA provider beside it and all that it takes loaded.
 */

import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { findCudaLibraries } from "./find.ts";
import { preloadCudaLibraries } from "./preload.ts";
import { hasCudaProvider, joinProvider, ortLibraryName, shippedOrtFolder } from "./provider-folder.ts";
import type { SearchPlaces } from "./search-folders.ts";
import { isCudaPlatform } from "./wanted.ts";

/**
 * Where this machine's libraries may lie.
 * @param componentFolders into which the CUDA provider may have been fetched; the first that has it is used
 * @throws engine.unsupported on a system for which there is no CUDA
 */
export function cudaSearchPlaces(componentFolders: readonly string[]): SearchPlaces {
  const { platform, env: environment } = process;
  if (!isCudaPlatform(platform)) throw new TachieError("engine.unsupported", `there is no CUDA for ${platform}`);
  const shipped = shippedOrtFolder();
  const ownFolders = shipped === undefined ? componentFolders : [...componentFolders, shipped];
  return { platform, environment, ownFolders };
}

/**
 * Loads what the provider takes and gives the path of the library for `createCApiRuntime`.
 * @throws engine.unsupported naming everything that is missing, or what cannot be loaded
 * @throws file.unwritable when the library cannot be put beside the provider
 */
export function openCudaLibraries(places: SearchPlaces): string {
  preloadCudaLibraries(findCudaLibraries(places));
  const folder = places.ownFolders.find((own) => hasCudaProvider(own, places.platform));
  if (folder === undefined)
    throw new TachieError("engine.unsupported", "the two files of the CUDA provider do not lie in one folder", {
      where: places.ownFolders.join(", "),
      remedy: "`tachie doctor --fix` fetches both; --provider cpu does without.",
    });
  const shipped = shippedOrtFolder();
  return joinProvider(folder, shipped === undefined ? undefined : path.join(shipped, ortLibraryName(places.platform)));
}
