/** @file Networks on a GPU, in the form that is asked for. */

import type { GraphModel } from "../../graph/onnx.ts";
import type { NetworkVariant } from "../../graph/network-variant.ts";
import type { DeviceMemory, DeviceRuntime, DeviceSession } from "../../ort/device.ts";
import type { NetworkHome, NetworkKind } from "../network-home.ts";
import type { ProfileParts } from "../profile.ts";
import { throwIfCancelled } from "../solvers.ts";
import type { CancelFlag } from "../solvers.ts";
import { tiledDecoder } from "../tiled-decoder.ts";
import { inStage } from "../stage.ts";
import { deviceDecoder } from "./device-decoder.ts";
import { deviceDenoiser } from "./device-denoiser.ts";
import type { DevicePrompt } from "./device-denoiser.ts";
import type { DeviceForm } from "./device-form.ts";
import type { DeviceLatent } from "./device-latents.ts";
import { residentText } from "./device-text.ts";
import type { Gpu } from "./gpu.ts";
import { AMPLE_MEMORY, arenaOptions, roomBeside } from "./memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { Residents } from "./resident.ts";

export interface DeviceHomeOptions {
  readonly form: DeviceForm;
  readonly signal: CancelFlag;
  readonly profile?: ProfileParts | undefined;
  /** Nothing is spared where it is absent. */
  readonly plan?: MemoryPlan;
}

/** What of the GPU the networks need. */
export interface NetworkGpu extends Pick<Gpu, "kernels" | "capture"> {
  readonly runtime: DeviceRuntime;
  readonly memory: DeviceMemory;
  /** Device memory that was taken since the GPU was opened, bytes; for limits. */
  readonly usedBytes: () => number;
}

export function deviceHome(
  gpu: NetworkGpu,
  { form, signal, profile, plan = AMPLE_MEMORY }: DeviceHomeOptions,
): NetworkHome<DeviceSession, DeviceLatent, DevicePrompt> {
  const { runtime, memory, kernels, capture, usedBytes } = gpu;
  const residents = new Residents(form.isEncoderOffloaded);
  const common = { residents, memory, kernels };
  const isReplayed = (kind: NetworkKind): boolean =>
    (kind === "step" && form.hasStepGraph) || (kind === "decoder" && form.hasDecoderGraph);
  const roomFor = (name: string, { weightBytes = 0 }: GraphModel): { readonly memoryLimitBytes?: number } => {
    const { limitBytes } = plan;
    if (limitBytes === undefined) return {};
    return { memoryLimitBytes: roomBeside({ name, weightBytes, usedBytes: usedBytes(), limitBytes }) };
  };
  return {
    variant: (kind) => variantOf(form, kind),
    async open(kind, name, graph) {
      throwIfCancelled(signal);
      return await inStage(`load, ${name}`, () =>
        runtime.createSession(graph, {
          graphOptimisation: form.graphOptimisation,
          mappedWeights: false,
          attention: form.attentionKernel,
          ...arenaOptions(kind, isReplayed(kind), plan),
          ...roomFor(name, graph),
          // A node on the host would make a captured graph wrong.
          refuseHostNodes: kind === "step" && form.hasStepGraph && memory.kind === "cuda",
          ...(profile === undefined ? {} : { profile: profile.pathFor(name) }),
        }),
      );
    },
    text: (open) => Promise.resolve(residentText(residents, open)),
    denoiser: (plan) =>
      Promise.resolve(deviceDenoiser({ ...common, ...plan, capture: form.hasStepGraph ? capture : undefined })),
    decoder(plan) {
      const decoder = deviceDecoder({ ...common, ...plan, capture: form.hasDecoderGraph ? capture : undefined });
      return Promise.resolve(form.isDecoderTiled ? tiledDecoder(decoder) : decoder);
    },
    load: () => residents.load(),
    release: () => residents.release(),
  };
}

function variantOf(form: DeviceForm, kind: NetworkKind): Partial<NetworkVariant> {
  const { precision, decoderPrecision, operators, attention, kernels } = form;
  switch (kind) {
    case "decoder":
      return { computeType: decoderPrecision, operators, attention };
    case "text":
      return { computeType: precision, operators, attention };
    // What it hands over goes through the host, once a prompt.
    case "prompt":
      return { computeType: precision, operators, attention, kernels };
    case "step":
      return { computeType: precision, operators, attention, kernels, deviceInputs: true };
  }
}
