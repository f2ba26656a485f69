/** @file Pictures on a GPU. */

import { USUAL_MEMORY, limitBytesOf } from "../../contract/memory.ts";
import type { Toggles } from "../../contract/toggles.ts";
import type { Lack } from "../../contract/toggle-rules.ts";
import type { Compute } from "../compute.ts";
import { openNetworks } from "../networks.ts";
import { runParity } from "../parity.ts";
import { createPipeline } from "../pipeline.ts";
import { FASTEST_FORM, formOf } from "./device-form.ts";
import { deviceHome } from "./device-home.ts";
import type { Gpu } from "./gpu.ts";
import { memoryPlan } from "./memory-plan.ts";
import { measurePeakFlops } from "./peak-flops.ts";

/** What is not there for any GPU. */
const MISSING: readonly Lack[] = [
  {
    toggle: "vae_graph",
    value: "on",
    reason: "cuDNN's convolutions cannot be recorded into a CUDA graph by this ONNX Runtime",
  },
  { toggle: "fixed_length", value: "on", reason: "every prompt is computed at its own length" },
];
/** Compute capability from which each attention kernel exists. */
const FLASH_FROM = 8;
const BFLOAT_FROM = 8;
const CUDNN_FROM = 9;

export function gpuCompute(gpu: Gpu): Compute {
  const { name, computeCapability } = gpu.info;
  const [capability] = computeCapability;
  return {
    provider: "cuda",
    version: `${gpu.runtime.version} on ${name}`,
    lacks: [...MISSING, ...lacksOf(name, capability)],
    settle: settleForGpu,
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
      const hasStepGraph = precision === "bfloat16";
      const form = { ...FASTEST_FORM, precision, decoderPrecision: precision, hasStepGraph };
      return await runParity(file, deviceHome(gpu, { form, signal: { aborted: false } }));
    },
    roomBytes(memory = USUAL_MEMORY) {
      return Math.min(limitBytesOf(memory) ?? Infinity, gpu.memory.info().freeBytes + gpu.usedBytes());
    },
    ...(capability < BFLOAT_FROM ? {} : { peakFlops: () => measurePeakFlops(gpu) }),
    deviceMemoryBytes() {
      const { totalBytes, freeBytes } = gpu.memory.info();
      return totalBytes - freeBytes;
    },
  };
}

/**
 * Graphs are replayed in bfloat16 with a fused attention only. Elsewhere the reference file's small network gives the
 * values of the prompt that was in its buffers when the graph was recorded, where prompts of one length follow each other.
 * Why is not known; keeping what a graph copies from the host (`cuda/recorded-copies.ts`) does not change it.
 */
export function settleForGpu(toggles: Toggles): Toggles {
  const isProven = toggles.precision === "bf16" && toggles.attention !== "plain";
  return isProven ? toggles : { ...toggles, graph: "off" };
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
