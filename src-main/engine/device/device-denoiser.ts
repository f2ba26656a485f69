/**
 * @file The transformer on a device: latents never leave it between steps, and every shape replays a graph of its own.
 */

import type { DeviceMemory, DeviceSession, GraphCapture } from "../../ort/device.ts";
import { float32Tensor, int64Tensor, wantedBy } from "../../ort/session.ts";
import type { InferenceSession } from "../../ort/session.ts";
import type { Sized } from "../embedding-cache.ts";
import type { Denoiser } from "../roles.ts";
import { BoundShape } from "./bound-shape.ts";
import { DeviceLatents } from "./device-latents.ts";
import type { DeviceLatent } from "./device-latents.ts";
import type { LatentKernels } from "./latent-kernels.ts";
import { packed } from "./packed-tensor.ts";
import type { PackedTensor } from "./packed-tensor.ts";
import type { Residents } from "./resident.ts";
import { ShapeCache } from "./shape-cache.ts";

/** What the step graph is fed besides latent and time, on the host: small, and so kept for many prompts. */
export interface DevicePrompt extends Sized {
  readonly feeds: Readonly<Record<string, PackedTensor>>;
  readonly latentDims: readonly [1, channels: number, height: number, width: number];
}

export interface DenoiserSessions {
  /** cap_feats, pooled, grid -> cap, pooled_proj, rope_cos, rope_sin */
  readonly prompt: InferenceSession;
  /** latent, t and what the prompt session gives -> velocity */
  readonly step: DeviceSession;
}

export interface DeviceDenoiserParts {
  readonly sessions: () => Promise<DenoiserSessions>;
  readonly residents: Residents;
  readonly memory: DeviceMemory;
  readonly kernels: LatentKernels;
  readonly capture?: GraphCapture | undefined;
  readonly channels: number;
  readonly patchSize: number;
}

export function deviceDenoiser(parts: DeviceDenoiserParts): Denoiser<DeviceLatent, DevicePrompt> {
  const { residents, memory, kernels, capture, channels, patchSize } = parts;
  const latents = new DeviceLatents(memory, kernels);
  /** Whose feeds lie in a shape's buffers now. */
  const promptOf = new WeakMap<BoundShape, DevicePrompt>();

  const loaded = residents.add("picture", async () => {
    const { prompt, step } = await parts.sessions();
    const shapes = new ShapeCache();
    return {
      prompt,
      step,
      shapes,
      async release() {
        shapes.release();
        await Promise.all([prompt.release(), step.release()]);
      },
    };
  });

  function bind(session: DeviceSession, { feeds, latentDims }: DevicePrompt): BoundShape {
    const prompt = Object.entries(feeds).map(([name, { dims }]) => [name, dims] as const);
    return new BoundShape({
      session,
      memory,
      capture,
      inputs: { ...Object.fromEntries(prompt), latent: latentDims, t: [1] },
      outputs: { velocity: latentDims },
    });
  }

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
        latentDims: [1, channels, rows * patchSize, columns * patchSize],
        byteLength: Object.values(feeds).reduce((sum: number, { bytes }: PackedTensor) => sum + bytes.byteLength, 0),
      };
    },
    async velocity(latent, time, prompt) {
      const { step, shapes } = await loaded.get();
      const shape = shapes.get(shapeKey(prompt), () => bind(step, prompt));
      if (promptOf.get(shape) !== prompt) {
        for (const [name, tensor] of Object.entries(prompt.feeds)) shape.write(name, tensor);
        promptOf.set(shape, prompt);
      }
      kernels.combine(shape.tensor("latent").address, [[1, latent.address]], latent.count);
      shape.write("t", packed(float32Tensor(Float32Array.of(time), [1])));
      shape.run();
      return latents.copy(shape.tensor("velocity").address, latent.count);
    },
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

function shapeKey({ feeds, latentDims }: DevicePrompt): string {
  return JSON.stringify([latentDims, Object.entries(feeds).map(([name, { dims }]) => [name, dims])]);
}
