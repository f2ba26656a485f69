/**
 * @file From a model folder to networks that are ready to run, on the host: which graphs are built from which weights,
 * and that the parts fit each other.
 */

import type { ModelFolder } from "../../models/model-folder.ts";
import { buildFluxVaeDecoderGraph } from "../../models/newbie-exp0.1/flux-vae.ts";
import { inferFluxVaeConfig } from "../../models/newbie-exp0.1/flux-vae-config.ts";
import { openLoraUpdates } from "../../models/newbie-exp0.1/lora.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import { fluxVaeWeights } from "../../models/newbie-exp0.1/flux-vae-names.ts";
import { nextDitWeights } from "../../models/newbie-exp0.1/next-dit-names.ts";
import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { LoraChoice } from "../contract/generation.ts";
import type { LinearUpdates } from "../graph/linear-update.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { InferenceRuntime, InferenceSession } from "../ort/session.ts";
import { hostDecoder } from "./host-decoder.ts";
import { hostDenoiser } from "./host-denoiser.ts";
import type { HostPrompt } from "./host-denoiser.ts";
import type { ProfileParts } from "./profile.ts";
import type { Networks } from "./roles.ts";
import { throwIfCancelled } from "./solvers.ts";
import type { CancelFlag } from "./solvers.ts";
import { inStage } from "./stage.ts";
import { openTextEncoding, requireFit } from "./text-towers.ts";
import type { OpenSession } from "./text-towers.ts";
import { inferenceThreads } from "./threads.ts";

export interface NetworkOptions {
  readonly graphOptimisation: boolean;
  readonly mappedWeights: boolean;
  readonly variant: NetworkVariant;
  /** What adapters add to the transformer; see `openUpdates`. */
  readonly updates: LinearUpdates;
  readonly signal: CancelFlag;
  readonly profile?: ProfileParts | undefined;
}

/**
 * What adapters add to a model's transformer. Opens their files, loads nothing.
 * @throws model.mismatch, model.unsupported, model.incomplete, model.non-finite, safetensors.invalid, file.*
 */
export function openUpdates({ components }: ModelFolder, loras: readonly LoraChoice[]): LinearUpdates {
  const { config } = components.transformer;
  const checkpoint = nextDitWeights(components.transformer.checkpoint);
  return openLoraUpdates(inferNextDitConfig(checkpoint, config), checkpoint, loras);
}

/**
 * Loads every network that a picture needs. What was loaded is freed again when something fails or the job is cancelled.
 * @throws model.mismatch naming the parts that do not fit, model.incomplete, model.unsupported, engine.out-of-memory,
 *   engine.run-failed, job.cancelled
 */
export async function openNetworks(
  model: ModelFolder,
  runtime: InferenceRuntime,
  options: NetworkOptions,
): Promise<Networks<Float32Array, HostPrompt>> {
  const { graphOptimisation, mappedWeights, variant, updates, signal, profile } = options;
  const sessions: InferenceSession[] = [];
  const openSession: OpenSession = async (name, graph) => {
    throwIfCancelled(signal);
    const session = await inStage(`load, ${name}`, () =>
      runtime.createSession(graph, {
        graphOptimisation,
        mappedWeights,
        threads: inferenceThreads(),
        ...(profile === undefined ? {} : { profile: profile.pathFor(name) }),
      }),
    );
    sessions.push(session);
    return session;
  };
  try {
    return await buildNetworks(model, { ...variant, updates }, openSession);
  } catch (error) {
    await Promise.all(sessions.map((session) => session.release()));
    throw error;
  }
}

async function buildNetworks(
  model: ModelFolder,
  variant: NetworkVariant & { readonly updates: LinearUpdates },
  openSession: OpenSession,
): Promise<Networks<Float32Array, HostPrompt>> {
  const { folder, components } = model;
  const { transformer, vae } = components;
  const transformerWeights = nextDitWeights(transformer.checkpoint);
  const vaeWeights = fluxVaeWeights(vae.checkpoint);
  const transformerConfig = inferNextDitConfig(transformerWeights, transformer.config);
  const vaeConfig = inferFluxVaeConfig(vaeWeights, vae.config);
  const { capFeatDim, clipTextDim, inChannels, patchSize } = transformerConfig;
  requireFit(folder, "the transformer's channels", inChannels, "the autoencoder's", vaeConfig.latentChannels);
  const text = await openTextEncoding(model, { states: capFeatDim, pooled: clipTextDim }, variant, openSession);
  const denoiser = hostDenoiser({
    promptSession: await openSession("prompt", buildNextDitPromptGraph(transformerConfig, transformerWeights, variant)),
    stepSession: await openSession(
      "transformer",
      buildNextDitStepGraph(transformerConfig, transformerWeights, variant),
    ),
    channels: inChannels,
    patchSize,
  });
  const decoder = hostDecoder({
    session: await openSession(
      "decoder",
      buildFluxVaeDecoderGraph(vaeConfig, vaeWeights, { ...variant, computeType: "float32" }),
    ),
    channels: vaeConfig.latentChannels,
    // Every stage but the last doubles the size.
    scale: 2 ** (vaeConfig.blockOutChannels.length - 1),
    scalingFactor: vaeConfig.scalingFactor,
    shiftFactor: vaeConfig.shiftFactor,
  });
  return { text, denoiser, decoder };
}
