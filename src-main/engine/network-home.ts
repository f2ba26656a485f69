/**
 * @file Where the networks of a model compute, and in which form: on the host (`host-home.ts`) or on a GPU
 * (`device/device-home.ts`).
 */

import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitOptions } from "../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { InferenceSession } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import type { Denoiser, ImageDecoder, TextEncoding } from "./roles.ts";

export type NetworkKind = "text" | "prompt" | "step" | "decoder";

export interface DenoiserPlan<S> {
  /** Loads the two graphs: see models/newbie-exp0.1/next-dit.ts for what goes in and out. */
  readonly sessions: () => Promise<{ readonly prompt: S; readonly step: S }>;
  readonly channels: number;
  readonly patchSize: number;
}

export interface DecoderPlan<S> {
  /** latent f32 [1, channels, height, width] -> image f32 [1, 3, scale x height, scale x width] */
  readonly session: () => Promise<S>;
  readonly channels: number;
  readonly scale: number;
  /** The sampler's latents are (z - shiftFactor) x scalingFactor, z being the autoencoder's own. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
}

export interface NetworkHome<S extends InferenceSession, L, P extends Sized> {
  /** The form that the graph of that network is to have; what is not named is as usual. */
  variant(kind: NetworkKind): Partial<NetworkVariant>;
  /**
   * Loads a graph.
   * @param name for messages and profiles
   */
  open(kind: NetworkKind, name: string, graph: GraphModel): Promise<S>;
  text(open: () => Promise<TextEncoding>): Promise<TextEncoding>;
  denoiser(plan: DenoiserPlan<S>): Promise<Denoiser<L, P>>;
  decoder(plan: DecoderPlan<S>): Promise<ImageDecoder>;
  /** Called once after the three above: loads what is to be ready before the first picture. */
  load(): Promise<void>;
  /** Frees every network. May be called when some have not been opened. */
  release(): Promise<void>;
}

/** Two sessions of which none stays when the other cannot be opened. */
export async function openBoth<A extends InferenceSession, B extends InferenceSession>(
  openFirst: () => Promise<A>,
  openSecond: () => Promise<B>,
): Promise<readonly [A, B]> {
  const first = await openFirst();
  try {
    return [first, await openSecond()];
  } catch (error) {
    await first.release();
    throw error;
  }
}

/** The two graphs of a transformer in the form that its home wants. */
export async function openDenoiserSessions<S extends InferenceSession>(
  home: Pick<NetworkHome<S, unknown, Sized>, "open" | "variant">,
  config: NextDitConfig,
  weights: Checkpoint,
  options: Pick<NextDitOptions, "updates" | "isPooledIgnored">,
): Promise<{ readonly prompt: S; readonly step: S }> {
  const [prompt, step] = await openBoth(
    () =>
      home.open(
        "prompt",
        "prompt",
        buildNextDitPromptGraph(config, weights, { ...home.variant("prompt"), ...options }),
      ),
    () =>
      home.open("step", "transformer", buildNextDitStepGraph(config, weights, { ...home.variant("step"), ...options })),
  );
  return { prompt, step };
}
