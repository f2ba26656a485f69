/** @file What is said of a GPU, for every way in which one is there, half there, or not. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TachieError } from "../../../../src-main/contract/errors.ts";
import { CudaDriver } from "../../../../src-main/cuda/driver.ts";
import { attentionChoice } from "../../../../src-main/engine/doctor/attention-choice.ts";
import { GPU_PROBES, diagnoseGpu } from "../../../../src-main/engine/doctor/gpu-diagnosis.ts";
import type { GpuProbes } from "../../../../src-main/engine/doctor/gpu-diagnosis.ts";
import { nvidiaCards } from "../../../../src-main/engine/doctor/graphics-cards.ts";
import { findCudaLibraries } from "../../../../src-main/ort/libraries/find.ts";
import { wantedLibraries } from "../../../../src-main/ort/libraries/wanted.ts";
import { FakeDriver } from "../../cuda/fake-driver.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

const FOLDERS = { component: "/nowhere/cuda", cache: "/nowhere/kernels" };

function libraries(folder: string) {
  return findCudaLibraries({ platform: "linux", environment: {}, ownFolders: [folder], root: folder });
}

/** A machine on which everything is in its place. */
function machine(folder: string, fake = new FakeDriver({ memoryBytes: 8e9 })): GpuProbes {
  for (const { file } of wantedLibraries("linux")) writeFileSync(path.join(folder, file), "");
  return {
    platform: "linux",
    cards: () => ["0000:01:00.0"],
    driver: () => new CudaDriver(fake.functions),
    libraries: () => libraries(folder),
    tryOut: () => Promise.resolve(),
  };
}

const noDriver = (): never => {
  throw new TachieError("engine.unsupported", "there is no driver");
};

test("a GPU that opens is ready, with its memory, its driver and its kernels told", async (t) => {
  const fake = new FakeDriver({ memoryBytes: 8e9, devices: 2 });
  const gpu = await diagnoseGpu(FOLDERS, machine(temporaryFolder(t), fake));
  assert.equal(gpu.state, "ready");
  assert.equal(gpu.problem, undefined);
  assert.deepEqual(
    gpu.devices.map(({ name }) => name),
    ["Fake GPU", "Fake GPU"],
  );
  const [device] = gpu.devices;
  assert.deepEqual(device?.computeCapability, [9, 0]);
  assert.equal(device?.freeMemoryBytes, 8e9);
  assert.deepEqual(device?.attention, { bf16: "cudnn", fp32: "efficient" });
  assert.ok(gpu.driverCuda !== undefined && gpu.driverCuda[0] >= 12);
  assert.ok(gpu.libraries.every(({ foundAt }) => foundAt !== undefined));
  assert.deepEqual([...fake.retained.values()], [0, 0], "the contexts that were opened are closed again");
});

test("a missing library is named with all folders that were looked into, and nothing is opened", async (t) => {
  const folder = temporaryFolder(t);
  const empty = temporaryFolder(t);
  const probes: GpuProbes = {
    ...machine(folder),
    libraries: () =>
      libraries(folder).map((one) =>
        one.wanted === "libcudnn.so.9" ? libraries(empty).find(({ wanted }) => wanted === one.wanted)! : one,
      ),
    tryOut: () => assert.fail("opened"),
  };
  const gpu = await diagnoseGpu(FOLDERS, probes);
  assert.equal(gpu.state, "unusable");
  assert.match(gpu.problem?.message ?? "", /cuDNN 9 \(libcudnn\.so\.9\)/);
  assert.match(gpu.problem?.remedy ?? "", /cudnn9-cuda-13/);
  const missing = gpu.libraries.filter(({ foundAt }) => foundAt === undefined);
  assert.deepEqual(
    missing.map(({ name }) => name),
    ["cuDNN 9"],
  );
  assert.ok((missing[0]?.searched.length ?? 0) > 3);
});

