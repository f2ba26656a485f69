/** @file Times on the GPU itself, by events on a stream: what lies between two of them, without the host's part. */

import type { CudaDriver } from "./driver.ts";

export class CudaStopwatch {
  readonly #driver: CudaDriver;
  readonly #stream: bigint;
  readonly #start: bigint;
  readonly #end: bigint;

  constructor(driver: CudaDriver, stream: bigint) {
    this.#driver = driver;
    this.#stream = stream;
    this.#start = createEvent(driver);
    this.#end = createEvent(driver);
  }

  start(): void {
    this.#driver.check(this.#driver.functions.cuEventRecord(this.#start, this.#stream), "start a timing");
  }

  /** Waits for the work since `start`, and tells its milliseconds, to about half a microsecond. */
  stop(): number {
    const { functions } = this.#driver;
    this.#driver.check(functions.cuEventRecord(this.#end, this.#stream), "end a timing");
    this.#driver.check(functions.cuEventSynchronize(this.#end), "finish the work that is timed");
    const durationMs = new Float32Array(1);
    this.#driver.check(functions.cuEventElapsedTime(durationMs, this.#start, this.#end), "tell a time");
    return durationMs[0]!;
  }

  release(): void {
    for (const event of [this.#start, this.#end])
      this.#driver.check(this.#driver.functions.cuEventDestroy_v2(event), "end a timing");
  }
}

function createEvent(driver: CudaDriver): bigint {
  const event = new BigUint64Array(1);
  driver.check(driver.functions.cuEventCreate(event, 0), "make an event");
  return event[0]!;
}
