/**
 * @file The parts that the networks of a model play in making a picture, whatever computes them and wherever it does.
 *
 * A latent of type `L` and a prepared prompt of type `P` are opaque to the pipeline: in ordinary memory (host-*.ts) or in
 * device memory elsewhere.
 */

import type { RgbImage } from "../contract/generation.ts";
import type { TensorOf } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import type { LatentAlgebra } from "./latent-algebra.ts";
import type { PreviewFactors } from "./preview.ts";

/** One text as an author wrote it, and what stands before it for the encoder of token states. */
export interface TextInput {
  readonly system: string;
  readonly text: string;
}

/** What a text is to the transformer. */
export interface EncodedText extends Sized {
  /** float32 [tokens, width] */
  readonly states: TensorOf<"float32">;
  /** float32 [1, width] */
  readonly pooled: TensorOf<"float32">;
}

export interface TextEncoding {
  /** Whether its networks take seconds to load, so that what they gave is worth a file. */
  readonly isSlow?: boolean;
  encode(input: TextInput): Promise<EncodedText>;
  release(): Promise<void>;
}

/** The transformer's tokens: rows and columns of patches. */
export interface TokenGrid {
  readonly rows: number;
  readonly columns: number;
}

/** What a text and a size come to, once for all steps. */
export interface PreparedPrompt extends Sized {
  /** Floating-point operations of one evaluation with it; see `nextDitFlops`. */
  readonly flops: number;
}

/** The passes of guidance. What the layers added in one says nothing about the other. */
export type GuidanceBranch = "conditional" | "unconditional";

/** Velocities that may leave the transformer's layers out; see `step-cache.ts`. One run at a time. */
export interface LayerCache<L, P> {
  /** Forgets what was kept for the runs before. */
  begin(): void;
  /** The velocity, all computed. Keeps what the layers added, for that branch. */
  store(latent: L, time: number, prompt: P, branch: GuidanceBranch): Promise<L>;
  /**
   * The velocity with what the branch's last `store` kept in place of the layers.
   * @throws internal.bug where nothing is kept for the branch, or for another size
   */
  reuse(latent: L, time: number, prompt: P, branch: GuidanceBranch): Promise<L>;
  /** What is kept for the branch: [image tokens, width], row-major. */
  kept(branch: GuidanceBranch): { readonly width: number; readonly values: Float32Array };
}

export interface Denoiser<L, P extends Sized> {
  readonly algebra: LatentAlgebra<L>;
  /** Channels of a latent. */
  readonly channels: number;
  /** Edge of a patch in cells of the latent. */
  readonly patchSize: number;
  /** What does not depend on time, once for each prompt and size. */
  prepare(text: EncodedText, grid: TokenGrid): Promise<P>;
  velocity(latent: L, time: number, prompt: P): Promise<L>;
  /** Where the networks were loaded with the step cache. */
  readonly layerCache?: LayerCache<L, P>;
  /** @param values row-major [channels, rows x patchSize, columns x patchSize] */
  fromHost(values: Float32Array): L | Promise<L>;
  toHost(latent: L): Float32Array | Promise<Float32Array>;
  /** A picture of width x height pixels, one for each cell of the latent. */
  preview(latent: L, factors: PreviewFactors, height: number, width: number): RgbImage;
  release(): Promise<void>;
}

export interface DecodedPicture {
  readonly image: RgbImage;
  /** Whether every value was a finite number. Others have no meaning as a colour. */
  readonly isFinite: boolean;
}

export interface ImageDecoder {
  /** Channels of a latent. */
  readonly channels: number;
  /** Pixels along a side for each cell of the latent. */
  readonly scale: number;
  /**
   * From the sampler's latent [channels, height, width] to red, green and blue planes [3, scale x height, scale x width]
   * with values about -1 to 1. The scaling between sampler and autoencoder happens here.
   */
  decode(latent: Float32Array, height: number, width: number): Promise<Float32Array>;
  /** The same as a picture. */
  decodePicture(latent: Float32Array, height: number, width: number): Promise<DecodedPicture>;
  release(): Promise<void>;
}

export interface Networks<L, P extends Sized> {
  readonly text: TextEncoding;
  readonly denoiser: Denoiser<L, P>;
  readonly decoder: ImageDecoder;
}
