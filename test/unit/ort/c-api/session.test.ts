import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../../src-main/contract/errors.ts";
import { GraphBuilder, elementTypeCode } from "../../../../src-main/graph/onnx.ts";
import type { GraphModel } from "../../../../src-main/graph/onnx.ts";
import { loadOrtApi } from "../../../../src-main/ort/c-api/api.ts";
import { openHandleCount, received } from "../../../../src-main/ort/c-api/handles.ts";
import { availableProviders, createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import { cudaOptions } from "../../../../src-main/ort/c-api/session-options.ts";
import type { DeviceSessionOptions } from "../../../../src-main/ort/device.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { createNodeRuntime } from "../../../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../../../src-main/ort/session.ts";
import type { Tensors } from "../../../../src-main/ort/session.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";
import { cpuRuntime, libraryPath, placed, taken } from "./library.ts";

const OPTIONS: DeviceSessionOptions = { graphOptimisation: true, mappedWeights: true, threads: 1 };
const ROW = float32Tensor(Float32Array.of(1, 0, 0, 1), [1, 4]);

const runtime = cpuRuntime();
after(() => runtime.release());

/** y = x·wᵀ for x [n, 4], w [3, 4] = 0 … 11 in a file. */
function productModel(context: TestContext): GraphModel {
  const folder = temporaryFolder(context);
  writeFileSync(
    path.join(folder, "weights.bin"),
    Float32Array.from({ length: 12 }, (_, index) => index),
  );
  const graph = new GraphBuilder("product");
  const x = graph.input("x", "float32", ["n", 4]);
  const w = graph.external({ name: "w", file: "weights.bin", type: "float32", dims: [3, 4], offset: 0, length: 48 });
  graph.output("y", graph.node("Gemm", [x, w], { attributes: { transB: 1 } }), ["n", 3]);
  return { bytes: graph.finish(), weightsFolder: folder };
}

function modelOf(build: (graph: GraphBuilder) => void): GraphModel {
  const graph = new GraphBuilder("test");
  build(graph);
  return { bytes: graph.finish(), weightsFolder: "/" };
}

function refused(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => isTachieError(error, code) && message.test(error.message);
}

test("the library says what it is", () => {
  assert.deepEqual([runtime.provider, runtime.version], ["cpu", "onnxruntime 1.29.0"]);
  assert.ok(availableProviders(libraryPath).includes("CPUExecutionProvider"));
});

test("the last function that is used lies where the table says", () => {
  // Two neighbours of SessionReleaseCapturedGraph show that the order holds up to there.
  const api = loadOrtApi(libraryPath);
  const options = received((out) => api.CreateSessionOptions(out));
  const value = new Int32Array(1).fill(7);
  for (const [set, expected] of [
    [() => api.EnableMemPattern(options), 1],
    [() => api.DisableMemPattern(options), 0],
  ] as const) {
    set();
    api.GetMemPatternEnabled(options, value);
    assert.equal(value[0], expected);
  }
  for (const mode of [1, 0]) {
    api.SetSessionExecutionMode(options, mode);
    api.GetSessionExecutionMode(options, value);
    assert.equal(value[0], mode);
  }
  api.ReleaseSessionOptions(options);
});

for (const graphOptimisation of [true, false])
  test(`runs as the binding for Node does, optimised ${graphOptimisation}`, async (context) => {
    const model = productModel(context);
    const options = { ...OPTIONS, graphOptimisation };
    const session = await runtime.createSession(model, options);
    const reference = await (await createNodeRuntime()).createSession(model, options);
    assert.deepEqual([session.inputNames, session.outputNames], [["x"], ["y"]]);
    assert.deepEqual(session.inputs, [{ name: "x", type: "float32", dims: ["n", 4] }]);
    assert.deepEqual(session.outputs, [{ name: "y", type: "float32", dims: ["n", 3] }]);
    for (const rows of [1, 5, 33]) {
      const x = float32Tensor(
        Float32Array.from({ length: rows * 4 }, (_, index) => Math.sin(index)),
        [rows, 4],
      );
      const [own, other] = [await session.run({ x }), await reference.run({ x })];
      assert.deepEqual(own["y"]?.dims, [rows, 3]);
      assert.deepEqual(float32Output(own, "y").data, float32Output(other, "y").data);
    }
    await Promise.all([session.release(), reference.release()]);
  });

test("every type of tensor goes in and comes out, scalars and empty ones too", async () => {
  const tensors: Tensors = {
    float32: float32Tensor(Float32Array.of(1.5, -2), [2]),
    float64: { type: "float64", dims: [2], data: Float64Array.of(1e300, -2) },
    int64: int64Tensor([2 ** 53 - 1, -3]),
    int32: { type: "int32", dims: [2], data: Int32Array.of(7, -8) },
    uint8: { type: "uint8", dims: [2], data: Uint8Array.of(0, 255) },
    bool: { type: "bool", dims: [2], data: Uint8Array.of(1, 0) },
    scalar: float32Tensor(Float32Array.of(3), []),
    empty: float32Tensor(new Float32Array(), [0, 3]),
  };
  const model = modelOf((graph) => {
    for (const [name, { type, dims }] of Object.entries(tensors)) {
      const symbolic = dims.map((_, axis) => `${name}${axis}`);
      graph.output(`${name}_out`, graph.input(name, type, symbolic), symbolic);
    }
  });
  const session = await runtime.createSession(model, OPTIONS);
  const outputs = await session.run(tensors);
  for (const [name, tensor] of Object.entries(tensors)) assert.deepEqual(outputs[`${name}_out`], tensor);
  await session.release();
});

test("an output whose shape only the run knows", async () => {
  const model = modelOf((graph) => {
    const shape = graph.input("shape", "int64", [2]);
    graph.output("y", graph.node("Expand", [graph.scalar("float32", 2.5), shape]), ["a", "b"]);
  });
  const session = await runtime.createSession(model, OPTIONS);
  for (const dims of [
    [2, 3],
    [4, 1],
  ]) {
    const y = float32Output(await session.run({ shape: int64Tensor(dims) }), "y");
    assert.deepEqual([y.dims, [...y.data]], [dims, new Array(dims.reduce((product, dim) => product * dim)).fill(2.5)]);
  }
  await session.release();
});

test("feeds that do not fit are refused", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  await assert.rejects(session.run({}), refused("internal.bug", /input x is missing/));
  await assert.rejects(session.run({ x: int64Tensor([1, 2, 3, 4], [1, 4]) }), refused("internal.bug", /int64/));
  await session.release();
});

