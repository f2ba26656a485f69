/**
 * @file Writes a model folder with seeded random weights under the published tensor names: models for tests, and
 * checkpoints for measurements. The pictures of such a model are noise.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, rmdirSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../src-main/contract/errors.ts";
import { MODEL_MANIFEST_FILE, MODEL_MANIFEST_FORMAT } from "../src-main/contract/model-folder.ts";
import type { ModelComponent, ModelManifest } from "../src-main/contract/model-folder.ts";
import { syncFolder, temporaryNameFor, writeFileAtomically } from "../src-main/graph/atomic-file.ts";
import { CHECKSUMS_FILE, formatChecksums } from "../src-main/graph/checksums.ts";
import { writingError } from "../src-main/graph/file-errors.ts";
import { makeFolders } from "../src-main/graph/make-folders.ts";
import { writeSafetensors } from "../src-main/graph/safetensors.ts";
import type { FluxVaeConfig } from "./newbie-exp0.1/flux-vae-config.ts";
import { fluxVaeTensors } from "./newbie-exp0.1/flux-vae-tensors.ts";
import type { Gemma3TextConfig } from "./newbie-exp0.1/gemma3-text-config.ts";
import { gemma3TextTensors } from "./newbie-exp0.1/gemma3-text-tensors.ts";
import type { JinaTextConfig } from "./newbie-exp0.1/jina-text-config.ts";
import { jinaTextTensors } from "./newbie-exp0.1/jina-text-tensors.ts";
import type { NextDitConfig } from "./newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "./newbie-exp0.1/next-dit-tensors.ts";
import type { TensorShapes } from "./newbie-exp0.1/next-dit-tensors.ts";
import { fluxVaeFields, gemma3TextFields, jinaTextFields, nextDitFields } from "./newbie-exp0.1/published-configs.ts";
import { SYNTHETIC_VOCABULARY_SIZE, syntheticTokenizer } from "./synthetic-tokenizer.ts";
import { syntheticTensors } from "./synthetic-weights.ts";
import type { SyntheticWeightsOptions } from "./synthetic-weights.ts";

/**
 * A model whose Jina tower gives token states and pooled vector both, or, where `gemma3` is given, the pooled vector alone
 * while Gemma 3 gives the token states.
 */
export interface SyntheticModel extends SyntheticWeightsOptions {
  readonly name: string;
  readonly title: string;
  readonly isPlaceholder: boolean;
  readonly transformer: NextDitConfig;
  readonly vae: FluxVaeConfig;
  readonly textEncoder: JinaTextConfig;
  readonly gemma3?: Gemma3TextConfig;
  /** Put before prompts for Gemma 3. */
  readonly systemPrompt?: string;
  readonly defaults: ModelManifest["defaults"];
  readonly limits: ModelManifest["limits"];
  /** Write `SHA256SUMS` too, so that one changed bit is found from the first look on. */
  readonly hasSums?: boolean;
}

/** Where the published model keeps its files. */
export const SYNTHETIC_FILES = {
  transformer: "transformer/diffusion_pytorch_model.safetensors",
  vae: "vae/diffusion_pytorch_model.safetensors",
  textEncoder: "clip_model/jina-clip-v2.safetensors",
  tokenizer: "clip_model/tokenizer.json",
} as const;

/** The same for the text encoder that only some models have. */
export const SYNTHETIC_GEMMA3_FILES = {
  weights: "text_encoder/gemma3-4b-it.safetensors",
  tokenizer: "text_encoder/tokenizer.json",
} as const;

/**
 * Writes the model under a temporary name beside the folder and renames it, so that a folder of that name is always whole.
 * The same model and seed give the same bytes on every machine.
 * @param folder must not exist, or be empty
 * @throws file.exists, disk.full, file.unwritable (nothing is left behind then); model.mismatch when the networks do not fit
 */
