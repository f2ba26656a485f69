/**
 * @file The model that is used where none is installed: random weights, so its pictures are noise, but every stage is real.
 */

import { readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { isTachieError } from "../src-main/contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../src-main/contract/model-folder.ts";
import { TEMPORARY_SUFFIX, temporaryNameFor } from "../src-main/graph/atomic-file.ts";
import { writingError } from "../src-main/graph/file-errors.ts";
import { makeFolders } from "../src-main/graph/make-folders.ts";
import { openModelFolder } from "./model-folder.ts";
import type { ModelFolder } from "./model-folder.ts";
import { writeSyntheticModel } from "./synthetic.ts";
import type { SyntheticModel } from "./synthetic.ts";

export const PLACEHOLDER_NAME = "placeholder";

/** 2.4 million parameters: small enough to write and run at once, large enough that every stage has work to do. */
export const PLACEHOLDER_MODEL: SyntheticModel = {
  name: PLACEHOLDER_NAME,
  title: "Placeholder (random weights)",
  isPlaceholder: true,
  seed: 20_251_207,
  type: "F32",
  transformer: {
    patchSize: 2,
    inChannels: 16,
    dim: 96,
    layers: 4,
    refinerLayers: 1,
    heads: 4,
    kvHeads: 2,
    headDim: 24,
    ffnDim: 256,
    normEps: 1e-5,
    qkNorm: true,
    capFeatDim: 64,
    clipTextDim: 64,
    axesDims: [8, 8, 8],
    ropeTheta: 10_000,
    timeDim: 96,
  },
  vae: {
    inChannels: 3,
    outChannels: 3,
    latentChannels: 16,
    blockOutChannels: [32, 32, 64, 64],
    layersPerBlock: 2,
    normGroups: 32,
    normEps: 1e-6,
    scalingFactor: 0.3611,
    shiftFactor: 0.1159,
    hasMidAttention: true,
  },
  textEncoder: {
    vocabSize: 1024,
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    ffnDim: 160,
    ropeBase: 20_000,
    normEps: 1e-5,
    padTokenId: 1,
  },
  defaults: {
    sampling: { steps: 20, solver: "euler", schedule: "shift", shift: 6, guidance: 4, truncate: 1, renorm: 0 },
    width: 256,
    height: 256,
    negative: "",
  },
  limits: { maxPixels: 1024 * 1024, maxTokens: 512 },
};

/** More than two in a row would mean that something else keeps breaking the folder. */
const ATTEMPTS = 3;

/**
 * Opens the placeholder model, after writing it where it is missing or damaged. Two processes may do this at once: one of
 * them gives the folder its name, and neither ever sees half of it.
 * @throws file.exists when the folder holds something that is not a placeholder model; disk.full, file.unwritable
 */
export function ensurePlaceholderModel(folder: string): ModelFolder {
  for (let attempt = 1; ; attempt++) {
    const present = isPlaceholderFolder(folder);
    try {
      if (present) return openModelFolder(folder);
    } catch (error) {
      if (attempt === ATTEMPTS || isTachieError(error, "file.unreadable")) throw error;
      moveAside(folder);
    }
    try {
      const parent = path.dirname(path.resolve(folder));
      makeFolders(parent);
      sweepLeftovers(parent, path.basename(folder));
      writeSyntheticModel(folder, PLACEHOLDER_MODEL);
    } catch (error) {
      if (!isTachieError(error, "file.exists")) throw writingError(error, folder);
      // Another process was faster, which is fine, unless what is there is somebody's own folder.
      if (attempt === ATTEMPTS || !isPlaceholderFolder(folder)) throw error;
    }
  }
}

/** Whether the folder says of itself that it is a placeholder: only such a folder may be replaced. */
function isPlaceholderFolder(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, MODEL_MANIFEST_FILE), "utf8"));
    const { name, isPlaceholder } = manifest as Record<string, unknown>;
    return name === PLACEHOLDER_NAME && isPlaceholder === true;
  } catch {
    return false;
  }
}

function moveAside(folder: string): void {
  const aside = temporaryNameFor(path.resolve(folder));
  try {
    renameSync(folder, aside);
  } catch (error) {
    // Another process moved it first.
    if ((error as { code?: unknown }).code === "ENOENT") return;
    throw writingError(error, folder);
  }
  rmSync(aside, { recursive: true, force: true });
}

/** After this long nobody is still writing ten megabytes. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

/** Deletes what a process that was killed left behind. */
function sweepLeftovers(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(`${name}.`) || !entry.endsWith(TEMPORARY_SUFFIX)) continue;
    const leftover = path.join(parent, entry);
    const age = Date.now() - (statSync(leftover, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFTOVER_AGE_MS) rmSync(leftover, { recursive: true, force: true });
  }
}
