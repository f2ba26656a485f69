/** @file The folders in which models are looked for. */

import path from "node:path";
import { unpackedRoot } from "../process/package-root.ts";
import { dataFolder } from "../process/user-folders.ts";

export { dataFolder, defaultLibraryFolder } from "../process/user-folders.ts";

export interface ModelPlaces {
  /** Folders that hold a folder for each model; earlier ones win, and the last is where the starter comes with Tachie. */
  readonly folders: readonly string[];
}

/** Tachie's own folder for adapters: beside the one for models. */
export function lorasFolder({ folders: [own = ""] }: ModelPlaces): string {
  return path.join(path.dirname(path.resolve(own)), "loras");
}

export function modelPlaces(): ModelPlaces {
  return { folders: [path.join(dataFolder(), "models"), path.join(unpackedRoot(), "models")] };
}
