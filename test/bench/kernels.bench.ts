/**
 * @file How long our kernels take on a GPU at the sizes of a 1024 x 1024 picture (4096 image and 256 text tokens), what part
 * of the GPU's memory bandwidth that is, and what a launch costs the host.
 *
 * node test/bench/kernels.bench.ts [ROWS]
 */

import { PUBLISHED_NEXT_DIT } from "../../models/newbie-exp0.1/published-configs.ts";
import { LatentKernels } from "../../src-main/cuda/latent-kernels.ts";
import { DeviceBuffers } from "../../src-main/cuda/device-buffers.ts";
import { NetworkKernels } from "../../src-main/cuda/network-kernels.ts";
import { CudaStopwatch } from "../../src-main/cuda/stopwatch.ts";
import { closeGpu, openDriver, openGpu } from "../gpu/open-gpu.ts";

const WARM_UP = 10;
const LAUNCHES = 200;

const driver = openDriver();
if (typeof driver === "string") throw new Error(driver);
const gpu = openGpu(driver);
console.log(gpu.description);
const { memory, kernels } = gpu;
const { stream } = memory;
const watch = new CudaStopwatch(driver, stream);
const buffers = new DeviceBuffers(memory);
const network = new NetworkKernels(kernels.launcher);
const latents = new LatentKernels(kernels.launcher, memory);

const rows = Number(process.argv[2] ?? 4352);
const { dim, ffnDim, heads, kvHeads, headDim: width } = PUBLISHED_NEXT_DIT;
const epsilon = 1e-5;

/** Zeroed memory for so many elements of so many bytes. */
function tensor(count: number, elementBytes = 2): bigint {
  const address = buffers.allocate(count * elementBytes);
  memory.clear(address, count * elementBytes);
  return address;
}

/** @param trafficBytes what the kernel must read and write at least */
function measure(name: string, trafficBytes: number, launch: () => void): void {
  for (let index = 0; index < WARM_UP; index++) launch();
  memory.synchronise();
  watch.start();
  const startedAt = performance.now();
  for (let index = 0; index < LAUNCHES; index++) launch();
  const hostUs = ((performance.now() - startedAt) * 1000) / LAUNCHES;
  const kernelUs = (watch.stop() * 1000) / LAUNCHES;
  const bandwidth = trafficBytes / kernelUs / 1000;
  console.log(
    `${name.padEnd(34)} ${kernelUs.toFixed(1).padStart(8)} us ${bandwidth.toFixed(0).padStart(6)} GB/s` +
      `   host ${hostUs.toFixed(1)} us a launch`,
  );
}

const [x, y, sum, normed] = [tensor(rows * dim, 4), tensor(rows * dim), tensor(rows * dim, 4), tensor(rows * dim)];
const [gate, scale] = [tensor(dim, 4), tensor(dim, 4)];
const shape = { rows, size: dim, epsilon };
const row = 2 * rows * dim;

const [up, hidden, product] = [tensor(rows * ffnDim), tensor(rows * ffnDim), tensor(rows * ffnDim)];
measure("swiGlu bf16", 6 * rows * ffnDim, () =>
  network.swiGlu("bfloat16", [up, hidden, product], rows * ffnDim, stream),
);
measure("residualNorm bf16", 6 * row, () =>
  network.residualNorm("bfloat16", [x, y, gate, scale, sum, normed], shape, stream),
);
measure("normModulate bf16", 3 * row, () => network.normModulate("bfloat16", [x, scale, normed], shape, stream));
measure("layerNormScale bf16", 3 * row, () => network.layerNormScale("bfloat16", [x, scale, normed], shape, stream));

const qkvWidth = (heads + 2 * kvHeads) * width;
const [qkv, weight, table] = [tensor(rows * qkvWidth), tensor(width), tensor((rows * width) / 2, 4)];
const [q, k, v] = [tensor(rows * heads * width), tensor(rows * heads * width), tensor(rows * heads * width)];
measure("qkvNormRotary bf16", 2 * rows * (qkvWidth + 3 * heads * width) + 4 * rows * width, () =>
  network.qkvNormRotary(
    "bfloat16",
    [qkv, weight, weight, table, table, q, k, v],
    { rows, heads, kvHeads, width, epsilon },
    stream,
  ),
);

const count = 16 * 128 * 128;
const [conditional, unconditional, latent] = [tensor(count, 4), tensor(count, 4), tensor(count, 4)];
for (const renorm of [0, 1])
  measure(`guide and Euler step, renorm ${renorm}`, 16 * count, () =>
    latents.guide({ conditional, unconditional, weight: 4.5, renorm }, count, {
      update: { x: latent, dt: 0.01, out: latent },
    }),
  );
const area = 1024 * 1024;
const [planes, pixels] = [tensor(3 * area, 4), tensor(3 * area, 1)];
measure("planesToRgb8", 15 * area, () => latents.planesToRgb8(pixels, planes, area));
measure("castToBf16", 6 * count, () => latents.castToBf16(q, latent, count));

latents.release();
buffers.releaseAll();
watch.release();
closeGpu(gpu);
