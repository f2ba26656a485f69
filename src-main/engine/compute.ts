/**
 * @file Where pictures are computed: on the CPU, or on a GPU. Each is opened when it is first wanted and stays open.
 */

import type { ModelFolder } from "../../models/model-folder.ts";
import type { ParityReport } from "../contract/engine.ts";
import type { TachieError } from "../contract/errors.ts";
import { isTachieError } from "../contract/errors.ts";
import type { Provider, ProviderChoice } from "../contract/generation.ts";
import type { Lack } from "../contract/toggle-rules.ts";
import type { LinearUpdates } from "../graph/linear-update.ts";
import type { ComputeType } from "../graph/network-variant.ts";
import type { Pipeline } from "./pipeline.ts";
import type { LoadOptions } from "./network-options.ts";

export interface PipelineOptions extends LoadOptions {
  /** What adapters add to the transformer. */
  readonly updates: LinearUpdates;
  /** Names everything that decides what the networks compute. */
  readonly identity: string;
}

export interface Compute {
  readonly provider: Provider;
  /** Name and version of the runtime, and of the GPU where there is one. */
  readonly version: string;
  /** Toggles that cannot be had here beyond what holds for the provider. */
  readonly lacks: readonly Lack[];
  /** @throws as `openNetworks` */
  openPipeline(model: ModelFolder, options: PipelineOptions): Promise<Pipeline>;
  /**
   * Compares a network with reference values.
   * @throws as `runParity`; settings.invalid for a precision that cannot be had here
   */
  parity(file: string, precision: ComputeType): Promise<ParityReport>;
  /** Bytes of device memory in use, by whomever; absent on the CPU. */
  deviceMemoryBytes?(): number;
}

export interface Computes {
  /**
   * `auto` is the GPU where there is one that can be used.
   * @throws engine.unsupported, engine.start-failed saying why the GPU that was asked for cannot be used
   */
  get(choice: ProviderChoice): Promise<Compute>;
  /** Why `auto` is the CPU, once that was found out. */
  readonly reasonAgainstGpu: TachieError | undefined;
}

/**
 * @param openCpu and `openGpu` are called once at most, unless they fail
 */
export function createComputes(openCpu: () => Promise<Compute>, openGpu: () => Promise<Compute>): Computes {
  let cpu: Promise<Compute> | undefined;
  let gpu: Promise<Compute> | undefined;
  let reason: TachieError | undefined;
  const getCpu = (): Promise<Compute> => (cpu ??= openCpu());
  const getGpu = (): Promise<Compute> => (gpu ??= openGpu());
  return {
    async get(choice) {
      if (choice === "cpu") return getCpu();
      if (choice === "auto" && reason !== undefined) return getCpu();
      try {
        return await getGpu();
      } catch (error) {
        gpu = undefined;
        if (choice === "cuda" || !isMissingGpu(error)) throw error;
        reason = error;
        return getCpu();
      }
    },
    get reasonAgainstGpu() {
      return reason;
    },
  };
}

/** There is no GPU to use; anything else is a fault that must not be passed over in silence. */
function isMissingGpu(error: unknown): error is TachieError {
  return isTachieError(error, "engine.unsupported");
}
