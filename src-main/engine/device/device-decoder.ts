/** @file The autoencoder's decoder on a device: only the finished picture's bytes come back from it. */

import { TachieError } from "../../contract/errors.ts";
import type { DeviceMemory, DeviceSession, GraphCapture } from "../../ort/device.ts";
import { float32Tensor } from "../../ort/session.ts";
import type { ImageDecoder } from "../roles.ts";
import { BoundShape } from "./bound-shape.ts";
import type { LatentKernels } from "./latent-kernels.ts";
import { packed } from "./packed-tensor.ts";
import type { Residents } from "./resident.ts";
import { ShapeCache } from "./shape-cache.ts";

/** Sizes of pictures in turn; a decoder's buffers at 1024 x 1024 take 13 MB. */
const MAX_SIZES = 8;

export interface DeviceDecoderParts {
  /** latent f32 [1, channels, height, width] -> image f32 [1, 3, scale x height, scale x width] */
  readonly session: () => Promise<DeviceSession>;
  readonly residents: Residents;
  readonly memory: DeviceMemory;
  readonly kernels: LatentKernels;
  readonly capture?: GraphCapture | undefined;
  readonly channels: number;
  readonly scale: number;
  /** The sampler's latents are (z - shiftFactor) x scalingFactor, z being the autoencoder's own. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
}

export function deviceDecoder(parts: DeviceDecoderParts): ImageDecoder {
  const { residents, memory, kernels, capture, channels, scale, scalingFactor, shiftFactor } = parts;
  const loaded = residents.add("picture", async () => {
    const session = await parts.session();
    const sizes = new ShapeCache(MAX_SIZES);
    return {
      session,
      sizes,
      async release() {
        sizes.release();
        await session.release();
      },
    };
  });

  async function run(latent: Float32Array, height: number, width: number): Promise<BoundShape> {
    if (latent.length !== channels * height * width)
      throw new TachieError(
        "internal.bug",
        `a latent of ${latent.length} values is not ${channels}x${height}x${width}`,
      );
    const { session, sizes } = await loaded.get();
    const latentDims = [1, channels, height, width];
    const shape = sizes.get(`${height} ${width}`, () => {
      const outputs = { image: [1, 3, scale * height, scale * width] };
      return new BoundShape({ session, memory, capture, inputs: { latent: latentDims }, outputs });
    });
    const z = latent.map((value) => value / scalingFactor + shiftFactor);
    shape.write("latent", packed(float32Tensor(z, latentDims)));
    shape.run();
    return shape;
  }

  return {
    channels,
    scale,
    async decode(latent, height, width) {
      const { address } = (await run(latent, height, width)).tensor("image");
      const planes = new Float32Array(3 * scale * height * scale * width);
      memory.download(new Uint8Array(planes.buffer), address);
      return planes;
    },
    async decodePicture(latent, height, width) {
      const { address } = (await run(latent, height, width)).tensor("image");
      const size = { width: scale * width, height: scale * height };
      const { pixels, isFinite } = kernels.toRgb(address, size.height, size.width);
      return { image: { ...size, pixels }, isFinite };
    },
    release: () => loaded.drop(),
  };
}
