import assert from "node:assert/strict";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { GraphBuilder, encodeNumbers, float, floats } from "../../../src-main/graph/onnx.ts";
import type { ExternalTensor } from "../../../src-main/graph/onnx.ts";
import { findFaults, readOnnx } from "../../fixtures/onnx-reader.ts";

const FLOAT32 = 1;
const INT64 = 7;
const BFLOAT16 = 16;

const WEIGHT: ExternalTensor = {
  name: "w",
  file: "a.safetensors",
  type: "float32",
  dims: [3, 4],
  offset: 8,
  length: 48,
};

/** One of everything. */
function everything(): Uint8Array {
  const graph = new GraphBuilder("everything");
  const x = graph.input("x", "float32", [1, "tokens", 4]);
  const weight = graph.external(WEIGHT);
  const y = graph.scope("outer", () =>
    graph.scope("inner", () =>
      graph.node("Gemm", [x, weight, undefined], { attributes: { transB: 1, alpha: float(0.5) } }),
    ),
  );
  const [first, , third] = graph.nodes("Thing", [undefined, y], ["float32", undefined, "int64"], {
    domain: "tachie",
    attributes: {
      minus: -3,
      large: 2 ** 40,
      list: [1, -2, 300],
      none: [],
      word: "größer",
      scales: floats([1, 2.5]),
      names: { kind: "texts", values: ["a", ""] },
      tensor: { kind: "tensor", type: "int64", dims: [1], data: encodeNumbers("int64", [-1]) },
    },
  });
  const sum = graph.node("Add", [first, graph.scalar("float32", 1.5)]);
  graph.output("sum", sum, ["tokens", 3]);
  graph.output("count", third, []);
  return graph.finish();
}

test("what is built is what is read back", () => {
  const graph = readOnnx(everything());
  assert.deepEqual(findFaults(graph), []);
  assert.equal(graph.name, "everything");
  assert.equal(graph.imports["tachie"], 1);
  assert.deepEqual(Object.keys(graph.imports), ["", "tachie"]);
  assert.deepEqual(graph.inputs, [{ name: "x", type: FLOAT32, dims: [1, "tokens", 4] }]);
  assert.deepEqual(graph.outputs, [
    { name: "sum", type: FLOAT32, dims: ["tokens", 3] },
    { name: "count", type: INT64, dims: [] },
  ]);
  const [gemm, thing, add] = graph.nodes;
  assert.equal(gemm?.operator, "Gemm");
  assert.match(gemm.name, /^outer\/inner\/Gemm/);
  assert.deepEqual(gemm.inputs, ["x", "w", ""]);
  assert.deepEqual(gemm.attributes, { transB: 1, alpha: { float: 0.5 } });
  assert.equal(thing?.domain, "tachie");
  assert.deepEqual(thing.inputs, ["", gemm.outputs[0]]);
  assert.equal(thing.outputs.length, 3);
  assert.equal(thing.outputs[1], "");
  const { tensor, ...attributes } = thing.attributes;
  assert.deepEqual(attributes, {
    minus: -3,
    large: 2 ** 40,
    list: [1, -2, 300],
    none: [],
    word: "größer",
    scales: { floats: [1, 2.5] },
    names: { texts: ["a", ""] },
  });
  assert.deepEqual((tensor as { raw: Uint8Array }).raw, new Uint8Array(8).fill(255));
  assert.equal(add?.domain, "");
  const weight = graph.initialisers.find(({ name }) => name === "w");
  assert.deepEqual(weight, {
    name: "w",
    dims: [3, 4],
    type: FLOAT32,
    raw: undefined,
    external: { location: "a.safetensors", offset: "8", length: "48" },
  });
});

test("the same calls give the same bytes", () => assert.deepEqual(everything(), everything()));

test("equal constants and equal regions of a file are written once", () => {
  const graph = new GraphBuilder("once");
  assert.equal(graph.scalar("float32", 2), graph.scalar("float32", 2));
  assert.equal(graph.list("int64", [1, 2]), graph.list("int64", [1, 2]));
  assert.notEqual(graph.list("int64", [2]), graph.list("int64", [2], [1, 1]));
  assert.notEqual(graph.scalar("float32", 2), graph.scalar("float64", 2));
  assert.notEqual(graph.scalar("float32", 0), graph.scalar("float32", -0));
  const whole = graph.external(WEIGHT);
  assert.equal(whole, graph.external({ ...WEIGHT, name: "another" }));
  const reshaped = graph.external({ ...WEIGHT, dims: [12] });
  const elsewhere = graph.external({ ...WEIGHT, offset: 56 });
  graph.output("y", graph.node("Sum", [whole, reshaped, elsewhere]), [3, 4]);
  const { initialisers, ...rest } = readOnnx(graph.finish());
  assert.deepEqual(findFaults({ initialisers, ...rest }), []);
  assert.deepEqual(
    initialisers
      .filter(({ external }) => external !== undefined)
      .map(({ dims, external }) => [dims, external?.["offset"]]),
    [
      [[3, 4], "8"],
      [[12], "8"],
      [[3, 4], "56"],
    ],
  );
});

