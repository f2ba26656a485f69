/** @file A picture to be made: what is asked, what is reported while it is made, what comes out. */

import { TachieError } from "./errors.ts";
import type { MemoryChoice } from "./memory.ts";
import type { Dialect } from "./prompt.ts";
import type { SamplingSettings } from "./sampling.ts";
import type { OptimisationPreset, Toggle, Toggles } from "./toggles.ts";

export const PROVIDERS = ["cpu", "cuda"] as const;
/** Where inference runs. */
export type Provider = (typeof PROVIDERS)[number];
export const PROVIDER_CHOICES = ["cpu", "cuda", "auto"] as const;
export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];

/** Width and height are multiples of this many pixels: 8 for the VAE times 2 for the patches. */
export const SIZE_MULTIPLE = 16;
/** Seeds are whole numbers from 0 to this, so that JSON and SQLite carry them exactly. */
export const MAX_SEED = Number.MAX_SAFE_INTEGER;

export interface ImageSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** A low-rank adapter to be applied to the model's weights. */
export interface LoraChoice {
  /** Absolute. */
  readonly file: string;
  readonly strength: number;
  /**
   * SHA-256 of the file's bytes, hex. In a record, of what the picture was made with; in a request, what the file must
   * still be. Absent where it is not known.
   */
  readonly sha256?: string;
}

/** The texts that the encoders read: entities resolved, nothing escaped. */
export interface PromptTexts {
  /** Put before the prompt and the negative for the encoder of token states only; "" where the model wants none. */
  readonly system: string;
  readonly positive: string;
  readonly negative: string;
}

/** One picture, asked of the engine. Everything that decides its pixels is here. */
export interface EngineJob {
  /** Absolute path of a model folder. */
  readonly model: string;
  readonly loras: readonly LoraChoice[];
  readonly texts: PromptTexts;
  readonly seed: number;
  readonly size: ImageSize;
  readonly sampling: SamplingSettings;
  /** A wish: what does not apply where the engine computes gives way to what does. */
  readonly toggles: Toggles;
  /** Toggles that do not give way: what does not apply is refused. */
  readonly demanded?: readonly Toggle[];
  readonly provider: ProviderChoice;
  /** How to take a GPU's memory; the usual way where absent. */
  readonly memory?: MemoryChoice;
  /** Write ONNX Runtime's profile to this path. */
  readonly profile?: string;
  /** Send a preview picture with every step. */
  readonly isPreviewWanted: boolean;
}

/** Milliseconds by stage. `stepMs` has one entry for each interval of the time grid. */
export interface EngineTimings {
  /** Loading the model: 0 where it was loaded already. */
  readonly loadMs: number;
  readonly encodeMs: number;
  readonly denoiseMs: number;
  readonly decodeMs: number;
  readonly stepMs: readonly number[];
}

export interface Timings extends EngineTimings {
  readonly saveMs: number;
  /** From the moment the job was taken up to the saved picture. */
  readonly totalMs: number;
}

/** Pixels, row by row, three bytes (red, green, blue) each. */
export interface RgbImage extends ImageSize {
  readonly pixels: Uint8Array;
}

export interface EngineImage {
  readonly image: RgbImage;
  readonly provider: Provider;
  /** What of the job's was applied. */
  readonly toggles: Toggles;
  readonly timings: EngineTimings;
  /** Identifies the weights: see `ModelInfo.hash`. */
  readonly modelHash: string;
  /** Peak resident memory of the engine process so far, in bytes. */
  readonly peakMemoryBytes: number;
}

export const STAGES = ["load", "encode", "denoise", "decode", "save"] as const;
export type Stage = (typeof STAGES)[number];

export interface GenerationProgress {
  readonly stage: Stage;
  /** Intervals of the time grid done so far, out of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Milliseconds the last step took; 0 before the first. */
  readonly stepMs: number;
  /**
   * Passes through the transformer done so far, out of `passesTotal`. Time left goes by these: steps differ in cost, by
   * solver and where guidance ends.
   */
  readonly passes?: number;
  readonly passesTotal?: number;
  /** A small picture of the present state. */
  readonly preview?: RgbImage;
}

/** What a person asks of the studio: one prompt, one or more seeds. Absent fields take the model's defaults. */
export interface GenerateRequest {
  /** The prompt as written, in any dialect. */
  readonly prompt: string;
  /** Names the source in messages, such as a file name. */
  readonly promptName?: string;
  readonly negative?: string;
  /** Stands before prompt and negative for the encoder of token states, in place of the model's own; see SYSTEM_PROMPTS. */
  readonly system?: string;
  /** An installed model's name or a model folder. */
  readonly model?: string;
  readonly loras?: readonly LoraChoice[];
  /** The first picture's seed; the others follow by adding 1. Random where absent. */
  readonly seed?: number;
  readonly count?: number;
  readonly size?: ImageSize;
  readonly sampling?: Partial<SamplingSettings>;
  /** Optimisations, and the sampling settings that the preset brings along. */
  readonly preset?: OptimisationPreset;
  /** Changes to the preset, or to the usual one where none is named. */
  readonly toggles?: Partial<Toggles>;
  /** Toggles that do not give way; see `EngineJob`. */
  readonly demanded?: readonly Toggle[];
  readonly provider?: ProviderChoice;
  /** How to take a GPU's memory; as the settings say where absent. */
  readonly memory?: MemoryChoice;
  readonly profile?: string;
  /** The picture this one repeats or varies. */
  readonly parentId?: string;
}

/** A finished picture. The object that `tachie generate --json` prints one of for each picture. */
export interface GeneratedImage {
  readonly id: string;
  /** Absolute path of the PNG in the library. */
  readonly file: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly provider: Provider;
  readonly toggles: Toggles;
  readonly timings: Timings;
}

/** Everything that is known about a stored picture, enough to make it again. */
export interface GenerationRecord extends GeneratedImage {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** The prompt as its author wrote it. */
  readonly prompt: string;
  readonly dialect: Dialect;
  /** The prompt as the tree that `src-main/prompt` reads from it: plain JSON, at most 200 levels deep. */
  readonly tree: unknown;
  readonly texts: PromptTexts;
  readonly sampling: SamplingSettings;
  /** The model's name, folder and hash at the time. */
  readonly model: string;
  readonly modelFolder: string;
  readonly modelHash: string;
  readonly loras: readonly LoraChoice[];
  readonly parentId?: string;
  /** Whether the PNG is gone from where the library put it: everything else is still known. */
  readonly isFileMissing: boolean;
}

/**
 * @throws settings.invalid for a size that the network cannot take or that exceeds `maxPixels`.
 */
export function checkSize(size: ImageSize, maxPixels: number): void {
  for (const [field, value] of [
    ["width", size.width],
    ["height", size.height],
  ] as const)
    if (!Number.isSafeInteger(value) || value < SIZE_MULTIPLE || value % SIZE_MULTIPLE !== 0)
      throw new TachieError(
        "settings.invalid",
        `${field} is ${value}, but must be a multiple of ${SIZE_MULTIPLE} from ${SIZE_MULTIPLE} up`,
        { where: field },
      );
  if (size.width * size.height > maxPixels)
    throw new TachieError(
      "settings.invalid",
      `${size.width}x${size.height} is ${size.width * size.height} pixels, but this model makes at most ${maxPixels}`,
      { where: "size" },
    );
}

/** @throws settings.invalid */
export function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new TachieError("settings.invalid", `seed is ${seed}, but must be a whole number from 0 to ${MAX_SEED}`, {
      where: "seed",
    });
}
