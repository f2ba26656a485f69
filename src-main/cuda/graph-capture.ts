/**
 * @file CUDA graphs of our own: what a run puts on the stream is recorded once and then launched as one piece.
 *
 * ONNX Runtime can capture too, but waits for the device after every replay, keeps every graph until its session ends,
 * and knows nothing of the kernels before and after it.
 */

import type { CapturedGraph, GraphCapture } from "../ort/device.ts";
import type { CudaDriver } from "./driver.ts";

/** `CU_STREAM_CAPTURE_MODE_RELAXED`: a library may still ask the driver for this and that while it is recorded. */
const RELAXED = 2;

export class CudaGraph implements CapturedGraph {
  /** Kernels and copies in the graph. */
  readonly nodeCount: number;
  readonly #driver: CudaDriver;
  readonly #stream: bigint;
  #executable: bigint | undefined;

  constructor(driver: CudaDriver, stream: bigint, executable: bigint, nodeCount: number) {
    this.#driver = driver;
    this.#stream = stream;
    this.#executable = executable;
    this.nodeCount = nodeCount;
  }

  launch(): void {
    const { functions } = this.#driver;
    this.#driver.check(functions.cuGraphLaunch(this.#executable ?? 0n, this.#stream), "launch a graph");
  }

  release(): void {
    if (this.#executable === undefined) return;
    const executable = this.#executable;
    this.#executable = undefined;
    this.#driver.check(this.#driver.functions.cuGraphExecDestroy(executable), "give up a graph");
  }
}

export function cudaGraphCapture(driver: CudaDriver, stream: bigint): GraphCapture {
  const { functions } = driver;

  /** The graph, whatever became of the recording. */
  function record(work: () => void): bigint {
    const graph = new BigUint64Array(1);
    driver.check(functions.cuStreamBeginCapture_v2(stream, RELAXED), "begin to record a graph");
    try {
      work();
    } catch (error) {
      // The stream must be usable again; that the recording is not whole is known.
      functions.cuStreamEndCapture(stream, graph);
      if (graph[0] !== 0n) functions.cuGraphDestroy(graph[0]!);
      throw error;
    }
    driver.check(functions.cuStreamEndCapture(stream, graph), "record a graph");
    return graph[0]!;
  }

  return {
    capture(work) {
      const graph = record(work);
      try {
        const count = new BigUint64Array(1);
        driver.check(functions.cuGraphGetNodes(graph, null, count), "count a graph's nodes");
        const executable = new BigUint64Array(1);
        driver.check(functions.cuGraphInstantiateWithFlags(executable, graph, 0), "prepare a graph");
        return new CudaGraph(driver, stream, executable[0]!, Number(count[0]));
      } finally {
        functions.cuGraphDestroy(graph);
      }
    },
  };
}
