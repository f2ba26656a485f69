/** @file The step cache on a device. What the layers added never leaves it, but for a calibration. */

import { TachieError } from "../../contract/errors.ts";
import { bfloat16ToFloat32 } from "../../graph/float-formats.ts";
import { elementBytes, elementCount } from "../../graph/onnx.ts";
import type { DeviceMemory, DeviceTensor } from "../../ort/device.ts";
import type { GuidanceBranch, LayerCache } from "../roles.ts";
import type { DevicePrompt } from "./device-denoiser.ts";
import type { DeviceLatent, DeviceLatents } from "./device-latents.ts";
import { residualIn } from "./step-shapes.ts";
import type { StepShapes } from "./step-shapes.ts";

interface Kept {
  /** The shapes it was computed with: others have other buffers, as after the transformer was loaded again. */
  readonly shapes: StepShapes;
  readonly latentDims: readonly number[];
  readonly residual: DeviceTensor;
}

export function deviceLayerCache(
  loaded: () => Promise<StepShapes>,
  latents: DeviceLatents,
  memory: DeviceMemory,
): LayerCache<DeviceLatent, DevicePrompt> {
  const branches = new Map<GuidanceBranch, Kept>();
  return {
    begin: () => branches.clear(),
    async store(latent, time, prompt, branch) {
      const shapes = await loaded();
      const shape = shapes.compute(latent, time, prompt, branch);
      branches.set(branch, { shapes, latentDims: prompt.latentDims, residual: residualIn(shape) });
      return latents.copy(shape.tensor("velocity").address, latent.count);
    },
    async reuse(latent, time, prompt, branch) {
      const shapes = await loaded();
      const kept = branches.get(branch);
      if (kept?.shapes !== shapes || kept.latentDims.join() !== prompt.latentDims.join())
        throw new TachieError("internal.bug", `no layers of this size have been kept for the ${branch} pass`);
      const shape = shapes.reuse(latent, time, prompt, branch);
      return latents.copy(shape.tensor("velocity").address, latent.count);
    },
    kept(branch) {
      const residual = branches.get(branch)?.residual;
      if (residual === undefined)
        throw new TachieError("internal.bug", `no layers have been kept for the ${branch} pass`);
      return { width: residual.dims[1] ?? 0, values: download(memory, residual) };
    },
  };
}

/** @throws internal.bug for a type that no residual stream has */
function download(memory: DeviceMemory, { type, dims, address }: DeviceTensor): Float32Array {
  const bytes = new Uint8Array(elementCount(dims) * elementBytes(type));
  memory.download(bytes, address);
  if (type === "float32") return new Float32Array(bytes.buffer);
  if (type === "bfloat16") return bfloat16ToFloat32(new Uint16Array(bytes.buffer));
  throw new TachieError("internal.bug", `what the layers added is of ${type}`);
}
