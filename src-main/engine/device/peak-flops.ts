/** @file What a GPU reaches in a large matrix product in bfloat16: the peak that everything else is measured against. */

import { GraphBuilder } from "../../graph/onnx.ts";
import type { DeviceMemory, DeviceRuntime } from "../../ort/device.ts";
import { BoundShape } from "./bound-shape.ts";

const SIDE = 8192;
const WARM_UP = 5;
const RUNS = 40;

export interface PeakOptions {
  /** Of the square matrices. */
  readonly side?: number;
  readonly type?: "bfloat16" | "float32";
  readonly now?: () => number;
}

/**
 * Floating-point operations a second, kept up over some dozen products. The numbers are small and unlike each other: zeros
 * take less power, and so would reach more than any network.
 * @throws engine.out-of-memory; engine.run-failed where the GPU has no bfloat16
 */
export async function measurePeakFlops(
  { runtime, memory }: { readonly runtime: DeviceRuntime; readonly memory: DeviceMemory },
  { side = SIDE, type = "bfloat16", now = () => performance.now() }: PeakOptions = {},
): Promise<number> {
  const graph = new GraphBuilder("peak");
  const [a, b] = [graph.input("a", type, [side, side]), graph.input("b", type, [side, side])];
  graph.output("product", graph.node("MatMul", [a, b]), [side, side]);
  const model = { bytes: graph.finish(), weightsFolder: "", weightBytes: 0 };
  const session = await runtime.createSession(model, { graphOptimisation: true, mappedWeights: false });
  try {
    const square = [side, side];
    const shape = new BoundShape({ session, memory, inputs: { a: square, b: square }, outputs: { product: square } });
    try {
      for (const name of ["a", "b"]) shape.write(name, { type, dims: square, bytes: unlikeNumbers(side ** 2, type) });
      for (let run = 0; run < WARM_UP; run++) shape.run();
      memory.synchronise();
      const start = now();
      for (let run = 0; run < RUNS; run++) shape.run();
      memory.synchronise();
      return (RUNS * 2 * side ** 3 * 1000) / (now() - start);
    } finally {
      shape.release();
    }
  } finally {
    await session.release();
  }
}

/** Between -2 and 2, all their bits but the exponent's at random. */
function unlikeNumbers(count: number, type: "bfloat16" | "float32"): Uint8Array {
  const exponents = 0x3f00;
  let state = 0x9e3779b9;
  const next = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = (state + 0x6d2b79f5) | 0;
    return (state >>> 8) & 0x80ff;
  };
  const upper = Uint16Array.from({ length: count }, () => exponents | next());
  if (type === "bfloat16") return new Uint8Array(upper.buffer);
  return new Uint8Array(Uint32Array.from(upper, (half) => half << 16).buffer);
}
