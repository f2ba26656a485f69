import assert from "node:assert/strict";
import { test } from "node:test";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { CudaGraph, cudaGraphCapture } from "../../../src-main/cuda/graph-capture.ts";
import { FakeDriver } from "./fake-driver.ts";

function stand() {
  const fake = new FakeDriver();
  const driver = new CudaDriver(fake.functions);
  const stream = driver.createStream();
  return { fake, driver, capture: cudaGraphCapture(driver, stream) };
}

const kinds = (fake: FakeDriver): string[] => [...fake.handles.values()].toSorted();

test("work is recorded once and launched as often as wanted; only the executable graph is kept until it is released", () => {
  const { fake, capture } = stand();
  let runs = 0;
  const graph = capture.capture(() => {
    assert.notEqual(fake.capturing, undefined);
    runs++;
  });
  assert.ok(graph instanceof CudaGraph);
  assert.equal(graph.nodeCount, 3);
  assert.deepEqual(kinds(fake), ["executable", "stream"]);
  graph.launch();
  graph.launch();
  assert.equal(runs, 1);
  assert.equal(fake.calls.filter((name) => name === "cuGraphLaunch").length, 2);
  graph.release();
  graph.release();
  assert.deepEqual(kinds(fake), ["stream"]);
});

test("work that fails while it is recorded leaves the stream as it was, and its own error is the one that is seen", () => {
  const { fake, capture } = stand();
  assert.throws(
    () =>
      capture.capture(() => {
        throw new Error("the shape does not fit");
      }),
    /the shape does not fit/,
  );
  assert.equal(fake.capturing, undefined);
  assert.deepEqual(kinds(fake), ["stream"]);
  capture.capture(() => undefined).release();
});

test("a graph that was released is not launched in silence", () => {
  const { capture } = stand();
  const graph = capture.capture(() => undefined);
  graph.release();
  assert.throws(() => graph.launch(), { name: "TachieError" });
});
