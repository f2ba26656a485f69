/** @file What the engine does for its owner: the only door to inference. */

import type { BenchParams, BenchProgress, BenchReport } from "./bench.ts";
import type { EngineDiagnosis } from "./doctor.ts";
import type { EngineImage, EngineJob, GenerationProgress, Provider, ProviderChoice } from "./generation.ts";
import type { CalibrateParams, CalibrationReport } from "./step-cache.ts";
import type { EngineState } from "./studio.ts";
import type { MeasureParams, TokenMeasure } from "./tokens.ts";

export interface ModelInfo {
  /** Absolute path of the model folder. */
  readonly folder: string;
  readonly name: string;
  /** SHA-256 over the headers of all weight files and a sample of their data; changes when the weights do. Hex. */
  readonly hash: string;
  readonly parameters: number;
  readonly weightBytes: number;
  /** Set where the weights are random, so that pictures are noise. */
  readonly isPlaceholder: boolean;
}

export interface EngineHealth {
  readonly pid: number;
  readonly provider: Provider;
  readonly runtime: string;
  readonly uptimeMs: number;
  /** Resident bytes of the engine process: now, and the most so far. */
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
  readonly loadedModel?: ModelInfo;
}

export interface ParityCase {
  /** File name and case, such as `next_dit.safetensors pair.out`. */
  readonly name: string;
  /** Largest absolute error divided by the root mean square of the expected values. */
  readonly error: number;
}

export interface ParityParams {
  readonly file: string;
  /** The tokenizer.json that texts are compared with. */
  readonly tokenizer?: string;
  /** The CPU where absent. */
  readonly provider?: ProviderChoice;
  /** fp32 where absent. */
  readonly precision?: "fp32" | "bf16";
}

export interface ParityReport {
  readonly cases: readonly ParityCase[];
}

/** Methods of the engine. Names end up on the wire, so they are part of its version. */
export interface EngineMethods {
  health(params: Record<string, never>): EngineHealth;
  /** Opens and checks a model folder without loading it into a session. */
  describe(params: { readonly model: string }): ModelInfo;
  /**
   * Loads a model ahead of the first job and makes a picture that nobody sees: on a GPU of the job's size, for its kernels and
   * graphs, elsewhere a small one. A cancel gives the picture up; a load that has begun is ended all the same.
   * @throws engine.out-of-memory before anything is loaded, where the weights do not fit; model.*, job.cancelled
   */
  warm(params: { readonly model: string; readonly job?: EngineJob }): ModelInfo;
  generate(params: EngineJob): EngineImage;
  /** Counts the tokens of a text as the model's encoders read it. Loads no weights. */
  measure(params: MeasureParams): TokenMeasure;
  /** Compares a network with reference values; see `tachie parity`. */
  parity(params: ParityParams): ParityReport;
  /** What can be told of the machine without a model. Opens the GPU to see whether it works. */
  doctor(params: Record<string, never>): EngineDiagnosis;
  /** Measures a model for the step cache, and keeps what was measured. */
  calibrate(params: CalibrateParams): CalibrationReport;
  /** Measures the ladder of optimisations; see `tachie bench`. Keeps the engine busy for minutes. */
  bench(params: BenchParams): BenchReport;
}

export interface EngineService {
  readonly methods: EngineMethods;
  readonly progress: { readonly generate: GenerationProgress; readonly bench: BenchProgress };
  readonly events: Record<string, never>;
}

export interface RelayedEngineMethods extends EngineMethods {
  /** See `StudioMethods.startEngine`: for the owner, who keeps count of the failures. */
  startAgain(params: Record<string, never>): Record<string, never>;
}

/**
 * The engine as its owner passes it on to another process, which can see neither its heartbeats nor its end: the same
 * service, told of by its owner. An owner that emits nothing is one whose engine's state is not known.
 */
export interface RelayedEngineService {
  readonly methods: RelayedEngineMethods;
  readonly progress: EngineService["progress"];
  readonly events: { readonly state: EngineState };
}

export const ENGINE_METHODS = [
  "health",
  "describe",
  "warm",
  "generate",
  "measure",
  "parity",
  "doctor",
  "calibrate",
  "bench",
] as const satisfies readonly (keyof EngineMethods)[];

export const RELAYED_ENGINE_METHODS = [
  ...ENGINE_METHODS,
  "startAgain",
] as const satisfies readonly (keyof RelayedEngineMethods)[];

/** The engine posts a heartbeat this often, also while it computes. */
export const HEARTBEAT_MS = 1000;
