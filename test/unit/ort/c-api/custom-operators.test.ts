import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import koffi from "koffi";
import { TachieError, isTachieError } from "../../../../src-main/contract/errors.ts";
import { GraphBuilder, elementCount, float } from "../../../../src-main/graph/onnx.ts";
import type { ElementType, GraphModel } from "../../../../src-main/graph/onnx.ts";
import type { CustomOperator, KernelContext, OperatorTensor } from "../../../../src-main/ort/custom-operator.ts";
import type { CApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import { openHandleCount } from "../../../../src-main/ort/c-api/handles.ts";
import type { DeviceSessionOptions } from "../../../../src-main/ort/device.ts";
import { float32Output, float32Tensor } from "../../../../src-main/ort/session.ts";
import { cpuRuntime, placed, taken } from "./library.ts";

const OPTIONS: DeviceSessionOptions = { graphOptimisation: true, mappedWeights: true, threads: 1 };
const tachie = { domain: "tachie" } as const;

function runtimeWith(context: TestContext, ...operators: CustomOperator[]): CApiRuntime {
  const runtime = cpuRuntime(operators);
  context.after(() => runtime.release());
  return runtime;
}

function modelOf(build: (graph: GraphBuilder) => void): GraphModel {
  const graph = new GraphBuilder("test");
  build(graph);
  return { bytes: graph.finish(), weightsFolder: "/" };
}

function read(tensor: OperatorTensor): Float32Array {
  return taken(new Float32Array(elementCount(tensor.dims)), tensor.address);
}

function write(tensor: OperatorTensor, data: Float32Array): void {
  koffi.encode(tensor.address, koffi.array("float", data.length), data);
}

/** y = factor · xᵇ, the power being an integer. */
const power: CustomOperator = {
  name: "ScaledPower",
  inputs: ["float32"],
  outputs: ["float32"],
  create: (attributes) => {
    const factor = attributes.float("factor");
    const exponent = attributes.integer("exponent");
    return (context) => {
      assert.equal(context.stream, 0n);
      const x = context.input(0);
      write(
        context.output(0, x.dims),
        read(x).map((value) => factor * value ** exponent),
      );
    };
  },
};

/** Outputs of two shapes of its own: the sums of the rows, and the first `count` elements. */
const sums: CustomOperator = {
  name: "RowSums",
  inputs: ["float32", "float32"],
  outputs: ["float32", "float32"],
  create: () => (context) => {
    const [x, bias] = [context.input(0), read(context.input(1))];
    const [rows, columns] = x.dims as [number, number];
    const data = read(x);
    const sum = (row: number): number => data.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0);
    write(
      context.output(0, [rows]),
      Float32Array.from({ length: rows }, (_, row) => sum(row) + bias[0]!),
    );
    write(context.output(1, [1, columns]), data.slice(0, columns));
  },
};

test("each node computes with attributes of its own, for whatever shape comes", async (context) => {
  const session = await runtimeWith(context, power, sums).createSession(
    modelOf((graph) => {
      const x = graph.input("x", "float32", ["n", "m"]);
      const powered = (factor: number, exponent: number) =>
        graph.node("ScaledPower", [x], { ...tachie, attributes: { factor: float(factor), exponent } });
      const [total, first] = graph.nodes(
        "RowSums",
        [graph.node("Add", [powered(0.5, 2), powered(-2, 3)]), graph.constant("float32", [1], placedBytes(100))],
        ["float32", "float32"],
        tachie,
      );
      graph.output("total", total, ["n"]);
      graph.output("first", first, [1, "m"]);
    }),
    OPTIONS,
  );
  for (const [rows, columns] of [
    [1, 3],
    [4, 2],
    [7, 1],
  ] as const) {
    const x = Float32Array.from({ length: rows * columns }, (_, index) => index - 2);
    const combined = x.map((value) => 0.5 * value ** 2 - 2 * value ** 3);
    const outputs = await session.run({ x: float32Tensor(x, [rows, columns]) });
    assert.deepEqual(outputs["total"]?.dims, [rows]);
    assert.deepEqual(
      [...float32Output(outputs, "total").data],
      Array.from(
        { length: rows },
        (_, row) => combined.slice(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0) + 100,
      ),
    );
    assert.deepEqual(float32Output(outputs, "first").data, combined.slice(0, columns));
  }
  await session.release();
});

