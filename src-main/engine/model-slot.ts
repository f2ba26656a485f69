/**
 * @file The one model that is in memory. It stays between jobs and makes room before another one is loaded, or the same
 * one when its files, its adapters or the way it is to be loaded changed.
 */

import path from "node:path";
import { loraConfigPath } from "../../models/newbie-exp0.1/lora-scaling.ts";
import { openModelFolder } from "../../models/model-folder.ts";
import type { ModelFolder } from "../../models/model-folder.ts";
import type { ModelInfo } from "../contract/engine.ts";
import type { LoraChoice } from "../contract/generation.ts";
import type { Toggles } from "../contract/toggles.ts";
import type { Compute } from "./compute.ts";
import type { LoadOptions } from "./network-options.ts";
import { openUpdates } from "./networks.ts";
import type { Pipeline } from "./pipeline.ts";
import { filesOf, stampFiles } from "./model-stamp.ts";

export interface LoadedModel {
  readonly info: ModelInfo;
  readonly pipeline: Pipeline;
  /** Whether it had to be loaded just now. */
  readonly isNew: boolean;
}

export interface ModelSlot {
  /**
   * What is known of the model without loading it, read again only where its files changed.
   * @throws model.*, safetensors.invalid, file.* when the folder is not a sound model
   */
  open(folder: string): ModelFolder;
  /**
   * The model ready to work, loaded where it is not the one in memory. A model that is loaded for a profile is never kept
   * from before.
   * @throws model.*, safetensors.invalid, file.* for adapters that are not sound; the model in memory stays then
   * @throws model.mismatch, model.unsupported, engine.out-of-memory, engine.run-failed, job.cancelled
   */
  load(model: ModelFolder, compute: Compute, options: SlotOptions): Promise<LoadedModel>;
  /** Frees the model in memory. */
  unload(): Promise<void>;
}

export interface SlotOptions extends LoadOptions {
  readonly loras: readonly LoraChoice[];
}

interface OpenedModel {
  readonly model: ModelFolder;
  readonly files: readonly string[];
  readonly stamp: string;
}

/**
 * @param onLoaded told whenever another model, or none, is in memory
 */
export function createModelSlot(onLoaded: (model: ModelInfo | undefined) => void): ModelSlot {
  let opened: OpenedModel | undefined;
  let loaded: { form: string; info: ModelInfo; pipeline: Pipeline } | undefined;

  async function unload(): Promise<void> {
    if (loaded === undefined) return;
    const { pipeline } = loaded;
    loaded = undefined;
    onLoaded(undefined);
    await pipeline.release();
  }

  return {
    open(folder) {
      const isSame = opened?.model.folder === path.resolve(folder) && stampFiles(opened.files) === opened.stamp;
      if (opened !== undefined && isSame) return opened.model;
      opened = undefined;
      const model = openModelFolder(folder);
      const files = filesOf(model);
      opened = { model, files, stamp: stampFiles(files) };
      return model;
    },
    async load(model, compute, { loras, toggles, memory, signal, profile }) {
      const identity = identityOf(model, compute, toggles, loras);
      // Not part of the identity: the values that are kept under it are the same however memory is taken.
      const form = JSON.stringify([identity, compute.provider === "cpu" ? undefined : memory]);
      if (loaded?.form === form && profile === undefined) return { ...loaded, isNew: false };
      const updates = openUpdates(model, loras);
      await unload();
      const pipeline = await compute.openPipeline(model, { toggles, memory, signal, profile, updates, identity });
      const info = describeModel(model);
      loaded = { form, info, pipeline };
      onLoaded(info);
      return { ...loaded, isNew: true };
    },
    unload,
  };
}

/** Everything that decides what the networks compute. The toggles that do not reach the sessions are left out. */
function identityOf(
  { folder, hash }: ModelFolder,
  { provider }: Compute,
  toggles: Toggles,
  loras: readonly LoraChoice[],
): string {
  const adapters = loras.map(({ file, strength }) => [file, strength, stampFiles([file, loraConfigPath(file)])]);
  const ofSessions = Object.entries(toggles).filter(([name]) => name !== "text_cache");
  return JSON.stringify([provider, folder, hash, adapters, ofSessions]);
}

export function describeModel({ folder, manifest, hash, parameters, weightBytes }: ModelFolder): ModelInfo {
  return { folder, name: manifest.name, hash, parameters, weightBytes, isPlaceholder: manifest.isPlaceholder };
}
