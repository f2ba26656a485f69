/** @file Every kernel on a real GPU against its reference, and what a driver does that no fake can show. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { cudaGraphCapture } from "../../src-main/cuda/graph-capture.ts";
import { LatentKernels } from "../../src-main/cuda/latent-kernels.ts";
import { KERNEL_NAMES } from "../../src-main/cuda/kernel-table.ts";
import { KernelBench } from "./kernel-bench.ts";
import { NETWORK_CASES } from "./kernel-cases.ts";
import { LATENT_CASES } from "./latent-cases.ts";
import { closeGpu, openDriver, openGpu } from "./open-gpu.ts";
import type { Gpu } from "./open-gpu.ts";

const driver = openDriver();
const skip = typeof driver === "string" ? `no GPU to test on: ${driver}` : false;

describe("kernels on a GPU", { skip }, () => {
  let gpu: Gpu;
  before(() => {
    assert.ok(typeof driver !== "string");
    gpu = openGpu(driver);
    console.error(gpu.description);
  });
  after(() => closeGpu(gpu));

  for (const { name, run } of [...NETWORK_CASES, ...LATENT_CASES])
    test(name, () => {
      const { memory, kernels } = gpu;
      const bench = new KernelBench({ memory, launcher: kernels.launcher });
      try {
        run(bench);
      } finally {
        bench.release();
      }
      assert.equal(memory.use().allocations, 0);
    });

  test("every kernel of the table is in the image", () => {
    for (const name of KERNEL_NAMES) gpu.kernels.launcher.prepare(name);
  });

  test("memory that the GPU does not have is refused in words, and the GPU lives on", () => {
    const { memory } = gpu;
    const { totalBytes } = memory.info();
    assert.throws(
      () => memory.allocate(2 * totalBytes),
      (error) =>
        isTachieError(error, "engine.out-of-memory") && /GiB of GPU memory are wanted, and .* free/.test(error.message),
    );
    memory.free(memory.allocate(1024));
  });

  test("uploaded bytes may change at once, and copies and clears keep their order", () => {
    const { memory } = gpu;
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

  test("kernels are recorded into a graph, which computes as often as it is launched", () => {
    const { memory, kernels } = gpu;
    const latents = new LatentKernels(kernels.launcher, memory);
    const bench = new KernelBench({ memory, launcher: kernels.launcher });
    const place = bench.upload(Float32Array.of(1, 2, 3), "float32");
    const graph = cudaGraphCapture(gpu.driver, memory.stream).capture(() => {
      latents.linearCombine(place, [[2, place]], 3);
      latents.linearCombine(place, [[1.5, place]], 3);
    });
    assert.deepEqual(bench.download(place, "float32"), Float32Array.of(1, 2, 3));
    graph.launch();
    graph.launch();
    assert.deepEqual(bench.download(place, "float32"), Float32Array.of(9, 18, 27));
    graph.release();
    bench.release();
    latents.release();
  });

  test("a kernel's fault is told as the loss of the GPU, by whatever is called next", () => {
    const output = execFileSync(process.execPath, [path.join(import.meta.dirname, "faulty-launch.ts")]);
    assert.deepEqual(JSON.parse(output.toString()), ["engine.device-lost", "engine.device-lost"]);
  });
});