function placedBytes(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

test("bfloat16 and whole numbers pass through an operator in a binding", async (context) => {
  const types: readonly ElementType[] = ["bfloat16", "int64"];
  const swap: CustomOperator = {
    name: "NegateBits",
    inputs: types,
    outputs: types,
    create: () => (kernel) => {
      const bits = kernel.input(0);
      const numbers = kernel.input(1);
      const out = [kernel.output(0, bits.dims), kernel.output(1, numbers.dims)] as const;
      // The sign of a bfloat16 is its highest bit.
      const negated = taken(new Uint16Array(2), bits.address).map((value) => value ^ 0x8000);
      koffi.encode(out[0].address, koffi.array("uint16_t", 2), negated);
      const opposite = taken(new BigInt64Array(2), numbers.address).map((value) => -value);
      koffi.encode(out[1].address, koffi.array("int64_t", 2), opposite);
    },
  };
  const session = await runtimeWith(context, swap).createSession(
    modelOf((graph) => {
      const [x, n] = [graph.input("x", "bfloat16", [2]), graph.input("n", "int64", [2])];
      const [y, m] = graph.nodes("NegateBits", [x, n], ["bfloat16", "int64"], tachie);
      graph.output("y", y, [2]);
      graph.output("m", m, [2]);
    }),
    OPTIONS,
  );
  const [x, n] = [placed(Uint16Array.of(0x3f80, 0xc000)), placed(BigInt64Array.of(5n, -(2n ** 60n)))];
  const [y, m] = [placed(new Uint16Array(2)), placed(new BigInt64Array(2))];
  const bits = (address: bigint) => ({ type: "bfloat16", dims: [2], address }) as const;
  const numbers = (address: bigint) => ({ type: "int64", dims: [2], address }) as const;
  session.bind({ x: bits(x), n: numbers(n) }, { y: bits(y), m: numbers(m) }).run();
  assert.deepEqual([...taken(new Uint16Array(2), y)], [0xbf80, 0x4000]);
  assert.deepEqual([...taken(new BigInt64Array(2), m)], [-5n, 2n ** 60n]);
  await session.release();
});

/** A graph x -> operator -> y. */
function chain(name: string): GraphModel {
  return modelOf((graph) => {
    graph.output("y", graph.node(name, [graph.input("x", "float32", ["n"])], tachie), ["n"]);
  });
}

test("an error inside an operator is the run's error, and the next run is well", async (context) => {
  const thrown: unknown[] = [
    new TachieError("engine.out-of-memory", "no room", { where: "here" }),
    new RangeError("a bug"),
  ];
  let next: unknown;
  const fails = (act: (kernel: KernelContext) => void): CustomOperator => ({
    name: "Fails",
    inputs: ["float32"],
    outputs: ["float32"],
    create: () => act,
  });
  const runtime = runtimeWith(
    context,
    fails((kernel) => {
      const x = kernel.input(0);
      const y = kernel.output(0, x.dims);
      if (next !== undefined) throw next as Error;
      write(y, read(x));
    }),
  );
  const session = await runtime.createSession(chain("Fails"), OPTIONS);
  const feeds = { x: float32Tensor(Float32Array.of(4), [1]) };
  const [x, y] = [placed(feeds.x.data), placed(new Float32Array(1))];
  const tensor = (address: bigint) => ({ type: "float32", dims: [1], address }) as const;
  const bound = session.bind({ x: tensor(x) }, { y: tensor(y) });
  for (const error of thrown) {
    next = error;
    await assert.rejects(session.run(feeds), (caught) => caught === error);
    assert.throws(
      () => bound.run(),
      (caught) => caught === error,
    );
    next = undefined;
    assert.equal(float32Output(await session.run(feeds), "y").data[0], 4);
    bound.run();
    assert.equal(taken(new Float32Array(1), y)[0], 4);
  }
  await session.release();

  const outside = runtimeWith(
    context,
    fails((kernel) => void kernel.input(5)),
  );
  const outsideSession = await outside.createSession(chain("Fails"), OPTIONS);
  await assert.rejects(
    outsideSession.run(feeds),
    (error) => isTachieError(error) && /input|index/i.test(error.message),
  );
});

test("an attribute that a node lacks, and an operator that nobody gave", async (context) => {
  const runtime = runtimeWith(context, power);
  await assert.rejects(
    runtime.createSession(chain("ScaledPower"), OPTIONS),
    (error) =>
      isTachieError(error, "engine.run-failed") && error.message.includes("a node ScaledPower has no attribute factor"),
  );
  await assert.rejects(
    runtime.createSession(chain("Unknown"), OPTIONS),
    (error) => isTachieError(error, "engine.run-failed") && error.message.includes("Unknown"),
  );
});

test("sessions come and go, and operators leave nothing behind", async () => {
  const handles = openHandleCount();
  const callbacks = koffi.stats().callbacks;
  const runtime = cpuRuntime([power]);
  const model = modelOf((graph) => {
    const attributes = { factor: float(1), exponent: 1 };
    const x = graph.input("x", "float32", ["n"]);
    graph.output("y", graph.node("ScaledPower", [x], { ...tachie, attributes }), ["n"]);
  });
  const open = openHandleCount();
  for (let round = 0; round < 200; round++) {
    const session = await runtime.createSession(model, OPTIONS);
    await session.run({ x: float32Tensor(Float32Array.of(round), [1]) });
    await session.release();
  }
  assert.equal(openHandleCount(), open);
  assert.equal(runtime.kernelCount(), 0);
  runtime.release();
  assert.deepEqual([openHandleCount(), koffi.stats().callbacks], [handles, callbacks]);
});
