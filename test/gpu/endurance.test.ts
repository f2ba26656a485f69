/**
 * @file 200 pictures on a GPU leave its memory as it was after the first 20.
 *
 * TACHIE_CUDA=DIR node test/gpu/endurance.test.ts
 */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { createComputes } from "../../src-main/engine/compute.ts";
import { openGpu } from "../../src-main/engine/device/gpu.ts";
import { gpuCompute } from "../../src-main/engine/device/gpu-compute.ts";
import { createInference } from "../../src-main/engine/inference.ts";
import { endure } from "./endurance.ts";
import type { Turn } from "./endurance.ts";
import { NO_GPU, findProductGpu } from "./product-gpu.ts";
import { MID_TRANSFORMER, writeRandomModel } from "./random-models.ts";

const ROUNDS = 10;
/** Of the memory after the first 20 pictures. */
const MOST_GROWTH = 0.01;
const SIZES = [
  { width: 256, height: 256 },
  { width: 512, height: 256 },
  { width: 320, height: 448 },
  { width: 512, height: 512 },
  { width: 192, height: 320 },
];

const options = findProductGpu();

test(
  "200 pictures take no more device memory than 20",
  { skip: options === undefined ? NO_GPU : false },
  async (context) => {
    assert.ok(options);
    const gpu = openGpu(options);
    const mid = writeRandomModel(MID_TRANSFORMER);
    try {
      // Encoded texts are stored beside the model, and go with it.
      process.env["TACHIE_DATA"] = mid.folder;
      const starter = path.resolve(import.meta.dirname, "../../models/starter");
      const turns: readonly Turn[] = [
        { model: starter, toggles: {} },
        {
          model: mid.folder,
          toggles: { graph: "off", vae_tiling: "on", text_cache: "off" },
          memory: { manner: "sparing" },
        },
        {
          model: starter,
          toggles: { precision: "fp32", fused: "operators", attention: "fused", encoder_offload: "on" },
        },
        { model: mid.folder, toggles: { vae_precision: "bf16", encoder_offload: "on" } },
      ];
      const inference = createInference(
        () => undefined,
        createComputes(
          () => Promise.reject(new Error("the CPU is not asked for")),
          () => Promise.resolve(gpuCompute(gpu)),
        ),
      );
      const startedAt = performance.now();
      const usedBytes = (): number => {
        const { totalBytes, freeBytes } = gpu.memory.info();
        return totalBytes - freeBytes;
      };
      const used = await endure({ inference, turns, sizes: SIZES, rounds: ROUNDS, steps: 3, usedBytes });
      const pictures = turns.length * SIZES.length;
      const seconds = (performance.now() - startedAt) / 1000;
      context.diagnostic(`${pictures * ROUNDS} pictures in ${seconds.toFixed(0)} s on ${gpu.info.name}`);
      context.diagnostic(`MB after every ${pictures}: ${used.map((bytes) => (bytes / 1e6).toFixed(1)).join(" ")}`);
      const [first = NaN, last = NaN] = [used[0], used.at(-1)];
      context.diagnostic(`growth ${(((last - first) / first) * 100).toFixed(2)} %`);
      assert.ok(last <= first * (1 + MOST_GROWTH), `${first} bytes became ${last}`);
    } finally {
      mid.remove();
      gpu.release();
    }
  },
);
