/**
 * @file Finds the folder that the package lies in, from the sources as well as from the build, so that files which are
 * shipped beside the code (example prompts, the starter model) are found whatever the working directory is.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { TachieError } from "../contract/errors.ts";

/**
 * Absolute path of the nearest folder above this module that has a package.json.
 * @throws internal.bug where the code was taken out of its package
 */
export function packageRoot(): string {
  const start = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "package.json"))) return folder;
    if (folder === path.dirname(folder))
      throw new TachieError("internal.bug", `there is no package.json in any folder above ${start}`, { where: start });
  }
}

/**
 * The same folder for files that native code reads by their path: in a packaged application they lie beside the archive
 * that holds the rest.
 */
export function unpackedRoot(): string {
  return packageRoot().replace(/app\.asar$/, "app.asar.unpacked");
}