test("numbers are encoded in every type", () => {
  const bytesOf = (type: Parameters<typeof encodeNumbers>[0], values: number[]): number[] => [
    ...encodeNumbers(type, values),
  ];
  assert.deepEqual(bytesOf("int64", [-2]), [254, 255, 255, 255, 255, 255, 255, 255]);
  assert.deepEqual(bytesOf("int64", [Number.MAX_SAFE_INTEGER]), [255, 255, 255, 255, 255, 255, 31, 0]);
  assert.deepEqual(bytesOf("int32", [258]), [2, 1, 0, 0]);
  assert.deepEqual(bytesOf("bool", [1, 0]), [1, 0]);
  assert.deepEqual(bytesOf("float32", [1]), [0, 0, 128, 63]);
  assert.deepEqual(bytesOf("float64", [1]), [0, 0, 0, 0, 0, 0, 240, 63]);
  // 1 + 2^-8 is halfway between two bfloat16 numbers and goes to the even one, 1 + 3·2^-8 to the other side.
  assert.deepEqual(bytesOf("bfloat16", [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8]), [128, 63, 128, 63, 130, 63]);
  assert.deepEqual(bytesOf("bfloat16", [NaN, -Infinity]), [192, 127, 128, 255]);
  const graph = new GraphBuilder("types");
  graph.output("y", graph.scalar("bfloat16", 1), []);
  assert.equal(readOnnx(graph.finish()).initialisers[0]?.type, BFLOAT16);
});

test("a graph grows past every buffer", () => {
  const graph = new GraphBuilder("long");
  let x = graph.input("x", "float32", ["n"]);
  for (let index = 0; index < 20_000; index++) x = graph.node("Neg", [x]);
  graph.output("y", graph.node("Add", [x, graph.list("float32", Array<number>(100_000).fill(0.25))]), ["n"]);
  const read = readOnnx(graph.finish());
  assert.equal(read.nodes.length, 20_002);
  assert.equal(read.initialisers[0]?.raw?.length, 400_000);
  assert.deepEqual(findFaults(read), []);
});

const MISTAKES: Readonly<Record<string, [RegExp, (graph: GraphBuilder) => void]>> = {
  "a value of another graph": [
    /does not define/,
    (graph) => graph.node("Neg", [new GraphBuilder("other").input("x", "float32", [])]),
  ],
  "a made-up value": [/does not define/, (graph) => graph.node("Neg", [{ name: "nowhere", type: "float32" }])],
  "a name that is taken": [
    /already has/,
    (graph) => {
      graph.input("x", "float32", []);
      graph.input("x", "float32", []);
    },
  ],
  "an output named as an input": [/already has/, (graph) => graph.output("x", graph.input("x", "float32", []), [])],
  "a dimension of 0": [/dimension of 0/, (graph) => graph.input("x", "float32", [0])],
  "a dimension that is no whole number": [/dimension of 1.5/, (graph) => graph.input("x", "float32", [1.5])],
  "a constant of the wrong length": [/do not fill/, (graph) => graph.constant("float32", [2], new Uint8Array(4))],
  "a weight of the wrong length": [/which takes 48/, (graph) => graph.external({ ...WEIGHT, length: 44 })],
  "a negative offset": [/at -8/, (graph) => graph.external({ ...WEIGHT, offset: -8 })],
  "a weight without elements": [/dimension of 0/, (graph) => graph.external({ ...WEIGHT, dims: [0, 4], length: 0 })],
  "a file outside the folder": [/inside the weights folder/, (graph) => graph.external({ ...WEIGHT, file: "../a" })],
  "an absolute file": [/inside the weights folder/, (graph) => graph.external({ ...WEIGHT, file: "/etc/a" })],
  "a node without a type": [/neither inputs nor a type/, (graph) => graph.node("Thing", [])],
  "an attribute that is no whole number": [
    /not a whole number/,
    (graph) => graph.node("Neg", [graph.scalar("float32", 1)], { attributes: { axis: 0.5 } }),
  ],
  "no output": [/no output/, (graph) => graph.finish()],
};

for (const [name, [message, make]] of Object.entries(MISTAKES))
  test(`a mistake shows where it is made: ${name}`, () => {
    assert.throws(
      () => make(new GraphBuilder("g")),
      (error) => isTachieError(error, "internal.bug") && message.test(error.message),
    );
  });
