/**
 * @file Whether a model's weights fit where they are to be loaded, told before anything that is there is given up.
 *
 * Only for loads that nobody waits for: what somebody asked for is tried.
 */

import type { ModelFolder } from "../../models/model-folder.ts";
import { TachieError } from "../contract/errors.ts";
import type { Toggles } from "../contract/toggles.ts";
import { formatBytes } from "../cuda/status.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import { countParameters } from "../graph/safetensors.ts";

const BYTES = { fp32: 4, bf16: 2 } as const;

/**
 * Bytes that the weights take in the types that they are computed in; with encoders offloaded, the larger of the two sides.
 * @param toggles those that apply
 */
export function loadedBytes({ components }: Pick<ModelFolder, "components">, toggles: Toggles): number {
  const { transformer, vae, textEncoder, pooledEncoder } = components;
  const width = toggles.precision === "bf16" ? BYTES.bf16 : BYTES.fp32;
  const decoderWidth = toggles.vae_precision === "bf16" ? BYTES.bf16 : BYTES.fp32;
  const picture = width * parametersOf(transformer.checkpoint) + decoderWidth * parametersOf(vae.checkpoint);
  const encoders = pooledEncoder === undefined ? [textEncoder] : [textEncoder, pooledEncoder];
  const text = encoders.reduce((bytes, { checkpoint }) => bytes + width * parametersOf(checkpoint), 0);
  return toggles.encoder_offload === "on" ? Math.max(picture, text) : picture + text;
}

/**
 * @param roomBytes what there is for the engine, what it takes already included
 * @throws engine.out-of-memory saying how much is missing
 */
export function requireRoom(model: ModelFolder, toggles: Toggles, roomBytes: number): void {
  const neededBytes = loadedBytes(model, toggles);
  if (neededBytes <= roomBytes) return;
  throw new TachieError(
    "engine.out-of-memory",
    `the weights of ${model.manifest.name} take ${formatBytes(neededBytes)}, but there are ${formatBytes(Math.max(0, roomBytes))} for them`,
    { where: model.folder },
  );
}

function parametersOf(checkpoint: Checkpoint): number {
  return countParameters(Array.from(checkpoint.names(), (name) => checkpoint.tensor(name)));
}
