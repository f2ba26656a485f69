import assert from "node:assert/strict";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { DeviceBuffers } from "../../../src-main/cuda/device-buffers.ts";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { cudaMemory } from "../../../src-main/cuda/memory.ts";
import type { CudaMemory } from "../../../src-main/cuda/memory.ts";
import { FakeDriver } from "./fake-driver.ts";

function open(memoryBytes = 1 << 20): { fake: FakeDriver; memory: CudaMemory } {
  const fake = new FakeDriver({ memoryBytes });
  return { fake, memory: cudaMemory(new CudaDriver(fake.functions), 0) };
}

test("bytes go to the device and come back", () => {
  const { memory } = open();
  const [a, b] = [memory.allocate(5), memory.allocate(5)];
  memory.upload(a, Uint8Array.of(1, 2, 3, 4, 5));
  memory.copy(b, a, 5);
  memory.clear(b, 2);
  const back = new Uint8Array(5);
  memory.download(back, b);
  assert.deepEqual([...back], [0, 0, 3, 4, 5]);
});

test("a download waits for the stream", () => {
  const { fake, memory } = open();
  const address = memory.allocate(1);
  fake.calls.length = 0;
  memory.download(new Uint8Array(1), address);
  assert.deepEqual(fake.calls, ["cuMemcpyDtoHAsync_v2", "cuStreamSynchronize"]);
});

test("use is counted, and its peak stays", () => {
  const { memory } = open();
  const a = memory.allocate(1000);
  const b = memory.allocate(500);
  memory.free(a);
  assert.deepEqual(memory.use(), { inUseBytes: 500, peakBytes: 1500, allocations: 1 });
  memory.free(b);
  assert.deepEqual(memory.use(), { inUseBytes: 0, peakBytes: 1500, allocations: 0 });
});

test("memory that is not there is refused with what is wanted and what is free, and the rest stays good", () => {
  const { memory } = open(4 << 20);
  const address = memory.allocate(1 << 20);
  assert.throws(
    () => memory.allocate(7 << 20),
    (error) =>
      isTachieError(error, "engine.out-of-memory") &&
      error.message === "7.0 MiB of GPU memory are wanted, and 3.0 MiB of 4.0 MiB are free",
  );
  assert.equal(memory.use().allocations, 1);
  memory.free(address);
});

test("freeing twice, or what was never allocated, is a bug that does not reach the driver", () => {
  const { fake, memory } = open();
  const address = memory.allocate(16);
  memory.free(address);
  const frees = fake.calls.filter((call) => call === "cuMemFree_v2").length;
  for (const wrong of [address, 0n, 0x1234n])
    assert.throws(
      () => memory.free(wrong),
      (error) => isTachieError(error, "internal.bug"),
    );
  assert.equal(fake.calls.filter((call) => call === "cuMemFree_v2").length, frees);
});

test("sizes that are none are bugs", () => {
  const { memory } = open();
  for (const size of [0, -1, 1.5, NaN, 2 ** 60])
    assert.throws(
      () => memory.allocate(size),
      (error) => isTachieError(error, "internal.bug"),
    );
});

test("release frees what is left, ends the stream and lets go of the GPU", () => {
  const { fake, memory } = open();
  memory.allocate(10);
  memory.allocate(20);
  memory.release();
  assert.equal(fake.usedBytes, 0);
  assert.equal(fake.handles.size, 0);
  assert.equal(fake.retained.get(0), 0);
});

test("an owner frees what it holds when its time is over, and nothing of others", () => {
  const { fake, memory } = open();
  memory.allocate(100);
  {
    using buffers = new DeviceBuffers(memory);
    const held = buffers.hold(Uint8Array.of(9, 8, 7));
    const back = new Uint8Array(3);
    memory.download(back, held);
    assert.deepEqual([...back], [9, 8, 7]);
    buffers.free(buffers.allocate(40));
    assert.deepEqual(buffers.use(), { inUseBytes: 3, peakBytes: 43, allocations: 1 });
    assert.equal(fake.usedBytes, 103);
  }
  assert.equal(fake.usedBytes, 100);
});

test("an owner does not free what it does not hold", () => {
  const { memory } = open();
  const foreign = memory.allocate(8);
  const buffers = new DeviceBuffers(memory);
  assert.throws(
    () => buffers.free(foreign),
    (error) => isTachieError(error, "internal.bug"),
  );
  assert.equal(memory.use().allocations, 1);
});
