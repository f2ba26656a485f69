/** @file What the inference thread does for the engine's main thread. Parameters have been checked before they get here. */

import type { BenchParams, BenchProgress, BenchReport } from "../contract/bench.ts";
import type { EngineMethods, ModelInfo } from "../contract/engine.ts";
import type { EngineImage, EngineJob, GenerationProgress, Provider } from "../contract/generation.ts";
import type { CalibrateParams, CalibrationReport } from "../contract/step-cache.ts";
import type { CancelBuffer } from "./shared-cancel.ts";

export interface RuntimeInfo {
  readonly provider: Provider;
  /** Name and version. */
  readonly version: string;
}

export interface InferenceMethods extends Pick<EngineMethods, "describe" | "measure" | "parity" | "doctor"> {
  runtime(params: Record<string, never>): RuntimeInfo;
  warm(params: { readonly model: string; readonly job?: EngineJob; readonly cancel: CancelBuffer }): ModelInfo;
  generate(params: { readonly job: EngineJob; readonly cancel: CancelBuffer }): EngineImage;
  calibrate(params: CalibrateParams & { readonly cancel: CancelBuffer }): CalibrationReport;
  bench(params: BenchParams & { readonly cancel: CancelBuffer }): BenchReport;
}

export interface InferenceService {
  readonly methods: InferenceMethods;
  readonly progress: { readonly generate: GenerationProgress; readonly bench: BenchProgress };
  /** `loaded`: which model is in memory now; none while it is being exchanged. */
  readonly events: { readonly loaded: { readonly model?: ModelInfo } };
}

export const INFERENCE_METHODS = [
  "describe",
  "measure",
  "parity",
  "runtime",
  "warm",
  "generate",
  "doctor",
  "calibrate",
  "bench",
] as const satisfies readonly (keyof InferenceMethods)[];
