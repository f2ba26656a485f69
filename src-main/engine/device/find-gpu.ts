/** @file Where everything lies that a GPU needs, from the places that a person's machine has. */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { findCudaLibraries } from "../../ort/libraries/find.ts";
import type { LibraryReport } from "../../ort/libraries/find.ts";
import { preloadCudaLibraries } from "../../ort/libraries/preload.ts";
import { hasCudaProvider, joinProvider, ortFolder, ortLibraryName } from "../../ort/libraries/provider-folder.ts";
import { searchFolders } from "../../ort/libraries/search-folders.ts";
import type { SearchPlaces } from "../../ort/libraries/search-folders.ts";
import { isCudaPlatform } from "../../ort/libraries/wanted.ts";
import type { GpuOptions } from "./gpu.ts";

export interface GpuFolders {
  /** Of the CUDA provider, which is fetched when it is wanted. */
  readonly component: string;
  /** Where compiled kernels are kept. */
  readonly cache: string;
}

/**
 * Finds the libraries and loads those that the system's loader would not find by itself.
 * @throws engine.unsupported where CUDA does not exist, naming what is missing
 */
export function findGpu(folders: GpuFolders): GpuOptions {
  const places = searchPlaces(folders);
  preloadCudaLibraries(findCudaLibraries(places));
  return {
    libraryPath: providerLibrary(folders.component),
    compilerFolders: searchFolders(places),
    cacheFolder: folders.cache,
  };
}

/** Every library that CUDA takes: where it was found, or where it was looked for. Loads nothing. */
export function reportGpuLibraries(folders: GpuFolders): readonly LibraryReport[] {
  return findCudaLibraries(searchPlaces(folders));
}

function searchPlaces({ component }: GpuFolders): SearchPlaces {
  const { platform } = process;
  if (isCudaPlatform(platform)) return { platform, environment: process.env, ownFolders: [component] };
  throw new TachieError("engine.unsupported", `there is no CUDA on ${platform}`, { where: platform });
}

/** A component may bring its own library, which counts where onnxruntime-node is not installed. */
function providerLibrary(component: string): string {
  const name = ortLibraryName(process.platform);
  const own = path.join(component, name);
  try {
    return joinProvider(component, path.join(ortFolder(), name));
  } catch (error) {
    if (isTachieError(error, "engine.start-failed") && hasCudaProvider(component) && existsSync(own)) return own;
    throw error;
  }
}
