/**
 * @file The transformer on a device: latents never leave it between steps, and every shape replays a graph of its own.
 */

import type { DeviceMemory, DeviceSession, GraphCapture } from "../../ort/device.ts";
import { int64Tensor, wantedBy } from "../../ort/session.ts";
import type { InferenceSession } from "../../ort/session.ts";
import type { DenoiserPlan, DenoiserSessions } from "../network-home.ts";
import type { Denoiser, PreparedPrompt } from "../roles.ts";
import { deviceLayerCache } from "./device-layer-cache.ts";
import { DeviceLatents } from "./device-latents.ts";
import type { DeviceLatent } from "./device-latents.ts";
import type { LatentKernels } from "./latent-kernels.ts";
import { packed } from "./packed-tensor.ts";
import type { PackedTensor } from "./packed-tensor.ts";
import type { Residents } from "./resident.ts";
import { StepShapes } from "./step-shapes.ts";

/** What the step graph is fed besides latent and time, on the host: small, and so kept for many prompts. */
export interface DevicePrompt extends PreparedPrompt {
  readonly feeds: Readonly<Record<string, PackedTensor>>;
  readonly latentDims: readonly [1, channels: number, height: number, width: number];
}

export interface DeviceDenoiserParts {
  readonly sessions: () => Promise<DenoiserSessions<InferenceSession, DeviceSession>>;
  /** Whether the sessions are opened with the one that leaves the layers out. */
  readonly hasStepCache: boolean;
  readonly residents: Residents;
  readonly memory: DeviceMemory;
  readonly kernels: LatentKernels;
  readonly capture?: GraphCapture | undefined;
  readonly channels: number;
  readonly patchSize: number;
  readonly flops: DenoiserPlan<DeviceSession>["flops"];
}

export function deviceDenoiser(parts: DeviceDenoiserParts): Denoiser<DeviceLatent, DevicePrompt> {
  const { residents, memory, kernels, capture, channels, patchSize, flops, hasStepCache } = parts;
  const latents = new DeviceLatents(memory, kernels);

  const loaded = residents.add("picture", async () => {
    const sessions = await parts.sessions();
    const { prompt, step, reuse } = sessions;
    const shapes = new StepShapes({ sessions, memory, kernels, capture, patchSize });
    return {
      prompt,
      step,
      shapes,
      async release() {
        shapes.release();
        await Promise.all([prompt.release(), step.release(), reuse?.release()]);
      },
    };
  });

  return {
    algebra: latents.algebra,
    channels,
    patchSize,
    async prepare({ states, pooled }, { rows, columns }) {
      const { prompt, step } = await loaded.get();
      const inputs = { cap_feats: states, pooled, grid: int64Tensor([rows, columns]) };
      const outputs = await prompt.run(wantedBy(prompt, inputs));
      const feeds = Object.fromEntries(
        Object.entries(wantedBy(step, outputs)).map(([name, tensor]) => [
          name,
          packed(tensor, step.inputs.find((slot) => slot.name === name)?.type),
        ]),
      );
      return {
        feeds,
        flops: flops({ image: rows * columns, text: states.dims[0] ?? 0 }),
        latentDims: [1, channels, rows * patchSize, columns * patchSize],
        byteLength: Object.values(feeds).reduce((sum: number, { bytes }: PackedTensor) => sum + bytes.byteLength, 0),
      };
    },
    async velocity(latent, time, prompt) {
      const { shapes } = await loaded.get();
      const shape = shapes.compute(latent, time, prompt, "conditional");
      return latents.copy(shape.tensor("velocity").address, latent.count);
    },
    ...(hasStepCache ? { layerCache: deviceLayerCache(async () => (await loaded.get()).shapes, latents, memory) } : {}),
    fromHost: (values) => latents.fromHost(values),
    toHost: (latent) => latents.toHost(latent),
    preview: (latent, factors, height, width) => ({
      width,
      height,
      pixels: kernels.preview(latent.address, channels, height, width, factors),
    }),
    async release() {
      await loaded.drop();
      latents.release();
    },
  };
}
