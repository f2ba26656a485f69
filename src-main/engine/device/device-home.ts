/** @file Networks on a GPU, in the form that is asked for. */

import type { NetworkVariant } from "../../graph/network-variant.ts";
import type { DeviceMemory, DeviceRuntime, DeviceSession } from "../../ort/device.ts";
import type { NetworkHome, NetworkKind } from "../network-home.ts";
import type { ProfileParts } from "../profile.ts";
import { throwIfCancelled } from "../solvers.ts";
import type { CancelFlag } from "../solvers.ts";
import { inStage } from "../stage.ts";
import { deviceDecoder } from "./device-decoder.ts";
import { deviceDenoiser } from "./device-denoiser.ts";
import type { DevicePrompt } from "./device-denoiser.ts";
import type { DeviceForm } from "./device-form.ts";
import type { DeviceLatent } from "./device-latents.ts";
import { residentText } from "./device-text.ts";
import type { Gpu } from "./gpu.ts";
import { Residents } from "./resident.ts";

export interface DeviceHomeOptions {
  readonly form: DeviceForm;
  readonly signal: CancelFlag;
  readonly profile?: ProfileParts | undefined;
  /** Most device memory that the arena of one session takes, bytes. */
  readonly memoryLimitBytes?: number | undefined;
}

/** What of the GPU the networks need. */
export interface NetworkGpu extends Pick<Gpu, "kernels" | "capture"> {
  readonly runtime: DeviceRuntime;
  readonly memory: DeviceMemory;
}

export function deviceHome(
  gpu: NetworkGpu,
  { form, signal, profile, memoryLimitBytes }: DeviceHomeOptions,
): NetworkHome<DeviceSession, DeviceLatent, DevicePrompt> {
  const { runtime, memory, kernels, capture } = gpu;
  const residents = new Residents(form.isEncoderOffloaded);
  const common = { residents, memory, kernels };
  return {
    variant: (kind) => variantOf(form, kind),
    hasStepCache: form.hasStepCache,
    async open(kind, name, graph) {
      throwIfCancelled(signal);
      return await inStage(`load, ${name}`, () =>
        runtime.createSession(graph, {
          graphOptimisation: form.graphOptimisation,
          mappedWeights: false,
          attention: form.attentionKernel,
          // The arena of a decoder is large for a moment only; doubling would keep twice as much.
          arena: "as-requested",
          // A node on the host would make a captured graph wrong.
          refuseHostNodes: kind === "step" && form.hasStepGraph && memory.kind === "cuda",
          ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
          ...(profile === undefined ? {} : { profile: profile.pathFor(name) }),
        }),
      );
    },
    text: (open) => Promise.resolve(residentText(residents, open)),
    denoiser: (plan) =>
      Promise.resolve(
        deviceDenoiser({
          ...common,
          ...plan,
          capture: form.hasStepGraph ? capture : undefined,
          hasStepCache: form.hasStepCache,
        }),
      ),
    decoder: (plan) =>
      Promise.resolve(deviceDecoder({ ...common, ...plan, capture: form.hasDecoderGraph ? capture : undefined })),
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
