/**
 * @file Every kernel on a real GPU against its reference.
 *
 * TACHIE_NVRTC names the library of the run-time compiler; without it the system's loader looks for one.
 */

import path from "node:path";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { CudaDriver } from "../../src-main/cuda/driver.ts";
import { cudaMemory } from "../../src-main/cuda/memory.ts";
import type { CudaMemory } from "../../src-main/cuda/memory.ts";
import { loadNvrtc, openNvrtc } from "../../src-main/cuda/nvrtc.ts";
import { openKernels } from "../../src-main/cuda/open-kernels.ts";
import type { OpenedKernels } from "../../src-main/cuda/open-kernels.ts";
import { CudaStopwatch } from "../../src-main/cuda/stopwatch.ts";
import { NetworkKernels } from "../../src-main/cuda/network-kernels.ts";
import { KERNEL_NAMES } from "../../src-main/cuda/kernel-table.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { KernelBench } from "./kernel-bench.ts";
import { NETWORK_CASES } from "./kernel-cases.ts";
import { LATENT_CASES } from "./latent-cases.ts";

const opened = openDriver();
const skip = opened instanceof CudaDriver ? false : `no GPU to test on: ${opened}`;

/** The driver, or why there is none. */
function openDriver(): CudaDriver | string {
  try {
    return new CudaDriver();
  } catch (error) {
    if (isTachieError(error, "engine.unsupported")) return error.message;
    throw error;
  }
}

interface Gpu {
  readonly driver: CudaDriver;
  readonly memory: CudaMemory;
  readonly kernels: OpenedKernels;
}

let gpu: Gpu | undefined;

function openGpu(): Gpu {
  if (gpu) return gpu;
  assert.ok(opened instanceof CudaDriver);
  const driver = opened;
  const library = process.env["TACHIE_NVRTC"];
  const compiler = library === undefined ? openNvrtc([]) : loadNvrtc(library);
  const memory = cudaMemory(driver, 0);
  const kernels = openKernels(driver, 0, compiler, path.join(tmpdir(), "tachie-test-kernels"));
  const { origin, durationMs, image } = kernels.compiled;
  const { name, computeCapability } = driver.device(0);
  const how = `${image.kind} from ${origin} in ${durationMs.toFixed(0)} ms`;
  console.error(
    `${name} (${computeCapability.join(".")}), driver CUDA ${driver.version().join(".")}, NVRTC ${compiler.version}, ${how}`,
  );
  gpu = { driver, memory, kernels };
  return gpu;
}

describe("kernels on a GPU", { skip }, () => {
  after(() => {
    if (!gpu) return;
    gpu.kernels.launcher.release();
    gpu.memory.release();
  });

  for (const { name, run } of [...NETWORK_CASES, ...LATENT_CASES])
    test(name, () => {
      const { memory, kernels } = openGpu();
      const bench = new KernelBench({ memory, launcher: kernels.launcher });
      run(bench);
      bench.release();
      assert.equal(memory.use().allocations, 0);
    });

  test("every kernel of the table is in the image", () => {
    for (const name of KERNEL_NAMES) openGpu().kernels.launcher.prepare(name);
  });

  test("memory that the GPU does not have is refused in words, and the GPU lives on", () => {
    const { memory } = openGpu();
    const { totalBytes } = memory.info();
    assert.throws(
      () => memory.allocate(2 * totalBytes),
      (error) =>
        isTachieError(error, "engine.out-of-memory") && /GiB of GPU memory are wanted, and .* free/.test(error.message),
    );
    memory.free(memory.allocate(1024));
  });

  test("uploaded bytes may change at once, and copies and clears keep their order", () => {
    const { memory } = openGpu();
    const data = new Uint8Array(3 << 20).fill(7);
    const [a, b] = [memory.allocate(data.length), memory.allocate(data.length)];
    memory.upload(a, data);
    data.fill(9);
    memory.copy(b, a, data.length);
    memory.clear(a, data.length);
    const back = new Uint8Array(data.length);
    memory.download(back, b);
    assert.ok(back.every((byte) => byte === 7));
    memory.download(back, a);
    assert.ok(back.every((byte) => byte === 0));
    memory.free(a);
    memory.free(b);
  });

  test("a launch takes the host little time, and bandwidth is told", () => {
    const { driver, memory, kernels } = openGpu();
    const network = new NetworkKernels(kernels.launcher);
    const count = 4352 * 6144;
    const tensors = [memory.allocate(2 * count), memory.allocate(2 * count), memory.allocate(2 * count)] as const;
    for (const address of tensors) memory.clear(address, 2 * count);
    network.swiGlu("bfloat16", tensors, count, memory.stream);
    const watch = new CudaStopwatch(driver, memory.stream);
    watch.start();
    const startedAt = performance.now();
    const launches = 200;
    for (let index = 0; index < launches; index++) network.swiGlu("bfloat16", tensors, count, memory.stream);
    const hostUs = ((performance.now() - startedAt) / launches) * 1000;
    const kernelMs = watch.stop() / launches;
    console.error(
      `launch ${hostUs.toFixed(1)} us; swiGlu of ${count} bf16 ${(kernelMs * 1000).toFixed(1)} us, ` +
        `${((6 * count) / kernelMs / 1e6).toFixed(0)} GB/s`,
    );
    assert.ok(hostUs < 100, `a launch takes ${hostUs} us`);
    watch.release();
    for (const address of tensors) memory.free(address);
  });
});
