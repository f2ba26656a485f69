/**
 * @file Writes a synthetic checkpoint of a published model: true names, types and, at full scale, true shapes, with seeded
 * random weights. For measurements of speed and loading; its pictures are noise.
 *
 * npm run make:checkpoint -- --model newbie-exp0.1 --out DIR [--scale full|small] [--seed N]
 */

import { statfsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { TachieError, isTachieError } from "../src-main/contract/errors.ts";
import { writingError } from "../src-main/graph/file-errors.ts";
import { makeFolders } from "../src-main/graph/make-folders.ts";
import { requireOneOf, SAMPLING_PRESETS } from "../src-main/contract/sampling.ts";
import { SYSTEM_PROMPTS } from "../src-main/contract/system-prompts.ts";
import { elementCount } from "../src-main/graph/safetensors.ts";
import { fluxVaeTensors } from "./newbie-exp0.1/flux-vae-tensors.ts";
import { gemma3TextTensors } from "./newbie-exp0.1/gemma3-text-tensors.ts";
import { jinaTextTensors } from "./newbie-exp0.1/jina-text-tensors.ts";
import { nextDitTensors } from "./newbie-exp0.1/next-dit-tensors.ts";
import {
  PUBLISHED_FLUX_VAE,
  PUBLISHED_GEMMA3_TEXT,
  PUBLISHED_JINA_TEXT,
  PUBLISHED_NEXT_DIT,
} from "./newbie-exp0.1/published-configs.ts";
import { SMALL_NETWORKS } from "./newbie-exp0.1/small-networks.ts";
import { writeSyntheticModel } from "./synthetic.ts";
import type { SyntheticModel } from "./synthetic.ts";

const SCALES = ["full", "small"] as const;
export type CheckpointScale = (typeof SCALES)[number];

const BFLOAT16_BYTES = 2;
/** Files are written under temporary names first, but never twice, so little more is needed than they take. */
const SPACE_RESERVE = 1.02;

/** NewBie-image-Exp0.1 with all five networks; at small scale the same build with a few layers of little width. */
export function newbieCheckpoint(scale: CheckpointScale, seed: number): SyntheticModel {
  const common = {
    isPlaceholder: true,
    seed,
    type: "BF16",
    isTiled: scale === "full",
    systemPrompt: SYSTEM_PROMPTS.xml,
    defaults: { sampling: SAMPLING_PRESETS.comfy, width: 1024, height: 1024, negative: "" },
    limits: { maxPixels: 2048 * 2048, maxTokens: 512 },
  } as const;
  if (scale === "full")
    return {
      ...common,
      name: "newbie-exp0.1-synthetic",
      title: "NewBie-image-Exp0.1, random weights and a synthetic tokenizer",
      transformer: PUBLISHED_NEXT_DIT,
      vae: PUBLISHED_FLUX_VAE,
      textEncoder: PUBLISHED_JINA_TEXT,
      gemma3: PUBLISHED_GEMMA3_TEXT,
    };
  const { transformer, vae, textEncoder } = SMALL_NETWORKS;
  return {
    ...common,
    name: "newbie-exp0.1-small",
    title: "NewBie-image-Exp0.1 made small, random weights and a synthetic tokenizer",
    transformer: { ...transformer, refinerLayers: 2, capFeatDim: 128 },
    vae,
    textEncoder,
    gemma3: {
      ...PUBLISHED_GEMMA3_TEXT,
      vocabSize: 1024,
      hiddenSize: 128,
      layers: 7,
      heads: 4,
      kvHeads: 2,
      headDim: 32,
      ffnDim: 256,
      queryPreAttnScalar: 32,
      slidingWindow: 64,
      isGlobal: PUBLISHED_GEMMA3_TEXT.isGlobal.slice(0, 7),
    },
  };
}

/** Bytes of all weights together. */
export function checkpointBytes({ transformer, vae, textEncoder, gemma3 }: SyntheticModel): number {
  const lists = [
    nextDitTensors(transformer),
    fluxVaeTensors(vae),
    jinaTextTensors(textEncoder),
    ...(gemma3 === undefined ? [] : [gemma3TextTensors(gemma3)]),
  ];
  let count = 0;
  for (const list of lists) for (const shape of list.values()) count += elementCount(shape) ?? 0;
  return count * BFLOAT16_BYTES;
}

/** @throws disk.full before anything is written; as `writeSyntheticModel` */
function makeCheckpoint(words: readonly string[]): void {
  const { values } = parseArgs({
    args: [...words],
    options: {
      model: { type: "string", default: "newbie-exp0.1" },
      scale: { type: "string", default: "small" },
      out: { type: "string" },
      seed: { type: "string", default: "0" },
    },
  });
  requireOneOf("--model", values.model, ["newbie-exp0.1"]);
  const scale = requireOneOf("--scale", values.scale, SCALES);
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new TachieError("usage.invalid", `--seed is ${values.seed}, but must be a whole number from 0 up`);
  if (values.out === undefined) throw new TachieError("usage.invalid", "--out must name the folder to write");
  const folder = path.resolve(values.out);
  const model = newbieCheckpoint(scale, seed);
  const bytes = checkpointBytes(model);
  try {
    makeFolders(path.dirname(folder));
  } catch (error) {
    throw writingError(error, folder);
  }
  const { bavail, bsize } = statfsSync(path.dirname(folder));
  if (bytes * SPACE_RESERVE > bavail * bsize)
    throw new TachieError(
      "disk.full",
      `the weights take ${gigabytes(bytes)}, but ${gigabytes(bavail * bsize)} are free`,
      {
        where: path.dirname(folder),
      },
    );
  const startedAt = performance.now();
  console.error(`writing ${gigabytes(bytes)} of random weights to ${folder}`);
  writeSyntheticModel(folder, { ...model, hasSums: true });
  console.log(`${folder}: ${gigabytes(bytes)} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(3)} GB`;
}

if (import.meta.main)
  try {
    makeCheckpoint(process.argv.slice(2));
  } catch (error) {
    if (!isTachieError(error) && !(error instanceof TypeError)) throw error;
    console.error(isTachieError(error) ? `${error.message}\n  ${error.remedy}` : error.message);
    process.exitCode = 1;
  }