test("tensors in device memory are computed where they lie, as often as wanted", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const x = placed(ROW.data);
  const y = placed(new Float32Array(3));
  const run = session.bind(
    { x: { type: "float32", dims: [1, 4], address: x } },
    { y: { type: "float32", dims: [1, 3], address: y } },
  );
  run.run();
  assert.deepEqual([...taken(new Float32Array(3), y)], [3, 11, 19]);
  hostMemory().upload(x, new Uint8Array(Float32Array.of(0, 2, 0, 0).buffer));
  run.run();
  assert.deepEqual([...taken(new Float32Array(3), y)], [2, 10, 18]);
  run.release();
  run.release();
  assert.throws(() => run.run(), refused("internal.bug", /released/));
  await session.release();
});

test("bfloat16 goes in and out of a binding, and not of a run on the host", async () => {
  const model = modelOf((graph) => {
    const x = graph.input("x", "bfloat16", ["n"]);
    const wide = graph.node("Cast", [x], { attributes: { to: elementTypeCode("float32") }, type: "float32" });
    const doubled = graph.node("Add", [wide, wide]);
    const narrow = graph.node("Cast", [doubled], {
      attributes: { to: elementTypeCode("bfloat16") },
      type: "bfloat16",
    });
    graph.output("y", narrow, ["n"]);
  });
  const session = await runtime.createSession(model, OPTIONS);
  assert.equal(session.inputs[0]?.type, "bfloat16");
  // 1 and -2, doubled.
  const [x, y] = [placed(Uint16Array.of(0x3f80, 0xc000)), placed(new Uint16Array(2))];
  const tensor = (address: bigint) => ({ type: "bfloat16", dims: [2], address }) as const;
  const run = session.bind({ x: tensor(x) }, { y: tensor(y) });
  run.run();
  assert.deepEqual([...taken(new Uint16Array(2), y)], [0x4000, 0xc080]);
  await assert.rejects(
    session.run({ x: float32Tensor(new Float32Array(2), [2]) }),
    refused("internal.bug", /bfloat16/),
  );
  await session.release();
  assert.throws(() => run.run(), refused("internal.bug", /released/));
});

