import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import { GraphBuilder, elementBytes } from "../../../src-main/graph/onnx.ts";
import type { ElementType, GraphModel } from "../../../src-main/graph/onnx.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor, int64Tensor } from "../../../src-main/ort/session.ts";
import type { InferenceRuntime, SessionOptions, Tensor, Tensors } from "../../../src-main/ort/session.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const OPTIONS: SessionOptions = { graphOptimisation: true, mappedWeights: true };

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

/** y = x·wᵀ for x [n, 4], w [3, 4] = 0 … 11 at byte `offset` of a file. */
function productModel(context: TestContext, offset = 16): GraphModel {
  const folder = temporaryFolder(context);
  const data = Buffer.alloc(offset + 48);
  for (let index = 0; index < 12; index++) data.writeFloatLE(index, offset + index * 4);
  writeFileSync(path.join(folder, "weights.bin"), data);
  const graph = new GraphBuilder("product");
  const x = graph.input("x", "float32", ["n", 4]);
  const w = graph.external({ name: "w", file: "weights.bin", type: "float32", dims: [3, 4], offset, length: 48 });
  graph.output("y", graph.node("Gemm", [x, w], { attributes: { transB: 1 } }), ["n", 3]);
  return { bytes: graph.finish(), weightsFolder: folder };
}

const ROW = float32Tensor(Float32Array.of(1, 0, 0, 1), [1, 4]);

async function assertRefused(act: () => Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(act, (error) => isTachieError(error, code) && message.test(error.message));
}

test("the runtime names itself", () => {
  assert.equal(runtime.provider, "cpu");
  assert.equal(runtime.version, "onnxruntime-node 1.29.0");
});

for (const graphOptimisation of [true, false])
  for (const mappedWeights of [true, false])
    test(`weights are read from their file, optimised ${graphOptimisation}, mapped ${mappedWeights}`, async (context) => {
      for (const offset of [0, 16, 4096, 4099]) {
        const options = { graphOptimisation, mappedWeights, threads: 1 };
        const session = await runtime.createSession(productModel(context, offset), options);
        assert.deepEqual([session.inputNames, session.outputNames], [["x"], ["y"]]);
        const y = float32Output(await session.run({ x: ROW }), "y");
        assert.deepEqual(
          [y.dims, [...y.data]],
          [
            [1, 3],
            [3, 11, 19],
          ],
        );
        await session.release();
      }
    });

test("every type of tensor goes in and comes out", async () => {
  const tensors: Tensors = {
    float32: float32Tensor(Float32Array.of(1.5, -2), [2]),
    float64: { type: "float64", dims: [2], data: Float64Array.of(1e300, -2) },
    int64: int64Tensor([2 ** 53 - 1, -3]),
    int32: { type: "int32", dims: [2], data: Int32Array.of(7, -8) },
    uint8: { type: "uint8", dims: [2], data: Uint8Array.of(0, 255) },
    bool: { type: "bool", dims: [2], data: Uint8Array.of(1, 0) },
  };
  const graph = new GraphBuilder("types");
  for (const [name, { type }] of Object.entries(tensors))
    graph.output(`${name}_out`, graph.input(name, type, ["n"]), ["n"]);
  const session = await runtime.createSession({ bytes: graph.finish(), weightsFolder: "/" }, OPTIONS);
  const outputs = await session.run(tensors);
  for (const [name, tensor] of Object.entries(tensors)) assert.deepEqual({ ...outputs[`${name}_out`] }, tensor);
  await session.release();
});

test("scalars and tensors without elements", async () => {
  const graph = new GraphBuilder("shapes");
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [])]), []);
  graph.output("v", graph.node("Neg", [graph.input("u", "float32", ["n", 3])]), ["n", 3]);
  const session = await runtime.createSession({ bytes: graph.finish(), weightsFolder: "/" }, OPTIONS);
  const outputs = await session.run({
    x: float32Tensor(Float32Array.of(2), []),
    u: float32Tensor(new Float32Array(), [0, 3]),
  });
  assert.deepEqual([outputs["y"]?.dims, [...float32Output(outputs, "y").data]], [[], [-2]]);
  assert.deepEqual(outputs["v"]?.dims, [0, 3]);
  await session.release();
});

test("feeds that do not fit are refused before anything is computed", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const refusals: readonly [Tensors, RegExp][] = [
    [{}, /input x is missing/],
    [{ x: ROW, z: ROW }, /no input z; it has x/],
    [{ x: int64Tensor([1, 2, 3, 4], [1, 4]) }, /int64 \[1, 4\], but the graph wants float32 \[n, 4\]/],
    [{ x: float32Tensor(new Float32Array(4), [4]) }, /\[4\], but/],
    [{ x: float32Tensor(new Float32Array(5), [1, 5]) }, /\[1, 5\], but/],
    [{ x: { type: "float32", dims: [2, 4], data: new Float32Array(4) } }, /4 elements do not fill \[2, 4\]/],
    [{ x: { type: "float32", dims: [-1, 4], data: new Float32Array(4) } }, /do not fill/],
  ];
  for (const [feeds, message] of refusals) await assertRefused(() => session.run(feeds), "internal.bug", message);
  assert.throws(() => float32Tensor(new Float32Array(3), [2]), /do not fill/);
  assert.throws(() => float32Output({ a: int64Tensor([1]) }, "a"), /no float32 tensor a/);
  assert.equal(float32Output(await session.run({ x: ROW }), "y").data[0], 3);
  await session.release();
});

