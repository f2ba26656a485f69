/** @file The folders in which models are looked for. */

import path from "node:path";
import { unpackedRoot } from "../process/package-root.ts";
import { dataFolder } from "../process/user-folders.ts";

export { dataFolder, defaultLibraryFolder } from "../process/user-folders.ts";

export interface ModelPlaces {
  /** Folders that hold a folder for each model; earlier ones win. */
  readonly folders: readonly string[];
  /** Where the placeholder model is written on first use. */
  readonly placeholder: string;
}

export function modelPlaces(): ModelPlaces {
  const own = path.join(dataFolder(), "models");
  return { folders: [own, path.join(unpackedRoot(), "models")], placeholder: path.join(own, "placeholder") };
}