export function writeSyntheticModel(folder: string, model: SyntheticModel): void {
  checkFit(model);
  if (isOccupied(folder)) throw new TachieError("file.exists", `${folder} exists already`, { where: folder });
  const temporary = temporaryNameFor(path.resolve(folder));
  try {
    for (const file of [...Object.values(SYNTHETIC_FILES), ...(model.gemma3 ? [SYNTHETIC_GEMMA3_FILES.weights] : [])])
      makeFolders(path.dirname(path.join(temporary, file)));
    const sums: Sums = model.hasSums === true ? new Map() : undefined;
    const transformer = nextDitFields(model.transformer);
    const vae = fluxVaeFields(model.vae);
    const textEncoder = jinaTextFields(model.textEncoder);
    writeWeights(temporary, SYNTHETIC_FILES.transformer, nextDitTensors(model.transformer), transformer, model, sums);
    writeWeights(temporary, SYNTHETIC_FILES.vae, fluxVaeTensors(model.vae), vae, model, sums);
    writeWeights(temporary, SYNTHETIC_FILES.textEncoder, jinaTextTensors(model.textEncoder), textEncoder, model, sums);
    writeText(temporary, SYNTHETIC_FILES.tokenizer, syntheticTokenizer(), sums);
    const jina = { weights: SYNTHETIC_FILES.textEncoder, tokenizer: SYNTHETIC_FILES.tokenizer, config: textEncoder };
    const gemma3 = model.gemma3 === undefined ? undefined : writeGemma3(temporary, model.gemma3, model, sums);
    const manifest: ModelManifest = {
      format: MODEL_MANIFEST_FORMAT,
      name: model.name,
      title: model.title,
      licence: "CC0-1.0",
      isPlaceholder: model.isPlaceholder,
      textEncoding: gemma3 === undefined ? "jina" : "gemma3+jina",
      systemPrompt: model.systemPrompt ?? "",
      components: {
        transformer: { weights: SYNTHETIC_FILES.transformer, config: transformer },
        vae: { weights: SYNTHETIC_FILES.vae, config: vae },
        ...(gemma3 === undefined ? { textEncoder: jina } : { textEncoder: gemma3, pooledEncoder: jina }),
      },
      defaults: model.defaults,
      limits: model.limits,
    };
    writeText(temporary, MODEL_MANIFEST_FILE, `${JSON.stringify(manifest, undefined, 2)}\n`, sums);
    if (sums !== undefined) writeText(temporary, CHECKSUMS_FILE, formatChecksums(sums));
    syncFolder(temporary);
    takeName(temporary, folder);
  } catch (error) {
    throw writingError(error, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function writeGemma3(
  folder: string,
  config: Gemma3TextConfig,
  options: SyntheticWeightsOptions,
  sums: Sums,
): ModelComponent {
  const fields = gemma3TextFields(config);
  writeWeights(folder, SYNTHETIC_GEMMA3_FILES.weights, gemma3TextTensors(config), fields, options, sums);
  writeText(folder, SYNTHETIC_GEMMA3_FILES.tokenizer, syntheticTokenizer(), sums);
  return { ...SYNTHETIC_GEMMA3_FILES, config: fields };
}

function writeWeights(
  folder: string,
  file: string,
  shapes: TensorShapes,
  config: Readonly<Record<string, unknown>>,
  options: SyntheticWeightsOptions,
  sums: Sums,
): void {
  // The seed is the same for all files, so their names keep the streams apart.
  const tensors = syntheticTensors(shapes, options);
  const metadata = { format: "pt", config: JSON.stringify(config) };
  summed(file, sums, (onPiece) => writeSafetensors(path.join(folder, file), tensors, metadata, { onPiece }));
}

function writeText(folder: string, file: string, text: string, sums?: Sums): void {
  const fill = (append: (bytes: Uint8Array) => void): void => append(Buffer.from(text));
  summed(file, sums, (onPiece) => writeFileAtomically(path.join(folder, file), fill, { onPiece }));
}

/** SHA-256 by path in the folder; undefined where none are wanted. */
type Sums = Map<string, string> | undefined;

/** Takes the sum of a file while it is written. */
function summed(file: string, sums: Sums, write: (onPiece: (bytes: Uint8Array) => void) => void): void {
  const hash = createHash("sha256");
  write((bytes) => {
    if (sums !== undefined) hash.update(bytes);
  });
  sums?.set(file, hash.digest("hex"));
}

/** Whether the name is taken by anything but an empty folder. */
function isOccupied(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return existsSync(folder);
  }
}

function takeName(temporary: string, folder: string): void {
  try {
    // Windows renames onto nothing only; elsewhere an empty folder would do.
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(temporary, folder);
  } catch (error) {
    if (isOccupied(folder))
      throw new TachieError("file.exists", `${folder} was made by another process meanwhile`, {
        where: folder,
        cause: error,
      });
    throw error;
  }
  syncFolder(path.dirname(path.resolve(folder)));
}

/** @throws model.mismatch naming the two numbers that differ */
function checkFit({ transformer, vae, textEncoder, gemma3 }: SyntheticModel): void {
  const requireEqual = (a: string, aValue: number, b: string, bValue: number): void => {
    if (aValue !== bValue)
      throw new TachieError("model.mismatch", `${a} is ${aValue}, but ${b} is ${bValue}; they must be equal`, {
        where: a,
      });
  };
  const { heads, kvHeads, headDim } = transformer;
  const textWidth = textEncoder.hiddenSize;
  const stateWidth = gemma3?.hiddenSize ?? textWidth;
  requireEqual("transformer.capFeatDim", transformer.capFeatDim, "the width of token states", stateWidth);
  requireEqual("transformer.clipTextDim", transformer.clipTextDim, "textEncoder.hiddenSize", textWidth);
  requireEqual("transformer.inChannels", transformer.inChannels, "vae.latentChannels", vae.latentChannels);
  requireEqual("transformer.dim", transformer.dim, "heads times headDim", heads * headDim);
  requireEqual("the sum of transformer.axesDims", sum(transformer.axesDims), "headDim", headDim);
  requireEqual("the rest of heads by kvHeads", heads % kvHeads, "the rest of a whole number of groups", 0);
  requireEqual(
    "the rest of textEncoder.hiddenSize by heads",
    textWidth % textEncoder.heads,
    "the rest of whole heads",
    0,
  );
  for (const channels of vae.blockOutChannels)
    requireEqual(
      "the rest of blockOutChannels by normGroups",
      channels % vae.normGroups,
      "the rest of whole groups",
      0,
    );
  const smallest = Math.min(textEncoder.vocabSize, gemma3?.vocabSize ?? Infinity);
  if (smallest < SYNTHETIC_VOCABULARY_SIZE)
    throw new TachieError(
      "model.mismatch",
      `textEncoder.vocabSize is ${smallest}, but the tokenizer has ${SYNTHETIC_VOCABULARY_SIZE} tokens`,
      { where: "textEncoder.vocabSize" },
    );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
