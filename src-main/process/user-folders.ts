/**
 * @file Where the user's own things lie on this machine: the data folder, the library that is used when none is named, what
 * computing on a GPU takes, and what can be made again at any time. The environment variables TACHIE_DATA, TACHIE_LIBRARY and
 * TACHIE_CUDA move them.
 */

import os from "node:os";
import path from "node:path";

/** Absolute; it need not exist yet. */
export function dataFolder(): string {
  const chosen = chosenFolder("TACHIE_DATA");
  if (chosen !== undefined) return chosen;
  switch (process.platform) {
    case "win32":
      return path.join(process.env["APPDATA"] ?? path.join(os.homedir(), "AppData", "Roaming"), "Tachie");
    case "darwin":
      return path.join(os.homedir(), "Library", "Application Support", "Tachie");
    default:
      return path.join(xdgFolder("XDG_DATA_HOME") ?? path.join(os.homedir(), ".local", "share"), "tachie");
  }
}

/** Absolute; it need not exist yet. */
export function defaultLibraryFolder(): string {
  return chosenFolder("TACHIE_LIBRARY") ?? path.join(dataFolder(), "library");
}

export interface GpuFolders {
  /** Of the CUDA provider, which is fetched when it is wanted. */
  readonly component: string;
  /** Where compiled kernels are kept. */
  readonly cache: string;
}

/** Both absolute; they need not exist yet. */
export function gpuFolders(): GpuFolders {
  return {
    component: chosenFolder("TACHIE_CUDA") ?? path.join(dataFolder(), "cuda"),
    cache: path.join(cacheFolder(), "kernels"),
  };
}

/** Of what may be deleted at any time. Whoever moves the data moves it too. */
function cacheFolder(): string {
  const data = chosenFolder("TACHIE_DATA");
  if (data !== undefined) return path.join(data, "cache");
  switch (process.platform) {
    case "win32":
      return path.join(process.env["LOCALAPPDATA"] ?? path.join(os.homedir(), "AppData", "Local"), "Tachie", "Cache");
    case "darwin":
      return path.join(os.homedir(), "Library", "Caches", "Tachie");
    default:
      return path.join(xdgFolder("XDG_CACHE_HOME") ?? path.join(os.homedir(), ".cache"), "tachie");
  }
}

function chosenFolder(variable: string): string | undefined {
  const chosen = process.env[variable];
  return chosen === undefined || chosen === "" ? undefined : path.resolve(chosen);
}

/** By its specification a relative value is to be ignored. */
function xdgFolder(variable: string): string | undefined {
  const folder = process.env[variable];
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}

/** Of the user's own calibrations of models for the step cache. Absolute; it need not exist yet. */
export function calibrationsFolder(): string {
  return path.join(dataFolder(), "step-cache");
}

/** Of prompts that slow text encoders have read; may be deleted at any time. Absolute; it need not exist yet. */
export function textsFolder(): string {
  return path.join(cacheFolder(), "texts");
}
