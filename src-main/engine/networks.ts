/**
 * @file From a model folder to networks that are ready to run: which graphs are built from which weights, and that the
 * parts fit each other. Where they compute is their home's affair.
 */

import type { ModelFolder } from "../../models/model-folder.ts";
import { buildFluxVaeDecoderGraph } from "../../models/newbie-exp0.1/flux-vae.ts";
import { inferFluxVaeConfig } from "../../models/newbie-exp0.1/flux-vae-config.ts";
import { openLoraUpdates } from "../../models/newbie-exp0.1/lora.ts";
import { fluxVaeWeights } from "../../models/newbie-exp0.1/flux-vae-names.ts";
import { nextDitWeights } from "../../models/newbie-exp0.1/next-dit-names.ts";
import { nextDitFlops } from "../../models/newbie-exp0.1/next-dit-flops.ts";
import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { LoraChoice } from "../contract/generation.ts";
import type { LinearUpdates } from "../graph/linear-update.ts";
import type { InferenceSession } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import { openDenoiserSessions } from "./network-home.ts";
import type { NetworkHome } from "./network-home.ts";
import type { Networks } from "./roles.ts";
import { openTextEncoding, requireFit } from "./text-towers.ts";

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
 * Opens every network that a picture needs. What was loaded is freed again when something fails or the job is cancelled.
 * @throws model.mismatch naming the parts that do not fit, model.incomplete, model.unsupported, engine.out-of-memory,
 *   engine.run-failed, job.cancelled
 */
export async function openNetworks<S extends InferenceSession, L, P extends Sized>(
  model: ModelFolder,
  home: NetworkHome<S, L, P>,
  updates: LinearUpdates,
): Promise<Networks<L, P>> {
  try {
    const networks = await buildNetworks(model, home, updates);
    await home.load();
    return networks;
  } catch (error) {
    await home.release();
    throw error;
  }
}

async function buildNetworks<S extends InferenceSession, L, P extends Sized>(
  model: ModelFolder,
  home: NetworkHome<S, L, P>,
  updates: LinearUpdates,
): Promise<Networks<L, P>> {
  const { folder, components } = model;
  const { transformer, vae } = components;
  const weights = nextDitWeights(transformer.checkpoint);
  const vaeWeights = fluxVaeWeights(vae.checkpoint);
  const config = inferNextDitConfig(weights, transformer.config);
  const vaeConfig = inferFluxVaeConfig(vaeWeights, vae.config);
  const { capFeatDim, clipTextDim, inChannels, patchSize } = config;
  requireFit(folder, "the transformer's channels", inChannels, "the autoencoder's", vaeConfig.latentChannels);
  const text = await home.text(() =>
    openTextEncoding(
      model,
      { states: capFeatDim, pooled: clipTextDim },
      (name, graph) => home.open("text", name, graph),
      home.variant("text"),
    ),
  );
  const denoiser = await home.denoiser({
    sessions: () => openDenoiserSessions(home, config, weights, { updates }),
    channels: inChannels,
    patchSize,
    flops: (tokens) => nextDitFlops(config, tokens),
  });
  const decoder = await home.decoder({
    session: () =>
      home.open("decoder", "decoder", buildFluxVaeDecoderGraph(vaeConfig, vaeWeights, home.variant("decoder"))),
    channels: vaeConfig.latentChannels,
    // Every stage but the last doubles the size.
    scale: 2 ** (vaeConfig.blockOutChannels.length - 1),
    scalingFactor: vaeConfig.scalingFactor,
    shiftFactor: vaeConfig.shiftFactor,
  });
  return { text, denoiser, decoder };
}
