/**
 * @file From what a person says (`--model`, or nothing) to a model folder and its manifest. Weights are not read here:
 * whether they are whole is the engine's to find out.
 */

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { ModelComponent, ModelManifest } from "../contract/model-folder.ts";
import { MODEL_MANIFEST_FILE, parseModelManifest } from "../contract/model-folder.ts";
import { errnoOf } from "./files/file-errors.ts";
import type { ModelPlaces } from "./places.ts";

export interface ChosenModel {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: ModelManifest;
}

/** The model that ships with the studio, used when none is named. */
export const STARTER_MODEL = "starter";

/**
 * The absolute folder that a word names: an installed model's name, or a path.
 * @param from what a relative path is relative to
 * @throws model.not-found
 */
export function findModelFolder(word: string, places: ModelPlaces, from: string): string {
  const isPath = /[/\\]/.test(word) || word === "." || word === "..";
  if (!isPath && word !== "") {
    const installed = places.folders.map((folder) => path.join(folder, word)).find(hasManifest);
    if (installed !== undefined) return installed;
  }
  const folder = path.resolve(from, word);
  const isFolder = word !== "" && isDirectory(folder);
  if (isFolder && (isPath || hasManifest(folder))) return folder;
  if (isPath && existsSync(folder))
    throw new TachieError("model.not-found", `${folder} is a file, but a model is a folder`, { where: folder });
  const names = installedModels(places);
  const known = names.length === 0 ? "none is installed" : `installed: ${names.join(", ")}`;
  throw new TachieError("model.not-found", `there is no model ${JSON.stringify(word)} (${known})`, { where: word });
}

/**
 * Reads the manifest of a model folder.
 * @throws model.not-found without a manifest; model.incomplete, model.unsupported, settings.invalid for a bad one;
 * file.unreadable
 */
export function readModel(folder: string): ChosenModel {
  const file = path.join(folder, MODEL_MANIFEST_FILE);
  if (!existsSync(file))
    throw new TachieError("model.not-found", `${folder} has no ${MODEL_MANIFEST_FILE}, so it is not a model folder`, {
      where: file,
    });
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new TachieError("file.unreadable", `${file} cannot be read: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
  return { folder, manifest: parseModelManifest(text, file) };
}

/**
 * The starter model, from the first place where all its files are.
 * @throws model.not-found where there is none, saying what is missing; as `readModel`
 */
export function findStarter(places: ModelPlaces): ChosenModel {
  const gaps: string[] = [];
  for (const place of places.folders) {
    const folder = path.join(place, STARTER_MODEL);
    if (!hasManifest(folder)) continue;
    const model = readModel(folder);
    const gap = missingFile(model);
    if (gap === undefined) return model;
    gaps.push(gap);
  }
  const where = gaps.at(-1) ?? path.join(places.folders.at(-1) ?? "", STARTER_MODEL, MODEL_MANIFEST_FILE);
  throw new TachieError(
    "model.not-found",
    `no model was named, and the one that comes with Tachie is not whole: ${where} is missing`,
    {
      where,
      remedy:
        "Install Tachie anew to get its starter model back, or name another one with --model; `tachie models list` shows what there is.",
    },
  );
}

/** The first file that the manifest names and that is not there; absolute. */
function missingFile({ folder, manifest }: ChosenModel): string | undefined {
  const components: ModelComponent[] = Object.values(manifest.components);
  return components
    .flatMap(({ weights, tokenizer }) => (tokenizer === undefined ? [weights] : [weights, tokenizer]))
    .map((file) => path.resolve(folder, file))
    .find((file) => !existsSync(file));
}

/** Names of the models that can be chosen by name, sorted. */
export function installedModels(places: ModelPlaces): string[] {
  const names = places.folders.flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => hasManifest(path.join(folder, name))) : [],
  );
  return [...new Set(names)].sort();
}

function isDirectory(folder: string): boolean {
  try {
    return statSync(folder).isDirectory();
  } catch (error) {
    // Not there, or a name that no file system takes: in either case no model.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function hasManifest(folder: string): boolean {
  return existsSync(path.join(folder, MODEL_MANIFEST_FILE));
}
