/** @file Pictures on a GPU. */

import { USUAL_MEMORY } from "../../contract/memory.ts";
import type { Lack } from "../../contract/toggle-rules.ts";
import type { Compute } from "../compute.ts";
import { openNetworks } from "../networks.ts";
import { runParity } from "../parity.ts";
import { createPipeline } from "../pipeline.ts";
import { FASTEST_FORM, formOf } from "./device-form.ts";
import { deviceHome } from "./device-home.ts";
import type { Gpu } from "./gpu.ts";
import { memoryPlan } from "./memory-plan.ts";

/** What is not there for any GPU. */
const MISSING: readonly Lack[] = [
  {
    toggle: "vae_graph",
    value: "on",
    reason: "cuDNN's convolutions cannot be recorded into a CUDA graph by this ONNX Runtime",
  },
  { toggle: "fixed_length", value: "on", reason: "every prompt is computed at its own length" },
  { toggle: "step_cache", value: "on", reason: "every step is computed" },
];
/** Compute capability from which each attention kernel exists. */
const FLASH_FROM = 8;
const CUDNN_FROM = 9;

export function gpuCompute(gpu: Gpu): Compute {
  const { name, computeCapability } = gpu.info;
  return {
    provider: "cuda",
    version: `${gpu.runtime.version} on ${name}`,
    lacks: [...MISSING, ...lacksOf(name, computeCapability[0])],
    async openPipeline(model, { toggles, signal, profile, updates, identity, memory = USUAL_MEMORY }) {
      const home = deviceHome(gpu, {
        form: formOf(toggles),
        signal,
        profile,
        plan: memoryPlan(memory, gpu.info.memoryBytes),
      });
      return createPipeline(await openNetworks(model, home, updates), identity);
    },
    async parity(file, precision) {
      const form = { ...FASTEST_FORM, precision, decoderPrecision: precision };
      return await runParity(file, deviceHome(gpu, { form, signal: { aborted: false } }));
    },
    deviceMemoryBytes() {
      const { totalBytes, freeBytes } = gpu.memory.info();
      return totalBytes - freeBytes;
    },
  };
}

function lacksOf(name: string, capability: number): Lack[] {
  const lacks: Lack[] = [];
  const tooOld = (what: string): string => `${name} is too old for ${what}`;
  if (capability < FLASH_FROM)
    lacks.push(
      { toggle: "attention", value: "flash", reason: tooOld("flash attention") },
      { toggle: "precision", value: "bf16", reason: tooOld("bfloat16") },
      { toggle: "vae_precision", value: "bf16", reason: tooOld("bfloat16") },
    );
  // Seen on an H100 at 4352 tokens: an illegal address inside ONNX Runtime's kernel. cuDNN's is faster there anyway.
  if (capability >= CUDNN_FROM)
    lacks.push({ toggle: "attention", value: "flash", reason: "ONNX Runtime's flash attention fails on this GPU" });
  if (capability < CUDNN_FROM) lacks.push({ toggle: "attention", value: "cudnn", reason: tooOld("cuDNN's attention") });
  return lacks;
}
