/** @file The doctor's report and its words, for machines that are not this one. */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { writeSyntheticModel } from "../../../models/synthetic.ts";
import { createDoctorReport } from "../../../src-main/studio/doctor/doctor-report.ts";
import { describeDoctorReport } from "../../../src-main/cli/doctor-view.ts";
import type { EngineDiagnosis, GpuDiagnosis } from "../../../src-main/contract/doctor.ts";
import { TachieError, toErrorData } from "../../../src-main/contract/errors.ts";
import { NO_GPU } from "../../fixtures/diagnosis.ts";
import { TINY_MODEL } from "../../fixtures/engine/tiny-model.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";
import type { TestContext } from "node:test";

const CUDNN = { name: "cuDNN 9", wanted: "libcudnn.so.9", source: "cudnn", isRequired: true } as const;
const RUNTIME = { name: "CUDA 13 runtime", wanted: "libcudart.so.13", source: "cuda", isRequired: true } as const;

const GPU: GpuDiagnosis = {
  state: "ready",
  devices: [
    {
      deviceId: 0,
      name: "NVIDIA Fake 9000",
      computeCapability: [9, 0],
      multiprocessors: 132,
      memoryBytes: 80e9,
      freeMemoryBytes: 79e9,
      attention: { bf16: "cudnn", fp32: "efficient" },
    },
  ],
  driverCuda: [13, 0],
  libraries: [
    { ...RUNTIME, foundAt: "/cuda/libcudart.so.13", searched: ["/cuda"], remedy: "Install CUDA." },
    { ...CUDNN, foundAt: "/cuda/libcudnn.so.9", searched: ["/cuda"], remedy: "Install cuDNN." },
  ],
  componentFolder: "/data/cuda",
};

async function report(t: TestContext, answer: EngineDiagnosis | TachieError, hasModel = true) {
  const root = temporaryFolder(t);
  const models = path.join(root, "models");
  if (hasModel) writeSyntheticModel(path.join(models, TINY_MODEL.name), TINY_MODEL);
  return createDoctorReport({
    libraryFolder: path.join(root, "library"),
    places: { folders: [models] },
    askEngine: () => (answer instanceof TachieError ? Promise.reject(answer) : Promise.resolve(answer)),
  });
}

test("without a GPU pictures are made on the CPU, nothing is wrong, and what gives way is named", async (t) => {
  const found = await report(t, NO_GPU);
  assert.deepEqual([found.canMakePictures, found.provider, found.problems], [true, "cpu", []]);
  const text = describeDoctorReport(found).join("\n");
  assert.match(text, /GPU +none: there is no graphics card by NVIDIA/);
  assert.match(text, /precision=bf16, .*fused=kernels, graph/);
  assert.doesNotMatch(text, /mapped_weights/, "the CPU has it");
  assert.match(text, /Pictures are made on the CPU\.$/);
});

test("a GPU that works is what pictures are made on", async (t) => {
  const found = await report(t, { ...NO_GPU, gpu: GPU });
  assert.deepEqual([found.provider, found.problems], ["cuda", []]);
  const text = describeDoctorReport(found).join("\n");
  assert.match(text, /NVIDIA Fake 9000, compute capability 9\.0, 80\.0 GB \(79\.0 GB free\), .*cudnn in bf16/);
  assert.match(text, /driver for CUDA 13\.0/);
  assert.match(text, /ok +cuDNN 9: \/cuda\/libcudnn\.so\.9/);
  assert.match(text, /made on the GPU, NVIDIA Fake 9000\.$/);
});

test("a GPU without a library: what, where it was looked for, what to do, and pictures all the same", async (t) => {
  const [runtime] = GPU.libraries;
  const libraries = [runtime!, { ...CUDNN, searched: ["/a", "/b"], remedy: "Install cuDNN." }];
  const problem = toErrorData(new TachieError("engine.unsupported", "not found: cuDNN 9"));
  const found = await report(t, { ...NO_GPU, gpu: { ...GPU, state: "unusable", libraries, problem } });
  assert.deepEqual([found.canMakePictures, found.provider], [true, "cpu"]);
  assert.deepEqual(found.problems, [problem]);
  const text = describeDoctorReport(found).join("\n");
  assert.match(text, /MISSING +cuDNN 9 \(libcudnn\.so\.9\)\. Install cuDNN\.\n +looked for in \/a, \/b/);
  assert.match(text, /! not found: cuDNN 9\n/);
});

test("no engine, no runtime, or no model: no pictures, and why", async (t) => {
  const lost = await report(t, new TachieError("engine.start-failed", "it does not start"));
  assert.deepEqual([lost.canMakePictures, lost.problems.map(({ message }) => message)], [false, ["it does not start"]]);
  const runtimeProblem = toErrorData(new TachieError("engine.start-failed", "no library"));
  const { cpu, gpu } = NO_GPU;
  const bare = await report(t, { cpu, gpu, runtimeProblem });
  assert.deepEqual([bare.canMakePictures, bare.problems], [false, [runtimeProblem]]);
  const empty = await report(t, NO_GPU, false);
  assert.deepEqual([empty.canMakePictures, empty.problems[0]?.code], [false, "model.not-found"]);
  assert.match(describeDoctorReport(empty).join("\n"), /Models +none\n[^]*Pictures cannot be made\.$/);
});

test("a cancel is no finding", async (t) => {
  await assert.rejects(report(t, new TachieError("job.cancelled", "cancelled")), { code: "job.cancelled" });
});
