/**
 * @file Where the networks of a model compute, and in which form: on the host (`host-home.ts`) or on a GPU
 * (`device/device-home.ts`).
 */

import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import type { NextDitOptions } from "../../models/newbie-exp0.1/next-dit.ts";
import type { EvaluationTokens } from "../../models/newbie-exp0.1/next-dit-flops.ts";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { InferenceSession } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import type { Denoiser, ImageDecoder, TextEncoding } from "./roles.ts";

export type NetworkKind = "text" | "prompt" | "step" | "decoder";

/** The graphs of models/newbie-exp0.1/next-dit.ts, which says what goes in and out. */
export interface DenoiserSessions<P, S = P> {
  readonly prompt: P;
  readonly step: S;
  /** With the step cache: an evaluation without the layers. `step` then gives `residual`, which this one takes. */
  readonly reuse?: S | undefined;
}

export interface DenoiserPlan<S> {
  readonly sessions: () => Promise<DenoiserSessions<S>>;
  readonly channels: number;
  readonly patchSize: number;
  /** Floating-point operations of one evaluation. */
  readonly flops: (tokens: EvaluationTokens) => number;
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
  /** Whether the transformer is to keep what its layers added, and to have a form without them. */
  readonly hasStepCache: boolean;
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

/** The graphs of a transformer in the form that its home wants. None stays loaded when another cannot be. */
export async function openDenoiserSessions<S extends InferenceSession>(
  home: Pick<NetworkHome<S, unknown, Sized>, "open" | "variant" | "hasStepCache">,
  config: NextDitConfig,
  weights: Checkpoint,
  options: Pick<NextDitOptions, "updates" | "isPooledIgnored">,
): Promise<DenoiserSessions<S>> {
  const opened: S[] = [];
  const keep = async (session: Promise<S>): Promise<S> => {
    opened.push(await session);
    return session;
  };
  const openStep = (name: string, layerResult: NonNullable<NextDitOptions["layerResult"]>): Promise<S> => {
    const graph = buildNextDitStepGraph(config, weights, { ...home.variant("step"), ...options, layerResult });
    return keep(home.open("step", name, graph));
  };
  try {
    const promptGraph = buildNextDitPromptGraph(config, weights, { ...home.variant("prompt"), ...options });
    const prompt = await keep(home.open("prompt", "prompt", promptGraph));
    if (!home.hasStepCache) return { prompt, step: await openStep("transformer", "compute") };
    const step = await openStep("transformer", "store");
    return { prompt, step, reuse: await openStep("transformer without layers", "reuse") };
  } catch (error) {
    for (const session of opened) await session.release();
    throw error;
  }
}