test("a GPU that does not open is unusable, for the reason that opening gives", async (t) => {
  const tryOut = (): Promise<never> => Promise.reject(new TachieError("engine.out-of-memory", "no memory is free"));
  const gpu = await diagnoseGpu(FOLDERS, { ...machine(temporaryFolder(t)), tryOut });
  assert.equal(gpu.state, "unusable");
  assert.deepEqual([gpu.problem?.code, gpu.problem?.message], ["engine.out-of-memory", "no memory is free"]);
  assert.equal(gpu.devices.length, 1);
});

test("a card without a driver is not the same as no card", async (t) => {
  const probes = { ...machine(temporaryFolder(t)), driver: noDriver };
  assert.equal((await diagnoseGpu(FOLDERS, probes)).state, "unusable");
  for (const cards of [[], undefined]) {
    const gpu = await diagnoseGpu(FOLDERS, { ...probes, cards: () => cards });
    assert.equal(gpu.state, "absent");
    assert.equal(gpu.problem?.message, "there is no driver");
    assert.deepEqual(gpu.devices, []);
  }
});

test("a driver without a GPU, and a system without CUDA, have none", async (t) => {
  const folder = temporaryFolder(t);
  const none = { ...machine(folder, new FakeDriver({ devices: 0 })), cards: () => [] };
  assert.equal((await diagnoseGpu(FOLDERS, none)).state, "absent");
  const refused = { ...machine(folder, new FakeDriver({ initStatus: 100 })), cards: () => [] };
  assert.match((await diagnoseGpu(FOLDERS, refused)).problem?.message ?? "", /CUDA_ERROR_NO_DEVICE/);
  const mac = await diagnoseGpu(FOLDERS, { ...machine(folder), platform: "darwin" });
  assert.deepEqual([mac.state, mac.libraries, mac.problem?.message], ["absent", [], "there is no CUDA for darwin"]);
});

test("what is not foreseen is not hidden in a report", async (t) => {
  const tryOut = (): Promise<never> => Promise.reject(new RangeError("a bug"));
  await assert.rejects(diagnoseGpu(FOLDERS, { ...machine(temporaryFolder(t)), tryOut }), RangeError);
});

test(
  "on this machine it tells the truth about the driver's library",
  { skip: process.platform !== "linux" },
  async () => {
    const gpu = await diagnoseGpu(FOLDERS, { ...GPU_PROBES, tryOut: () => Promise.resolve() });
    const driver = gpu.libraries.find(({ source }) => source === "driver");
    if (driver?.foundAt === undefined) assert.notEqual(gpu.state, "ready");
    assert.ok(gpu.libraries.length > 5);
  },
);

test("cards are told by vendor and kind", async (t) => {
  const root = temporaryFolder(t);
  const add = (address: string, vendor: string, kind: string): void => {
    const folder = path.join(root, "sys/bus/pci/devices", address);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "vendor"), `${vendor}\n`);
    writeFileSync(path.join(folder, "class"), `${kind}\n`);
  };
  assert.equal(nvidiaCards(root), undefined);
  add("0000:65:00.0", "0x10de", "0x030200");
  add("0000:01:00.0", "0x10de", "0x030000");
  add("0000:01:00.1", "0x10de", "0x040300"); // the sound of a monitor
  add("0000:00:02.0", "0x8086", "0x030000");
  mkdirSync(path.join(root, "sys/bus/pci/devices/0000:ff:00.0"));
  assert.deepEqual(nvidiaCards(root), ["0000:01:00.0", "0000:65:00.0"]);
});

test("kernels of attention by generation of the GPU", () => {
  assert.deepEqual(attentionChoice([10, 0]).bf16, "cudnn");
  assert.deepEqual(attentionChoice([8, 9]).bf16, "flash");
  assert.deepEqual(attentionChoice([7, 5]), { bf16: "efficient", fp32: "efficient" });
  assert.deepEqual(attentionChoice([5, 2]), { bf16: "math", fp32: "efficient" });
  assert.deepEqual(attentionChoice([3, 5]), { bf16: "math", fp32: "math" });
});
