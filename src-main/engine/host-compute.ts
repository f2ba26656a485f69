/** @file Pictures on the CPU. */

import { TachieError } from "../contract/errors.ts";
import type { InferenceRuntime } from "../ort/session.ts";
import type { Compute } from "./compute.ts";
import { hostHome } from "./host-home.ts";
import { openNetworks } from "./networks.ts";
import { hostParityHome, runParity } from "./parity.ts";
import { createPipeline } from "./pipeline.ts";

export function hostCompute(runtime: InferenceRuntime): Compute {
  return {
    provider: runtime.provider,
    version: runtime.version,
    lacks: [],
    async openPipeline(model, { updates, identity, ...options }) {
      return createPipeline(await openNetworks(model, hostHome(runtime, options), updates), identity);
    },
    roomBytes: () => process.availableMemory() + process.memoryUsage.rss(),
    async parity(file, precision) {
      if (precision === "bfloat16")
        throw new TachieError("settings.invalid", "the CPU has no kernels for bfloat16", {
          where: "precision",
          remedy: "Leave --precision out, or use --provider cuda.",
        });
      return await runParity(file, hostParityHome(runtime));
    },
  };
}
