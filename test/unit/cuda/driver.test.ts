import assert from "node:assert/strict";
import { test } from "node:test";
import { TachieError, isTachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import { loadDriverFunctions } from "../../../src-main/cuda/driver-functions.ts";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { cudaMemory } from "../../../src-main/cuda/memory.ts";
import { formatBytes, isSticky, statusError } from "../../../src-main/cuda/status.ts";
import { CudaStopwatch } from "../../../src-main/cuda/stopwatch.ts";
import { FakeDriver } from "./fake-driver.ts";

function refusal(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => isTachieError(error, code) && message.test(error.message);
}

test("a missing driver is told with what it is and what to do", () => {
  assert.throws(
    () => loadDriverFunctions("libnosuchdriver.so.1"),
    (error) =>
      error instanceof TachieError &&
      error.code === "engine.unsupported" &&
      error.message.includes("libnosuchdriver.so.1") &&
      /graphics driver/.test(error.remedy),
  );
});

test("a library that is no driver is told as one that cannot be used", () => {
  const library = process.platform === "win32" ? "kernel32.dll" : "libc.so.6";
  assert.throws(() => loadDriverFunctions(library), refusal("engine.unsupported", /cannot be loaded: .*cuInit/s));
});

test("a machine without a GPU is told so by the driver's start", () => {
  const fake = new FakeDriver({ initStatus: 100 });
  assert.throws(
    () => new CudaDriver(fake.functions),
    (error) => isTachieError(error, "engine.unsupported") && error.message.includes("CUDA_ERROR_NO_DEVICE"),
  );
});

test("GPUs are described", () => {
  const driver = new CudaDriver(new FakeDriver({ devices: 2, memoryBytes: 5000 }).functions);
  assert.deepEqual(driver.version(), [13, 2]);
  assert.deepEqual(driver.devices()[1], {
    deviceId: 1,
    name: "Fake GPU",
    computeCapability: [9, 0],
    memoryBytes: 5000,
    multiprocessors: 132,
  });
  assert.throws(() => driver.device(2), refusal("engine.unsupported", /find GPU 2/));
});

test("each use of a device holds the primary context, until it is released", () => {
  const fake = new FakeDriver();
  const driver = new CudaDriver(fake.functions);
  const [first, second] = [cudaMemory(driver, 0), cudaMemory(driver, 0)];
  assert.equal(fake.retained.get(0), 2);
  first.release();
  assert.equal(fake.retained.get(0), 1);
  second.free(second.allocate(8));
  second.release();
  assert.equal(fake.retained.get(0), 0);
});

test("an event's time comes from the GPU, and the events are ended", () => {
  const fake = new FakeDriver();
  const driver = new CudaDriver(fake.functions);
  const { stream } = cudaMemory(driver, 0);
  const watch = new CudaStopwatch(driver, stream);
  watch.start();
  assert.equal(watch.stop(), 1.5);
  watch.release();
  assert.ok(![...fake.handles.values()].includes("event"));
});

test("after a kernel's fault every call says that the process can no longer use the GPU", () => {
  const fake = new FakeDriver();
  const memory = cudaMemory(new CudaDriver(fake.functions), 0);
  fake.fault = 700;
  assert.throws(
    () => memory.synchronise(),
    refusal("engine.device-lost", /CUDA_ERROR_ILLEGAL_ADDRESS.*can no longer use the GPU/),
  );
  assert.throws(() => memory.allocate(8), refusal("engine.device-lost", /allocate 8 bytes/));
});

test("statuses are told apart", () => {
  const codes = [2, 100, 700, 719, 710, 214, 1, 400].map((status) => statusError(status, "x", "", "").code);
  const lost = "engine.device-lost";
  const failed = "engine.run-failed";
  assert.deepEqual(codes, ["engine.out-of-memory", "engine.unsupported", lost, lost, lost, lost, failed, failed]);
  assert.ok(isSticky(719) && !isSticky(2));
});

test("bytes are written for people", () => {
  assert.deepEqual([1, 1023, 1024, 1.5 * 2 ** 30, 3000 * 2 ** 30].map(formatBytes), [
    "1 bytes",
    "1023 bytes",
    "1.0 KiB",
    "1.5 GiB",
    "3000.0 GiB",
  ]);
});
