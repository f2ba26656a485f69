/**
 * @file A graph with every operator of ours, run by ONNX Runtime three times: with the kernels in an emulated GPU, with the
 * references, and with the operators spelled out in the standard's own. All must agree.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { NetworkKernels } from "../../../src-main/cuda/network-kernels.ts";
import { cudaOperators } from "../../../src-main/cuda/operators.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { GraphBuilder } from "../../../src-main/graph/onnx.ts";
import type { GraphModel } from "../../../src-main/graph/onnx.ts";
import {
  layerNormScale,
  normModulate,
  qkvNormRotary,
  residualNorm,
  swiGlu,
} from "../../../src-main/graph/tachie-nodes.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor } from "../../../src-main/ort/session.ts";
import type { InferenceRuntime, Tensors } from "../../../src-main/ort/session.ts";
import { withTachieOperators } from "../../fixtures/tachie-functions.ts";
import { TOLERANCE, assertClose } from "../../gpu/kernel-bench.ts";
import { referenceOperators } from "../../gpu/reference-operators.ts";
import { cpuRuntime } from "../ort/c-api/library.ts";
import { HAS_COMPILER, emulatedDevice } from "./emulation/emulated-device.ts";

const skip = HAS_COMPILER ? false : "no g++ to compile the kernels with";
const folder = mkdtempSync(path.join(tmpdir(), "tachie-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const [ROWS, DIM, HEADS, KV_HEADS, WIDTH, EPSILON] = [11, 40, 6, 2, 24, 1e-5];

const INPUTS: Readonly<Record<string, readonly number[]>> = {
  x: [ROWS, DIM],
  y: [ROWS, DIM],
  gate: [DIM],
  scale: [DIM],
  qkv: [ROWS, (HEADS + 2 * KV_HEADS) * WIDTH],
  qWeight: [WIDTH],
  kWeight: [WIDTH],
  cos: [ROWS, WIDTH / 2],
  sin: [ROWS, WIDTH / 2],
};
const OUTPUTS = ["product", "sum", "residual", "modulated", "layer", "q", "k", "v"] as const;

function model(): GraphModel {
  const graph = new GraphBuilder("operators");
  const value = Object.fromEntries(
    Object.entries(INPUTS).map(([name, dims]) => [name, graph.input(name, "float32", [...dims])]),
  ) as Record<
    "x" | "y" | "gate" | "scale" | "qkv" | "qWeight" | "kWeight" | "cos" | "sin",
    ReturnType<typeof graph.input>
  >;
  const { x, y, gate, scale, qkv, qWeight, kWeight, cos, sin } = value;
  const shape = { heads: HEADS, kvHeads: KV_HEADS, epsilon: EPSILON };
  const values = [
    swiGlu(graph, x, y),
    ...residualNorm(graph, x, y, gate, scale, EPSILON),
    normModulate(graph, "float32", x, scale, EPSILON),
    layerNormScale(graph, "float32", x, scale, EPSILON),
    ...qkvNormRotary(graph, qkv, [qWeight, kWeight], { cos, sin }, shape),
  ];
  for (const [index, name] of OUTPUTS.entries())
    graph.output(name, values[index]!, [ROWS, index < 5 ? DIM : HEADS * WIDTH]);
  return { bytes: graph.finish(), weightsFolder: folder };
}

function inputs(): Tensors {
  return Object.fromEntries(
    Object.entries(INPUTS).map(([name, dims], index) => {
      const noise = seededNoise(
        index,
        dims.reduce((product, dim) => product * dim, 1),
      );
      const values = name === "cos" || name === "sin" ? noise.map(Math[name]) : noise;
      return [name, float32Tensor(values, [...dims])];
    }),
  );
}

async function run(runtime: InferenceRuntime): Promise<Record<string, Float32Array>> {
  const session = await runtime.createSession(model(), { graphOptimisation: true, mappedWeights: true, threads: 1 });
  const outputs = await session.run(inputs());
  const arrays = Object.fromEntries(OUTPUTS.map((name) => [name, float32Output(outputs, name).data.slice()]));
  await session.release();
  return arrays;
}

test("kernels, references and the standard's operators agree in ONNX Runtime", { skip }, async () => {
  const { launcher } = emulatedDevice(folder);
  const kernels = await run(cpuRuntime(cudaOperators(new NetworkKernels(launcher))));
  const references = await run(cpuRuntime(referenceOperators()));
  const standard = await run(withTachieOperators(await createNodeRuntime()));
  for (const name of OUTPUTS) {
    assertClose(references[name]!, standard[name]!, TOLERANCE.float32, `${name} of the references`);
    assertClose(kernels[name]!, standard[name]!, TOLERANCE.float32, `${name} of the kernels`);
  }
});