test("bindings that do not fit are refused", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const x = { type: "float32", dims: [1, 4], address: placed(ROW.data) } as const;
  const y = { type: "float32", dims: [1, 3], address: placed(new Float32Array(3)) } as const;
  const before = openHandleCount();
  for (const [inputs, outputs, message] of [
    [{ x }, {}, /output y is missing/],
    [{ x, z: x }, { y }, /no input z/],
    [{ x: { ...x, dims: [4, 1] } }, { y }, /\[4, 1\], but the graph wants float32 \[n, 4\]/],
    [{ x }, { y: { ...y, type: "bfloat16" } }, /output y is bfloat16/],
  ] as const)
    assert.throws(() => session.bind(inputs, outputs), refused("internal.bug", message));
  for (const graphId of [1, 0])
    assert.throws(() => session.bind({ x }, { y }, { graphId }), refused("internal.bug", /graph capture/));
  const wrongRows = session.bind({ x }, { y: { ...y, dims: [2, 3] } });
  assert.throws(() => wrongRows.run(), refused("engine.run-failed", /a run failed/));
  wrongRows.release();
  assert.equal(openHandleCount(), before);
  await session.release();
});

test("a released session refuses, and may be released again", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const late = session.run({ x: ROW });
  const released = session.release();
  assert.equal(float32Output(await late, "y").data[0], 3);
  await released;
  await session.release();
  await assert.rejects(session.run({ x: ROW }), refused("internal.bug", /released/));
  assert.throws(() => session.bind({}, {}), refused("internal.bug", /released/));
});

test("what goes wrong keeps the library's message", async (context) => {
  const sum = modelOf((graph) => {
    const x = graph.input("x", "float32", ["a"]);
    graph.output("y", graph.node("Add", [x, graph.input("u", "float32", ["b"])]), ["c"]);
  });
  const session = await runtime.createSession(sum, OPTIONS);
  const feeds = { x: float32Tensor(new Float32Array(2), [2]), u: float32Tensor(new Float32Array(3), [3]) };
  await assert.rejects(session.run(feeds), refused("engine.run-failed", /a run failed: .*Add/));
  await session.release();

  const large = modelOf((graph) => {
    const shape = graph.input("shape", "int64", [3]);
    graph.output("y", graph.node("Expand", [graph.scalar("float32", 1), shape]), ["a", "b", "c"]);
  });
  const largeSession = await runtime.createSession(large, OPTIONS);
  const shape = int64Tensor([2 ** 20, 2 ** 20, 2 ** 12]);
  await assert.rejects(largeSession.run({ shape }), refused("engine.out-of-memory", /memory|alloc/i));
  await largeSession.release();

  const model = productModel(context);
  await assert.rejects(
    runtime.createSession({ ...model, weightsFolder: path.join(model.weightsFolder, "nowhere") }, OPTIONS),
    refused("model.incomplete", /does not exist/),
  );
  await assert.rejects(
    runtime.createSession({ ...model, bytes: Uint8Array.of(1, 2, 3) }, OPTIONS),
    refused("engine.run-failed", /cannot be loaded/),
  );
});

test("a library that is missing, or that is none, is named", (context) => {
  const folder = temporaryFolder(context);
  const missing = path.join(folder, "libonnxruntime.so.1");
  const memory = hostMemory();
  assert.throws(
    () => createCApiRuntime({ libraryPath: missing, memory }),
    refused("engine.start-failed", /libonnxruntime\.so\.1: there is no such file/),
  );
  writeFileSync(missing, "no library");
  assert.throws(() => createCApiRuntime({ libraryPath: missing, memory }), refused("engine.start-failed", /cannot be/));
});

