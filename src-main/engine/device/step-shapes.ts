/**
 * @file The shapes that a transformer's sessions are bound to, and one evaluation in such a shape.
 *
 * With the step cache each branch of the guidance has shapes of its own, and what the layers added lies in one buffer for
 * each branch and size: the full form writes it and the form without layers reads it there, so that nothing is copied.
 */

import { TachieError } from "../../contract/errors.ts";
import type { ElementType } from "../../graph/onnx.ts";
import type { DeviceMemory, DeviceSession, DeviceTensor, GraphCapture } from "../../ort/device.ts";
import { float32Tensor } from "../../ort/session.ts";
import type { InferenceSession } from "../../ort/session.ts";
import type { DenoiserSessions } from "../network-home.ts";
import type { GuidanceBranch } from "../roles.ts";
import { BoundShape } from "./bound-shape.ts";
import type { DevicePrompt } from "./device-denoiser.ts";
import type { DeviceLatent } from "./device-latents.ts";
import type { LatentKernels } from "./latent-kernels.ts";
import { packed } from "./packed-tensor.ts";
import type { PackedTensor } from "./packed-tensor.ts";
import { SharedTensors } from "./shared-tensors.ts";
import type { SharedTensor } from "./shared-tensors.ts";
import { ShapeCache } from "./shape-cache.ts";

export interface StepShapesParts {
  readonly sessions: DenoiserSessions<InferenceSession, DeviceSession>;
  readonly memory: DeviceMemory;
  readonly kernels: LatentKernels;
  readonly capture?: GraphCapture | undefined;
  readonly patchSize: number;
}

const RESIDUAL = "residual";

export class StepShapes {
  readonly #parts: StepShapesParts;
  readonly #full = new ShapeCache();
  readonly #reusing = new ShapeCache();
  readonly #residuals: SharedTensors;
  /** Whose feeds lie in a shape's buffers now. */
  readonly #promptOf = new WeakMap<BoundShape, DevicePrompt>();

  constructor(parts: StepShapesParts) {
    this.#parts = parts;
    this.#residuals = new SharedTensors(parts.memory);
  }

  /** @returns the shape, in which the velocity and, with the step cache, the branch's residual lie */
  compute(latent: DeviceLatent, time: number, prompt: DevicePrompt, branch: GuidanceBranch): BoundShape {
    const { step } = this.#parts.sessions;
    const isCached = step.outputs.some(({ name }) => name === RESIDUAL);
    const shape = this.#full.get(shapeKey(prompt, step, isCached ? branch : ""), () =>
      this.#bind(step, prompt, isCached ? this.#residual(step.outputs, prompt, branch) : undefined),
    );
    return this.#run(shape, latent, time, prompt);
  }

  /** The same without the layers. What they added must lie in the branch's buffer, where `compute` has put it. */
  reuse(latent: DeviceLatent, time: number, prompt: DevicePrompt, branch: GuidanceBranch): BoundShape {
    const { reuse } = this.#parts.sessions;
    if (reuse === undefined) throw new TachieError("internal.bug", "the transformer was loaded without the step cache");
    const shape = this.#reusing.get(shapeKey(prompt, reuse, branch), () =>
      this.#bind(reuse, prompt, this.#residual(reuse.inputs, prompt, branch)),
    );
    return this.#run(shape, latent, time, prompt);
  }

  release(): void {
    this.#reusing.release();
    this.#full.release();
  }

  #bind(session: DeviceSession, prompt: DevicePrompt, residual: SharedTensor | undefined): BoundShape {
    const { memory, capture } = this.#parts;
    const feeds = feedsOf(session, prompt).map(([name, { dims }]) => [name, dims] as const);
    return new BoundShape({
      session,
      memory,
      capture,
      inputs: { ...Object.fromEntries(feeds), latent: prompt.latentDims, t: [1] },
      outputs: { velocity: prompt.latentDims },
      ...(residual === undefined ? {} : { shared: { [RESIDUAL]: residual } }),
    });
  }

  #residual(slots: DeviceSession["inputs"], { latentDims }: DevicePrompt, branch: GuidanceBranch): SharedTensor {
    const slot = slots.find(({ name }) => name === RESIDUAL);
    const width = slot?.dims[1];
    if (slot === undefined || typeof width !== "number")
      throw new TachieError("internal.bug", "the session has no residual of a known width");
    const [, , height, columns] = latentDims;
    const tokens = (height * columns) / this.#parts.patchSize ** 2;
    // By the latent's own sides: as many tokens in another order are another picture.
    return this.#residuals.hold(`${branch} ${height} ${columns}`, slot.type as ElementType, [tokens, width]);
  }

  #run(shape: BoundShape, latent: DeviceLatent, time: number, prompt: DevicePrompt): BoundShape {
    if (this.#promptOf.get(shape) !== prompt) {
      for (const [name, tensor] of Object.entries(prompt.feeds)) if (shape.has(name)) shape.write(name, tensor);
      this.#promptOf.set(shape, prompt);
    }
    this.#parts.kernels.combine(shape.tensor("latent").address, [[1, latent.address]], latent.count);
    shape.write("t", packed(float32Tensor(Float32Array.of(time), [1])));
    shape.run();
    return shape;
  }
}

/** What of a prompt the session takes. */
function feedsOf({ inputNames }: DeviceSession, { feeds }: DevicePrompt): [string, PackedTensor][] {
  return Object.entries(feeds).filter(([name]) => inputNames.includes(name));
}

function shapeKey(prompt: DevicePrompt, session: DeviceSession, branch: string): string {
  const feeds = feedsOf(session, prompt).map(([name, { dims }]) => [name, dims]);
  return JSON.stringify([branch, prompt.latentDims, feeds]);
}

/** Where the branch's residual lies, for whoever looks at it after `compute`. */
export function residualIn(shape: BoundShape): DeviceTensor {
  return shape.tensor(RESIDUAL);
}
