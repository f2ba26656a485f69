/**
 * @file The operators as a runtime calls them: ours, whose kernels run in an emulated GPU, against the references, by name,
 * with the same tensors and attributes.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { TachieError, isTachieError } from "../../../src-main/contract/errors.ts";
import { NetworkKernels } from "../../../src-main/cuda/network-kernels.ts";
import { cudaOperators } from "../../../src-main/cuda/operators.ts";
import { elementCount } from "../../../src-main/graph/onnx-types.ts";
import { tachieOperatorName } from "../../../src-main/graph/tachie-operators.ts";
import type { OperatorElement, TachieOperator } from "../../../src-main/graph/tachie-operators.ts";
import type { CustomOperator, KernelContext, OperatorAttributes } from "../../../src-main/ort/custom-operator.ts";
import { KernelBench, TOLERANCE, assertClose } from "../../gpu/kernel-bench.ts";
import { referenceOperators } from "../../gpu/reference-operators.ts";
import { HAS_COMPILER, emulatedDevice } from "./emulation/emulated-device.ts";
import type { EmulatedDevice } from "./emulation/emulated-device.ts";

const skip = HAS_COMPILER ? false : "no g++ to compile the kernels with";
const folder = mkdtempSync(path.join(tmpdir(), "tachie-test-"));
let device: EmulatedDevice;
before(() => {
  if (HAS_COMPILER) device = emulatedDevice(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

type Sizes = readonly (readonly number[])[];

interface OperatorCase {
  readonly operator: TachieOperator;
  readonly inputs: Sizes;
  readonly outputs: Sizes;
  readonly attributes: Readonly<Record<string, number>>;
}

const ROWS = [[1, 5, 48], [48]] as const;
const CASES: readonly OperatorCase[] = [
  {
    operator: "SwiGlu",
    inputs: [
      [2, 3, 24],
      [2, 3, 24],
    ],
    outputs: [[2, 3, 24]],
    attributes: {},
  },
  {
    operator: "ResidualNorm",
    inputs: [ROWS[0], ROWS[0], ROWS[1], ROWS[1]],
    outputs: [ROWS[0], ROWS[0]],
    attributes: { epsilon: 1e-5 },
  },
  {
    operator: "QkvNormRotary",
    inputs: [[1, 7, 160], [16], [16], [7, 8], [7, 8]],
    outputs: [
      [1, 7, 96],
      [1, 7, 96],
      [1, 7, 96],
    ],
    attributes: { heads: 6, kv_heads: 2, epsilon: 1e-6 },
  },
  { operator: "NormModulate", inputs: [...ROWS], outputs: [ROWS[0]], attributes: { epsilon: 1e-5 } },
  { operator: "LayerNormScale", inputs: [...ROWS], outputs: [ROWS[0]], attributes: { epsilon: 1e-6 } },
];

function attributesOf(values: Readonly<Record<string, number>>): OperatorAttributes {
  const get = (name: string): number => {
    const value = values[name];
    if (value === undefined) throw new TachieError("engine.run-failed", `the node has no attribute ${name}`);
    return value;
  };
  return { integer: get, float: get };
}

/** Runs an operator on tensors of the device; gives the outputs' addresses and checks their dimensions. */
function call(
  bench: KernelBench,
  operator: CustomOperator,
  { inputs, outputs, attributes }: OperatorCase,
  addresses: readonly bigint[],
): bigint[] {
  const made: bigint[] = [];
  const context: KernelContext = {
    stream: 0n,
    input: (index) => ({ dims: inputs[index]!, address: addresses[index]! }),
    output(index, dims) {
      assert.deepEqual(dims, outputs[index]);
      made[index] = bench.output(elementCount(dims), operator.outputs[index] as OperatorElement);
      return { dims, address: made[index] };
    },
  };
  operator.create(attributesOf(attributes))(context);
  assert.equal(made.length, operator.outputs.length);
  return made;
}

function find(operators: readonly CustomOperator[], name: string): CustomOperator {
  const operator = operators.find((candidate) => candidate.name === name);
  assert.ok(operator, name);
  return operator;
}

test("both sides have the same operators with the same types", { skip }, () => {
  const describe = (operators: readonly CustomOperator[]): unknown =>
    operators.map(({ name, inputs, outputs }) => ({ name, inputs, outputs }));
  const ours = cudaOperators(new NetworkKernels(device.launcher));
  assert.deepEqual(describe(ours), describe(referenceOperators()));
  assert.equal(new Set(ours.map(({ name }) => name)).size, 10);
});

for (const type of ["float32", "bfloat16"] as const)
  for (const example of CASES)
    test(`${tachieOperatorName(example.operator, type)} is what the reference says`, { skip }, () => {
      const bench = new KernelBench(device);
      const name = tachieOperatorName(example.operator, type);
      const ours = find(cudaOperators(new NetworkKernels(device.launcher)), name);
      const theirs = find(referenceOperators(), name);
      const addresses = example.inputs.map((dims, index) => {
        const element = ours.inputs[index] as OperatorElement;
        return bench.upload(bench.random(elementCount(dims), element), element);
      });
      const actual = call(bench, ours, example, addresses);
      const expected = call(bench, theirs, example, addresses);
      for (const [index, element] of ours.outputs.entries()) {
        const [our, their] = [actual, expected].map((list) => bench.download(list[index]!, element as OperatorElement));
        // Both round; where they round apart it is by a step of the type.
        assertClose(our!, their!, 2 * TOLERANCE[element as OperatorElement], `output ${index}`);
      }
      bench.release();
    });

test("tensors that do not fit are refused by name, before a kernel could read past them", { skip }, () => {
  for (const { operator, inputs, attributes } of CASES)
    for (const wrong of inputs.keys()) {
      // A change of the first input makes the others wrong.
      const changed = inputs.map((dims, index) => (index === wrong ? [...dims.slice(0, -1), dims.at(-1)! + 16] : dims));
      const context: KernelContext = {
        stream: 0n,
        input: (index) => ({ dims: changed[index]!, address: 0n }),
        output: () => assert.fail("an output was made"),
      };
      const ours = find(cudaOperators(new NetworkKernels(device.launcher)), tachieOperatorName(operator, "float32"));
      assert.throws(
        () => ours.create(attributesOf(attributes))(context),
        (error) => isTachieError(error, "engine.run-failed") && error.message.startsWith(`${operator}: `),
        `${operator} input ${wrong}`,
      );
    }
});

test("rows and heads that no kernel is made for are refused", { skip }, () => {
  const kernels = new NetworkKernels(device.launcher);
  const heads = { rows: 1, heads: 3, kvHeads: 1, width: 64, epsilon: 1e-5 };
  const eight = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;
  for (const wrong of [{ width: 258 }, { width: 63 }, { width: 0 }, { kvHeads: 2 }, { kvHeads: 0 }, { rows: 2 ** 29 }])
    assert.throws(() => kernels.qkvNormRotary("float32", eight, { ...heads, ...wrong }, 0n), {
      code: "engine.run-failed",
    });
  for (const size of [0, 8193])
    assert.throws(() => kernels.normModulate("float32", [0n, 0n, 0n], { rows: 1, size, epsilon: 1e-5 }, 0n), {
      code: "engine.run-failed",
    });
});
