/**
 * @file Opens a model folder: reads `model.json`, opens the networks' files, and checks all that can be checked without
 * running anything. Knows no network's insides; graph builders ask the checkpoints for their tensors.
 */

import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError, isTachieError } from "../src-main/contract/errors.ts";
import { MODEL_MANIFEST_FILE, parseModelManifest } from "../src-main/contract/model-folder.ts";
import type { ModelComponent, ModelManifest } from "../src-main/contract/model-folder.ts";
import { openCheckpoint } from "../src-main/graph/checkpoint.ts";
import type { Checkpoint } from "../src-main/graph/checkpoint.ts";
import { readingError } from "../src-main/graph/file-errors.ts";
import { countParameters } from "../src-main/graph/safetensors.ts";
import { checkFinite } from "./finite-check.ts";
import { hashModel } from "./model-hash.ts";

export type ComponentName = keyof ModelManifest["components"];

export interface ModelFolderComponent {
  readonly checkpoint: Checkpoint;
  /** Absolute path of the tokenizer, where the component has one. */
  readonly tokenizer: string | undefined;
  /** As in `model.json`, by the names of the published files; empty where the shapes tell everything. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ModelFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly manifest: ModelManifest;
  readonly components: {
    readonly transformer: ModelFolderComponent;
    readonly vae: ModelFolderComponent;
    readonly textEncoder: ModelFolderComponent;
    readonly pooledEncoder: ModelFolderComponent | undefined;
  };
  /** See `hashModel`. Hex. */
  readonly hash: string;
  readonly parameters: number;
  readonly weightBytes: number;
}

/** No manifest is larger; a wrong file under its name may be. */
const MAX_MANIFEST_BYTES = 1 << 20;

/**
 * @throws model.not-found when it is not a model folder; model.incomplete, naming the file or the field of `model.json`;
 *   model.unsupported for links out of the folder; safetensors.invalid, model.non-finite, file.unreadable
 */
export function openModelFolder(folder: string): ModelFolder {
  const root = resolveFolder(folder);
  const manifest = readManifest(folder);
  const open = (name: ComponentName, component: ModelComponent): ModelFolderComponent =>
    openComponent(folder, root, name, component);
  const { transformer, vae, textEncoder, pooledEncoder } = manifest.components;
  const components = {
    transformer: open("transformer", transformer),
    vae: open("vae", vae),
    textEncoder: open("textEncoder", textEncoder),
    pooledEncoder: pooledEncoder && open("pooledEncoder", pooledEncoder),
  };
  const all = Object.values(components).filter((component) => component !== undefined);
  for (const { checkpoint } of all) checkFinite(checkpoint);
  const weights = all.flatMap(({ checkpoint }) =>
    Array.from(checkpoint.names(), (weight) => checkpoint.tensor(weight)),
  );
  return {
    folder: path.resolve(folder),
    manifest,
    components,
    hash: hashModel(components),
    parameters: countParameters(weights),
    weightBytes: weights.reduce((total, { length }) => total + length, 0),
  };
}

function resolveFolder(folder: string): string {
  const fail = (message: string, cause?: unknown): never => {
    throw new TachieError("model.not-found", `${folder} ${message}`, { where: folder, cause });
  };
  try {
    if (!statSync(folder).isDirectory()) return fail("is not a folder");
    return realpathSync(folder);
  } catch (error) {
    const typed = readingError(error, folder);
    if (isTachieError(typed, "file.not-found")) return fail("does not exist", error);
    throw typed;
  }
}

function readManifest(folder: string): ModelManifest {
  const file = path.join(folder, MODEL_MANIFEST_FILE);
  try {
    const { size } = statSync(file);
    if (size > MAX_MANIFEST_BYTES)
      throw new TachieError("model.incomplete", `${file} has ${size} bytes, more than a manifest has`, { where: file });
    return parseModelManifest(readFileSync(file, "utf8"), file);
  } catch (error) {
    const typed = readingError(error, file);
    if (!isTachieError(typed, "file.not-found")) throw typed;
    throw new TachieError("model.not-found", `${folder} is not a model folder: it holds no ${MODEL_MANIFEST_FILE}`, {
      where: file,
      cause: error,
    });
  }
}

function openComponent(folder: string, root: string, name: string, component: ModelComponent): ModelFolderComponent {
  const { weights, tokenizer, config, prefix } = component;
  const weightsPath = requireFile(folder, root, name, weights);
  const checkpoint = openCheckpoint(weightsPath, prefix === undefined ? {} : { prefix });
  // The parts of a checkpoint with an index are found only now.
  if (!path.isAbsolute(weights))
    for (const { path: file } of checkpoint.files) requireInside(root, file, path.join(folder, weights));
  const tokenizerPath = tokenizer === undefined ? undefined : requireFile(folder, root, name, tokenizer);
  return { checkpoint, tokenizer: tokenizerPath, config: config ?? {} };
}

/** @returns the absolute path as given, links and all: messages should name what a person wrote */
function requireFile(folder: string, root: string, component: string, file: string): string {
  const given = path.resolve(folder, file);
  let real: string;
  try {
    real = realpathSync(given);
  } catch (error) {
    const typed = readingError(error, given);
    if (!isTachieError(typed, "file.not-found")) throw typed;
    throw new TachieError("model.incomplete", `${folder} lacks ${file}, which is its ${component}`, {
      where: given,
      cause: error,
    });
  }
  // A path that `model.json` states in full is meant to lead elsewhere.
  if (!path.isAbsolute(file)) requireInside(root, real, given);
  return given;
}

function requireInside(root: string, real: string, given: string): void {
  const relative = path.relative(root, real);
  const isOutside = relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  if (!isOutside) return;
  throw new TachieError("model.unsupported", `${given} is a symbolic link out of the model folder, to ${real}`, {
    where: given,
    remedy:
      "ONNX Runtime reads no weights through such links: put a hard link (`ln` without -s) or the file itself there.",
  });
}
