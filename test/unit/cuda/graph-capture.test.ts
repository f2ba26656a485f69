import assert from "node:assert/strict";
import { test } from "node:test";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { CudaGraph, cudaGraphCapture } from "../../../src-main/cuda/graph-capture.ts";
import { CudaLauncher } from "../../../src-main/cuda/launch.ts";
import { cudaMemory } from "../../../src-main/cuda/memory.ts";
import type { GraphCapture } from "../../../src-main/ort/device.ts";
import { FakeDriver } from "./fake-driver.ts";

function open(): { fake: FakeDriver; capture: GraphCapture; launch: () => void } {
  const fake = new FakeDriver({ kernels: ["addParts"] });
  const driver = new CudaDriver(fake.functions);
  const { stream } = cudaMemory(driver, 0);
  const launcher = new CudaLauncher(driver, Uint8Array.of(1));
  const launch = (): void => launcher.launch("addParts", { blocks: 1, threads: 64 }, [1n, 2n], stream);
  return { fake, capture: cudaGraphCapture(driver, stream), launch };
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
