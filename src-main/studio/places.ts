/**
 * @file Where things lie on this machine: the user's data folder, the library that is used when none is named, and the
 * folders in which models are looked for. The environment variables TACHIE_DATA and TACHIE_LIBRARY move the first two.
 */

import os from "node:os";
import path from "node:path";
import { packageRoot } from "../process/package-root.ts";

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

export interface ModelPlaces {
  /** Folders that hold a folder for each model; earlier ones win, and the last is where the starter comes with Tachie. */
  readonly folders: readonly string[];
}

export function modelPlaces(): ModelPlaces {
  return { folders: [path.join(dataFolder(), "models"), path.join(packageRoot(), "models")] };
}
