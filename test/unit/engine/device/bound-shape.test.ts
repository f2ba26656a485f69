import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundShape } from "../../../../src-main/engine/device/bound-shape.ts";
import { packed } from "../../../../src-main/engine/device/packed-tensor.ts";
import { ShapeCache } from "../../../../src-main/engine/device/shape-cache.ts";
import type { DeviceSession, DeviceTensor } from "../../../../src-main/ort/device.ts";
import { float32Tensor } from "../../../../src-main/ort/session.ts";
import { FakeCapture, FakeDeviceMemory } from "../../../fixtures/fake-device.ts";

/** y = 2x, with x in bfloat16. */
function doubling(memory: FakeDeviceMemory) {
  const calls = { bound: 0, released: 0, runs: 0 };
  const session: DeviceSession = {
    inputNames: ["x"],
    outputNames: ["y"],
    inputs: [{ name: "x", type: "bfloat16", dims: ["n"] }],
    outputs: [{ name: "y", type: "float32", dims: ["n"] }],
    run: () => Promise.reject(new Error("not used")),
    release: () => Promise.resolve(),
    bind(inputs, outputs) {
      calls.bound++;
      const [x, y] = [inputs["x"], outputs["y"]] as [DeviceTensor, DeviceTensor];
      return {
        run() {
          calls.runs++;
          const { buffer, byteOffset, byteLength } = memory.bytes(x.address);
          const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
          const bits = Uint32Array.from(halves, (half) => half << 16);
          memory.floats(y.address).set(new Float32Array(bits.buffer).map((value) => 2 * value));
        },
        release() {
          calls.released++;
        },
      };
    },
  };
  return { session, calls };
}

function shapeOf(memory: FakeDeviceMemory, session: DeviceSession, count: number, capture?: FakeCapture): BoundShape {
  return new BoundShape({ session, memory, capture, inputs: { x: [count] }, outputs: { y: [count] } });
}

test("the first run is plain, the second is captured, and all later ones replay with what was written since", () => {
  const memory = new FakeDeviceMemory();
  const { session } = doubling(memory);
  const capture = new FakeCapture(memory);
  const shape = shapeOf(memory, session, 3, capture);
  for (const [run, value] of [1, 2.5, -3, 0.125].entries()) {
    shape.write("x", packed(float32Tensor(new Float32Array(3).fill(value), [3]), "bfloat16"));
    shape.run();
    assert.deepEqual(Array.from(memory.floats(shape.tensor("y").address)), Array(3).fill(2 * value));
    assert.deepEqual([capture.captured, capture.launched], [Math.min(run, 1), run]);
  }
  shape.release();
  assert.deepEqual([capture.released, memory.blockCount], [1, 0]);
});

test("what does not fit is refused by name", () => {
  const memory = new FakeDeviceMemory();
  const shape = shapeOf(memory, doubling(memory).session, 3);
  const two = float32Tensor(new Float32Array(2), [2]);
  assert.throws(() => shape.write("x", packed(two, "bfloat16")), /x is bfloat16 \[3\], but bfloat16 \[2\]/);
  assert.throws(() => shape.write("x", packed(two)), /x is bfloat16 \[3\], but float32 \[2\]/);
  assert.throws(() => packed(two, "int64"), /wanted as int64/);
  assert.throws(() => shape.tensor("z"), /no tensor z/);
});

test("no memory for one of the buffers leaves none allocated", () => {
  const memory = new FakeDeviceMemory(100);
  const { session, calls } = doubling(memory);
  assert.throws(() => shapeOf(memory, session, 20), { code: "engine.out-of-memory" });
  assert.deepEqual([memory.blockCount, calls.bound], [0, 0]);
});

test("the least recently used shape goes first, with its memory and its graph", () => {
  const memory = new FakeDeviceMemory();
  const { session, calls } = doubling(memory);
  const shapes = new ShapeCache(2);
  const get = (count: number): BoundShape => shapes.get(String(count), () => shapeOf(memory, session, count));
  const one = get(1);
  get(2);
  assert.equal(get(1), one);
  get(3);
  assert.deepEqual([shapes.count, calls.bound, calls.released], [2, 3, 1]);
  assert.equal(get(1), one);
  assert.equal(calls.bound, 3);
  get(2);
  assert.equal(calls.bound, 4);
  shapes.release();
  assert.deepEqual([memory.blockCount, calls.released], [0, 4]);
});
