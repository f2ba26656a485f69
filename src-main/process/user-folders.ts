/**
 * @file Where the user's own things lie on this machine: the data folder, and the library that is used when none is named.
 * The environment variables TACHIE_DATA and TACHIE_LIBRARY move them.
 */

import os from "node:os";
import path from "node:path";

/** Absolute; it need not exist yet. */
export function dataFolder(): string {
  const chosen = process.env["TACHIE_DATA"];
  if (chosen !== undefined && chosen !== "") return path.resolve(chosen);
  switch (process.platform) {
    case "win32":
      return path.join(process.env["APPDATA"] ?? path.join(os.homedir(), "AppData", "Roaming"), "Tachie");
    case "darwin":
      return path.join(os.homedir(), "Library", "Application Support", "Tachie");
    default: {
      // By its specification a relative value is to be ignored.
      const home = process.env["XDG_DATA_HOME"];
      const base = home !== undefined && path.isAbsolute(home) ? home : path.join(os.homedir(), ".local", "share");
      return path.join(base, "tachie");
    }
  }
}

/** Absolute; it need not exist yet. */
export function defaultLibraryFolder(): string {
  const chosen = process.env["TACHIE_LIBRARY"];
  return chosen !== undefined && chosen !== "" ? path.resolve(chosen) : path.join(dataFolder(), "library");
}

/** Folders of the GPU's parts: the CUDA provider, which is fetched when it is wanted, and kernels compiled here. */
export interface GpuFolders {
  readonly component: string;
  readonly cache: string;
}

/** Absolute; they need not exist yet. TACHIE_CUDA moves the component's. */
export function gpuFolders(): GpuFolders {
  const chosen = process.env["TACHIE_CUDA"];
  return {
    component: chosen !== undefined && chosen !== "" ? path.resolve(chosen) : path.join(dataFolder(), "cuda"),
    cache: path.join(dataFolder(), "kernels"),
  };
}

/** Of prompts that slow text encoders have read; may be deleted at any time. Absolute; it need not exist yet. */
export function textsFolder(): string {
  return path.join(dataFolder(), "texts");
}
