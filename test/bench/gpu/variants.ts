/** @file What is measured on a GPU: each row of the ladder adds one thing to the row before. */

import { FASTEST_FORM, PLAIN_FORM } from "../../../src-main/engine/device/device-form.ts";
import type { DeviceForm } from "../../../src-main/engine/device/device-form.ts";
import type { MemoryPlan } from "../../../src-main/engine/device/memory-plan.ts";
import type { SamplingSettings } from "../../../src-main/contract/sampling.ts";

export interface GpuVariant {
  readonly title: string;
  readonly form: DeviceForm;
  /** How it takes memory; nothing is spared where absent. */
  readonly memory?: { readonly plan: MemoryPlan };
  readonly sampling?: Partial<SamplingSettings>;
}

const SPARING: MemoryPlan = { isSparing: true, isGivenBack: true, limitBytes: undefined };
const bf16: DeviceForm = { ...PLAIN_FORM, precision: "bfloat16", decoderPrecision: "bfloat16" };
const fused: DeviceForm = { ...bf16, graphOptimisation: true, operators: "fused" };
const flash: DeviceForm = { ...fused, attention: "fused", attentionKernel: "flash" };
const cudnn: DeviceForm = { ...flash, attentionKernel: "default" };
const graph: DeviceForm = { ...cudnn, hasStepGraph: true };

/** As the preset of that name; the decoder in bfloat16 would show. */
const EXACT: DeviceForm = { ...FASTEST_FORM, decoderPrecision: "float32" };

export const GPU_VARIANTS: Readonly<Record<string, GpuVariant>> = {
  reference: { title: "no optimisation, float32", form: PLAIN_FORM },
  bf16: { title: "+ bfloat16", form: bf16 },
  fused: { title: "+ graph optimisation, fused operators", form: fused },
  flash: { title: "+ flash attention", form: flash },
  cudnn: { title: "+ the runtime's choice of attention kernel", form: cudnn },
  graph: { title: "+ CUDA graph", form: graph },
  exact: { title: "+ own fused kernels (exact)", form: EXACT },
  "exact-bf16-decoder": { title: "exact, decoder in bfloat16", form: FASTEST_FORM },
  "exact-without-decoder-graph": { title: "exact, decoder launched", form: { ...EXACT, hasDecoderGraph: false } },
  "exact-without-graph": {
    title: "exact without CUDA graphs",
    form: { ...EXACT, hasStepGraph: false, hasDecoderGraph: false },
  },
  "exact-float32": {
    title: "exact in float32",
    form: { ...FASTEST_FORM, precision: "float32", decoderPrecision: "float32" },
  },
  "exact-sparing": { title: "exact, sparing with memory", form: EXACT, memory: { plan: SPARING } },
  "exact-small-workspaces": {
    title: "exact, small scratch memory, nothing given back",
    form: EXACT,
    memory: { plan: { ...SPARING, isGivenBack: false } },
  },
  "exact-tiled": { title: "exact, decoded in tiles", form: { ...EXACT, isDecoderTiled: true } },
  balanced: {
    title: "exact, guidance up to t = 0.25",
    form: EXACT,
    sampling: { truncate: 0.25 },
  },
};
