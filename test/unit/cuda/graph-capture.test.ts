import assert from "node:assert/strict";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { CudaGraph, cudaGraphCapture } from "../../../src-main/cuda/graph-capture.ts";
import { CudaLauncher } from "../../../src-main/cuda/launch.ts";
import { cudaMemory } from "../../../src-main/cuda/memory.ts";
import type { GraphCapture } from "../../../src-main/ort/device.ts";
import { FakeDriver } from "./fake-driver.ts";

function open(): { fake: FakeDriver; driver: CudaDriver; capture: GraphCapture; launch: () => void } {
  const fake = new FakeDriver({ kernels: ["addParts"] });
  const driver = new CudaDriver(fake.functions);
  const { stream } = cudaMemory(driver, 0);
  const launcher = new CudaLauncher(driver, Uint8Array.of(1));
  const launch = (): void => launcher.launch("addParts", { blocks: 1, threads: 64 }, [1n, 2n], stream);
  return { fake, driver, capture: cudaGraphCapture(driver, stream), launch };
}

function graphHandles(fake: FakeDriver): string[] {
  return [...fake.handles.values()].filter((kind) => kind.includes("graph"));
}

test("what is recorded runs when the graph is launched, and as often", () => {
  const { fake, capture, launch } = open();
  const graph = capture.capture(() => {
    launch();
    launch();
  });
  assert.equal(fake.launches.length, 0);
  assert.ok(graph instanceof CudaGraph);
  assert.equal(graph.nodeCount, 2);
  graph.launch();
  graph.launch();
  assert.equal(fake.launches.length, 4);
  graph.release();
  graph.release();
  assert.deepEqual(graphHandles(fake), []);
});

test("an error in the work ends the recording, and the stream is good again", () => {
  const { fake, capture, launch } = open();
  const failure = new Error("as told");
  assert.throws(
    () =>
      capture.capture(() => {
        launch();
        throw failure;
      }),
    failure,
  );
  assert.equal(fake.recording, undefined);
  assert.deepEqual(graphHandles(fake), []);
  capture.capture(launch).launch();
  assert.equal(fake.launches.length, 1);
});

const HOST = 0x70_0000n;

test("a replay copies what the host held when it was recorded, whatever lies there by then", () => {
  const { fake, driver, capture, launch } = open();
  const target = driver.allocate(8);
  fake.hostMemory.set(HOST, Uint8Array.of(1, 2, 3, 4));
  const used = fake.usedBytes;
  const graph = capture.capture(() => {
    launch();
    fake.recordHostCopy(target, HOST, 3);
    fake.recordHostCopy(target + 4n, HOST, 4);
  });
  fake.hostMemory.get(HOST)?.fill(9);
  graph.launch();
  assert.deepEqual([...(fake.memory.get(target) ?? [])], [1, 2, 3, 0xcd, 1, 2, 3, 4]);
  assert.ok(fake.usedBytes > used);
  graph.release();
  assert.equal(fake.usedBytes, used);
});

test("a recorded copy of a kind that cannot be kept is refused, and nothing stays behind", () => {
  const { fake, driver, capture } = open();
  const target = driver.allocate(8);
  fake.hostMemory.set(HOST, new Uint8Array(8));
  const used = fake.usedBytes;
  const record = (): unknown => capture.capture(() => fake.recordHostCopy(target, HOST, 4, 2));
  assert.throws(record, (error) => isTachieError(error, "engine.run-failed"));
  assert.deepEqual([graphHandles(fake), fake.usedBytes], [[], used]);
});
