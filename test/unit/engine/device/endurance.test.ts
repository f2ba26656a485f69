/** @file The loop that a GPU has to endure (test/gpu/endurance.test.ts), on a stand-in for one, in a short form. */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { createComputes } from "../../../../src-main/engine/compute.ts";
import { gpuCompute } from "../../../../src-main/engine/device/gpu-compute.ts";
import { createInference } from "../../../../src-main/engine/inference.ts";
import { fakeGpu } from "../../../fixtures/fake-gpu.ts";
import { endure } from "../../../gpu/endurance.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

const starter = path.resolve(import.meta.dirname, "../../../../models/starter");

test("rounds of pictures of changing sizes, prompts and forms leave a device's memory as it was", async (context) => {
  process.env["TACHIE_DATA"] = temporaryFolder(context);
  const gpu = fakeGpu();
  const inference = createInference(
    () => undefined,
    createComputes(
      () => Promise.reject(new Error("the CPU is not asked for")),
      () => Promise.resolve(gpuCompute(gpu)),
    ),
  );
  const float32 = { precision: "fp32", vae_precision: "fp32" } as const;
  const used = await endure({
    inference,
    turns: [
      { model: starter, toggles: { ...float32, fused: "operators" } },
      { model: starter, toggles: { ...float32, fused: "off", vae_tiling: "on", encoder_offload: "on" } },
    ],
    sizes: [
      { width: 64, height: 64 },
      { width: 96, height: 64 },
    ],
    rounds: 2,
    steps: 1,
    usedBytes: () => gpu.memory.use().inUseBytes,
  });
  assert.ok(used[0]! > 0);
  assert.deepEqual(used, [used[0], used[0]]);
  gpu.release();
});
