import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder } from "../../../src-main/graph/onnx.ts";
import { normModulate, residualNorm } from "../../../src-main/graph/tachie-nodes.ts";

test("a norm beside a float32 stream gives the type that its neighbours compute in", () => {
  const graph = new GraphBuilder("types");
  const [x, gate] = [graph.input("x", "float32", ["N", 8]), graph.input("gate", "float32", [8])];
  const y = graph.input("y", "bfloat16", ["N", 8]);
  const results = [...residualNorm(graph, x, y, gate, gate, 1e-5), normModulate(graph, "bfloat16", x, gate, 1e-5)];
  assert.deepEqual(
    results.map(({ type }) => type),
    ["float32", "bfloat16", "bfloat16"],
  );
});

test("tensors of another type than the operator's signature says are a bug that is told while the graph is built", () => {
  const graph = new GraphBuilder("types");
  const [x, gate] = [graph.input("x", "bfloat16", ["N", 8]), graph.input("gate", "float32", [8])];
  assert.throws(() => residualNorm(graph, x, x, gate, gate, 1e-5), {
    code: "internal.bug",
    message: /input 0 of ResidualNorm in bfloat16 is bfloat16, not float32/,
  });
  assert.throws(() => residualNorm(graph, gate, gate, x, gate, 1e-5), { code: "internal.bug", message: /input 2/ });
});