test("a released session refuses to run, and may be released again", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const late = session.run({ x: ROW });
  const released = session.release();
  await assertRefused(() => session.run({ x: ROW }), "internal.bug", /released/);
  assert.equal(float32Output(await late, "y").data[0], 3);
  await released;
  await session.release();
  await assertRefused(() => session.run({ x: ROW }), "internal.bug", /released/);
});

test("runs asked for together are computed one after the other", async (context) => {
  const session = await runtime.createSession(productModel(context), OPTIONS);
  const runs = [1, 2, 3].map((value) => session.run({ x: float32Tensor(Float32Array.of(0, value, 0, 0), [1, 4]) }));
  const firsts = (await Promise.all(runs)).map((outputs) => float32Output(outputs, "y").data[0]);
  assert.deepEqual(firsts, [1, 2, 3]);
  await session.release();
});

test("a fault while computing keeps the runtime's message", async () => {
  const graph = new GraphBuilder("fault");
  const x = graph.input("x", "float32", ["a"]);
  graph.output("y", graph.node("Add", [x, graph.input("u", "float32", ["b"])]), ["c"]);
  const session = await runtime.createSession({ bytes: graph.finish(), weightsFolder: "/" }, OPTIONS);
  const feeds = { x: float32Tensor(new Float32Array(2), [2]), u: float32Tensor(new Float32Array(3), [3]) };
  await assertRefused(() => session.run(feeds), "engine.run-failed", /Add/);
  await session.release();
});

test("more memory than there is", async () => {
  const graph = new GraphBuilder("large");
  const shape = graph.input("shape", "int64", [3]);
  graph.output("y", graph.node("Expand", [graph.scalar("float32", 1), shape]), ["a", "b", "c"]);
  const session = await runtime.createSession({ bytes: graph.finish(), weightsFolder: "/" }, OPTIONS);
  // 2^54 bytes: more than an address space holds.
  await assertRefused(
    () => session.run({ shape: int64Tensor([2 ** 20, 2 ** 20, 2 ** 12]) }),
    "engine.out-of-memory",
    /memory|alloc/i,
  );
  await session.release();
});

test("weights that are gone or too short", async (context) => {
  const model = productModel(context);
  const file = path.join(model.weightsFolder, "weights.bin");
  truncateSync(file, 40);
  await assertRefused(() => runtime.createSession(model, OPTIONS), "model.incomplete", /weights|w /);
  await assertRefused(
    () => runtime.createSession({ ...model, weightsFolder: path.join(model.weightsFolder, "nowhere") }, OPTIONS),
    "model.incomplete",
    /does not exist/,
  );
});

test("bytes that are no graph", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  await assertRefused(
    () => runtime.createSession({ bytes, weightsFolder: "/" }, OPTIONS),
    "engine.run-failed",
    /loaded/,
  );
});

test("a profile is written where it was asked for, and nothing else", async (context) => {
  const folder = path.join(temporaryFolder(context), "a folder");
  mkdirSync(folder);
  const profile = path.join(folder, "run.json");
  const session = await runtime.createSession(productModel(context), { ...OPTIONS, profile });
  await session.run({ x: ROW });
  await session.release();
  assert.deepEqual(readdirSync(folder), ["run.json"]);
  const events = JSON.parse(readFileSync(profile, "utf8")) as readonly { readonly name?: string }[];
  assert.ok(events.some(({ name }) => name?.startsWith("Gemm") === true));
});

test("a profile that cannot be written is refused at once", async (context) => {
  const profile = path.join(temporaryFolder(context), "missing", "run.json");
  await assertRefused(
    () => runtime.createSession(productModel(context), { ...OPTIONS, profile }),
    "file.unwritable",
    /run\.json/,
  );
  assert.equal(existsSync(profile), false);
});

test("weights of every floating-point type are converted as they are loaded", async (context) => {
  const folder = temporaryFolder(context);
  const stored: readonly [ElementType, Uint8Array][] = [
    ["bfloat16", Uint8Array.of(0x80, 0x3f, 0x00, 0xc0)],
    ["float16", Uint8Array.of(0x00, 0x3c, 0x00, 0xc0)],
    ["float64", new Uint8Array(Float64Array.of(1, -2).buffer)],
  ];
  for (const [type, bytes] of stored) {
    writeFileSync(path.join(folder, type), bytes);
    for (const graphOptimisation of [true, false]) {
      const graph = new GraphBuilder("conversion");
      const length = 2 * elementBytes(type);
      const w = graph.external({ name: "w", file: type, type, dims: [2], offset: 0, length });
      const cast = graph.node("Cast", [w], { attributes: { to: 1 }, type: "float32" });
      graph.output("y", graph.node("Add", [graph.input("x", "float32", [2]), cast]), [2]);
      const session = await runtime.createSession(
        { bytes: graph.finish(), weightsFolder: folder },
        { ...OPTIONS, graphOptimisation },
      );
      const x: Tensor = float32Tensor(new Float32Array(2), [2]);
      assert.deepEqual([...float32Output(await session.run({ x }), "y").data], [1, -2], type);
      await session.release();
    }
  }
});
