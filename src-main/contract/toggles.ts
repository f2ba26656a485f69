/**
 * @file Optimisations that can be turned on and off, so that the effect of each is measurable.
 * A toggle set travels with every job; what of it was applied is stored with every picture.
 */

import type { Provider } from "./generation.ts";
import type { SamplingSettings } from "./sampling.ts";

export interface ToggleDefinition {
  /** From the plainest form to the furthest: where one does not apply, the nearest before it that does stands in. */
  readonly values: readonly string[];
  /** How pictures were made before the toggle existed. */
  readonly before: string;
  /** Whether every value gives the same picture up to rounding. */
  readonly isLossless: boolean;
  readonly summary: string;
  readonly appliesTo: Provider | "both";
  /** Values that only one provider has, with what the other lacks. */
  readonly only?: Readonly<Record<string, { readonly provider: Provider; readonly reason: string }>>;
}

const CUDA = (reason: string) => ({ provider: "cuda", reason }) as const;
const CPU = (reason: string) => ({ provider: "cpu", reason }) as const;

export const TOGGLES = {
  precision: {
    values: ["fp32", "bf16"],
    before: "fp32",
    isLossless: true,
    summary: "the type that the transformer and the text encoders compute in",
    appliesTo: "both",
    only: { bf16: CUDA("the CPU has no kernels for bfloat16") },
  },
  optimise: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "let ONNX Runtime fold constants and fuse operators when a model is loaded",
    appliesTo: "both",
  },
  attention: {
    values: ["plain", "fused", "flash", "cudnn"],
    before: "fused",
    isLossless: true,
    summary: "two products and a softmax; one operator, whose kernel the runtime chooses; or the kernel of that name",
    appliesTo: "both",
    only: {
      flash: CUDA("flash attention is a kernel for GPUs"),
      cudnn: CUDA("cuDNN's attention is a kernel for GPUs"),
    },
  },
  fused: {
    values: ["off", "operators", "kernels"],
    before: "operators",
    isLossless: true,
    summary: "norms, rotary turns and activations: basic operators, ONNX Runtime's fused ones, or kernels of our own",
    appliesTo: "both",
    only: { kernels: CUDA("the fused kernels are written for GPUs") },
  },
  graph: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "record a step of the transformer once as a CUDA graph and replay it (CUDA)",
    appliesTo: "cuda",
    only: { on: CUDA("there are no CUDA graphs without a GPU") },
  },
  vae_graph: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "record the autoencoder as a CUDA graph too (CUDA)",
    appliesTo: "cuda",
    only: { on: CUDA("there are no CUDA graphs without a GPU") },
  },
  fixed_length: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "pad prompts to a few lengths, so that one CUDA graph serves many of them (CUDA)",
    appliesTo: "cuda",
    only: { on: CUDA("only CUDA graphs gain by prompts of equal length") },
  },
  text_cache: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "keep what depends on the prompt alone, so that a prompt is encoded once",
    appliesTo: "both",
  },
  vae_precision: {
    values: ["fp32", "bf16"],
    before: "fp32",
    isLossless: false,
    summary: "the type that the autoencoder computes in; bf16 shows as differences of a few levels of colour (CUDA)",
    appliesTo: "cuda",
    only: { bf16: CUDA("the CPU has no kernels for bfloat16") },
  },
  vae_tiling: {
    values: ["off", "on"],
    before: "off",
    isLossless: false,
    summary:
      "decode pictures beyond 512 pixels in overlapping pieces, which takes less memory and changes tones a little",
    appliesTo: "both",
  },
  encoder_offload: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "release the text encoders after use, which takes less memory and makes new prompts slower (CUDA)",
    appliesTo: "cuda",
    only: { on: CUDA("the text encoders stay loaded on the CPU") },
  },
  step_cache: {
    values: ["off", "on"],
    before: "off",
    isLossless: false,
    summary: "skip the transformer's layers in steps where their result hardly changes (CUDA)",
    appliesTo: "cuda",
    only: { on: CUDA("every step is computed on the CPU") },
  },
  mapped_weights: {
    values: ["off", "on"],
    before: "off",
    isLossless: true,
    summary: "map float32 weights from the file instead of keeping a packed private copy in memory (CPU)",
    appliesTo: "cpu",
    only: { on: CPU("weights for a GPU lie in its own memory") },
  },
} as const satisfies Record<string, ToggleDefinition>;

export type Toggle = keyof typeof TOGGLES;
export type ToggleValue<T extends Toggle = Toggle> = (typeof TOGGLES)[T]["values"][number];
export type Toggles = { readonly [T in Toggle]: ToggleValue<T> };

/** What toggles were called by earlier versions, whose pictures and drafts still use those names. */
export const FORMER_NAMES: Partial<Record<Toggle, string>> = {
  optimise: "graph_optimisation",
  text_cache: "embedding_cache",
};

const REFERENCE: Toggles = {
  precision: "fp32",
  optimise: "off",
  attention: "plain",
  fused: "off",
  graph: "off",
  vae_graph: "off",
  fixed_length: "off",
  text_cache: "off",
  vae_precision: "fp32",
  vae_tiling: "off",
  encoder_offload: "off",
  step_cache: "off",
  mapped_weights: "off",
};
const EXACT: Toggles = {
  ...REFERENCE,
  precision: "bf16",
  optimise: "on",
  attention: "cudnn",
  fused: "kernels",
  graph: "on",
  vae_graph: "on",
  text_cache: "on",
  mapped_weights: "on",
};

/** What is wished for, on any provider; see `applyToggles` for what becomes of it. */
export const OPTIMISATION_PRESETS = {
  /** Everything off: what the ladder is measured against. */
  reference: REFERENCE,
  /** All that does not change the picture. */
  exact: EXACT,
  /** The same, with guidance ending where the model's makers end it. */
  balanced: EXACT,
  /** Everything that makes it faster. */
  turbo: { ...EXACT, vae_precision: "bf16", step_cache: "on" },
} as const satisfies Record<string, Toggles>;
export type OptimisationPreset = keyof typeof OPTIMISATION_PRESETS;
export const DEFAULT_PRESET: OptimisationPreset = "balanced";
export const DEFAULT_TOGGLES: Toggles = OPTIMISATION_PRESETS[DEFAULT_PRESET];

/** Sampling settings that a preset brings along where it is asked for by name; single settings come over them. */
export const PRESET_SAMPLING: Readonly<Record<OptimisationPreset, Partial<SamplingSettings>>> = {
  reference: { truncate: 1 },
  exact: { truncate: 1 },
  balanced: { truncate: 0.25 },
  turbo: { truncate: 0.25 },
};

export function isOptimisationPreset(value: unknown): value is OptimisationPreset {
  return typeof value === "string" && Object.hasOwn(OPTIMISATION_PRESETS, value);
}
