/**
 * @file CUDA graphs of our own: what a run puts on the stream is recorded once and then launched as one piece.
 *
 * ONNX Runtime can capture too, but waits for the device after every replay, keeps every graph until its session ends,
 * and knows nothing of the kernels before and after it.
 */

import type { CapturedGraph, GraphCapture } from "../ort/device.ts";
import type { CudaDriver } from "./driver.ts";
import { keepHostSources, nodesOf } from "./recorded-copies.ts";

/** `CU_STREAM_CAPTURE_MODE_RELAXED`: a library may still ask the driver for this and that while it is recorded. */
const RELAXED = 2;

export class CudaGraph implements CapturedGraph {
  /** Kernels and copies in the graph. */
  readonly nodeCount: number;
  readonly #driver: CudaDriver;
  readonly #stream: bigint;
  readonly #kept: bigint | undefined;
  #executable: bigint | undefined;

  /** @param kept memory on the device that the graph reads and that ends with it */
  constructor(driver: CudaDriver, stream: bigint, executable: bigint, nodeCount: number, kept: bigint | undefined) {
    this.#kept = kept;
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
    if (this.#kept !== undefined) this.#driver.free(this.#kept);
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
      let kept: bigint | undefined;
      try {
        const { length } = nodesOf(driver, graph);
        kept = keepHostSources(driver, graph);
        const executable = new BigUint64Array(1);
        driver.check(functions.cuGraphInstantiateWithFlags(executable, graph, 0), "prepare a graph");
        return new CudaGraph(driver, stream, executable[0]!, length, kept);
      } catch (error) {
        if (kept !== undefined) driver.free(kept);
        throw error;
      } finally {
        functions.cuGraphDestroy(graph);
      }
    },
  };
}