test("CUDA without its provider is refused in words a user can act on", async (context) => {
  const before = openHandleCount();
  const memory = { ...hostMemory(), kind: "cuda" as const, stream: 0x1000n };
  const cuda = createCApiRuntime({ libraryPath, memory });
  await assert.rejects(
    cuda.createSession(productModel(context), OPTIONS),
    (error) =>
      isTachieError(error, "engine.unsupported") && /provider/.test(error.message) && /doctor/.test(error.remedy),
  );
  cuda.release();
  assert.equal(openHandleCount(), before);
});

test("arenas are given back after runs where that is asked for", async (context) => {
  const model = productModel(context);
  const address = placed(new Float32Array(4));
  const bound = [
    { x: { type: "float32", dims: [1, 4], address } },
    { y: { type: "float32", dims: [1, 3], address } },
  ] as const;
  const session = await runtime.createSession(model, { ...OPTIONS, arenaShrinks: true });
  for (let round = 0; round < 3; round++) {
    assert.equal(float32Output(await session.run({ x: ROW }), "y").data[0], 3);
    session.bind(...bound).run();
  }
  await session.release();
  // There is one CPU: the library refuses to shrink the arena of another, so what it was told has reached it.
  const second = createCApiRuntime({ libraryPath, memory: { ...hostMemory(), deviceId: 1 } });
  const other = await second.createSession(model, { ...OPTIONS, arenaShrinks: true });
  await assert.rejects(other.run({ x: ROW }), refused("engine.run-failed", /shrink.*cpu:1/));
  const kept = await second.createSession(model, OPTIONS);
  assert.equal(float32Output(await kept.run({ x: ROW }), "y").data[0], 3);
  second.release();
});

test("what the CUDA provider is told of memory", () => {
  const memory = { ...hostMemory(), kind: "cuda" as const, stream: 0x1000n };
  const told = (options: Partial<DeviceSessionOptions>): Readonly<Record<string, string>> =>
    cudaOptions(memory, { ...OPTIONS, ...options });
  const { cudnn_conv_use_max_workspace, arena_extend_strategy, gpu_mem_limit } = told({
    largeWorkspaces: false,
    arena: "as-requested",
    memoryLimitBytes: 5e9,
  });
  assert.deepEqual(
    [cudnn_conv_use_max_workspace, arena_extend_strategy, gpu_mem_limit],
    ["0", "kSameAsRequested", "5000000000"],
  );
  assert.equal(told({})["cudnn_conv_use_max_workspace"], "1");
  assert.ok(!("gpu_mem_limit" in told({})));
});

test("a profile is written where it was asked for, and nothing else", async (context) => {
  const folder = temporaryFolder(context);
  const profile = path.join(folder, "run.json");
  const session = await runtime.createSession(productModel(context), { ...OPTIONS, profile });
  await session.run({ x: ROW });
  await session.release();
  assert.deepEqual(readdirSync(folder), ["run.json"]);
  assert.match(readFileSync(profile, "utf8"), /Gemm/);
});

test("a thousand sessions leave nothing behind", async (context) => {
  const model = productModel(context);
  const before = openHandleCount();
  const address = placed(new Float32Array(4));
  for (let round = 0; round < 1000; round++) {
    const session = await runtime.createSession(model, OPTIONS);
    await session.run({ x: ROW });
    session
      .bind({ x: { type: "float32", dims: [1, 4], address } }, { y: { type: "float32", dims: [1, 3], address } })
      .run();
    await session.release();
  }
  assert.equal(openHandleCount(), before);
});

test("a runtime releases the sessions that are still open", async (context) => {
  const before = openHandleCount();
  const own = cpuRuntime();
  const session = await own.createSession(productModel(context), OPTIONS);
  own.release();
  own.release();
  await assert.rejects(session.run({ x: ROW }), refused("internal.bug", /released/));
  await assert.rejects(own.createSession(productModel(context), OPTIONS), refused("internal.bug", /released/));
  assert.equal(openHandleCount(), before);
});
