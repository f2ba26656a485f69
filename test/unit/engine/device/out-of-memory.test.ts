/** @file A device that runs out: the job fails with a typed error, and the engine goes on. */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import type { EngineImage, EngineJob } from "../../../../src-main/contract/generation.ts";
import { OPTIMISATION_PRESETS } from "../../../../src-main/contract/toggles.ts";
import { createComputes } from "../../../../src-main/engine/compute.ts";
import { gpuCompute } from "../../../../src-main/engine/device/gpu-compute.ts";
import { createInference } from "../../../../src-main/engine/inference.ts";
import { createCancelBuffer } from "../../../../src-main/engine/shared-cancel.ts";
import { fakeGpu } from "../../../fixtures/fake-gpu.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

const starter = path.resolve(import.meta.dirname, "../../../../models/starter");

test("no memory for a picture is a typed error with what would help, and the next picture is made", async (context) => {
  process.env["TACHIE_DATA"] = temporaryFolder(context);
  const gpu = fakeGpu();
  const inference = createInference(
    () => undefined,
    createComputes(
      () => Promise.reject(new Error("the CPU is not asked for")),
      () => Promise.resolve(gpuCompute(gpu)),
    ),
  );
  const quiet = { signal: new AbortController().signal, progress: () => undefined };
  const generate = (side: number): EngineImage | Promise<EngineImage> => {
    const job: EngineJob = {
      model: starter,
      loras: [],
      texts: { system: "", positive: "1girl", negative: "" },
      seed: 7,
      size: { width: side, height: side },
      sampling: { steps: 1, solver: "euler", schedule: "shift", shift: 3, guidance: 1, truncate: 1, renorm: 0 },
      toggles: { ...OPTIMISATION_PRESETS.reference, optimise: "on", fused: "operators" },
      provider: "cuda",
      isPreviewWanted: false,
    };
    return inference.generate({ job, cancel: createCancelBuffer() }, quiet);
  };
  const expected = (await generate(64)).image.pixels;
  const used = gpu.memory.use().inUseBytes;
  // Room for what is there, and for nothing of a picture nine times as large, at first in its steps, then in decoding.
  for (const room of [1000, 200_000]) {
    gpu.limitBytes = used + room;
    await assert.rejects(
      Promise.resolve(generate(192)),
      (error) =>
        isTachieError(error, "engine.out-of-memory") &&
        /^(denoise|decode)/.test(error.where ?? "") &&
        /wanted.*free/.test(error.message) &&
        /smaller size/.test(error.remedy),
    );
    assert.deepEqual((await generate(64)).image.pixels, expected);
  }
  gpu.limitBytes = 80e9;
  assert.equal((await generate(192)).image.width, 192);
  gpu.release();
});
