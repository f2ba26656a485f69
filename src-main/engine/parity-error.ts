/**
 * @file How far a result is from what was expected: the largest absolute error divided by the root mean square of the
 * expected values. One accumulator a case, since a case may be computed in several runs.
 */

import { TachieError } from "../contract/errors.ts";

export class ErrorMeasure {
  readonly #name: string;
  #largest = 0;
  #sumOfSquares = 0;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws model.mismatch when there are not as many values as expected */
  add(actual: Float32Array, expected: Float32Array): void {
    if (actual.length !== expected.length)
      throw new TachieError(
        "model.mismatch",
        `${this.#name}: the network gives ${actual.length} values where ${expected.length} are expected`,
        { where: this.#name },
      );
    for (const [index, value] of expected.entries()) {
      const error = Math.abs((actual[index] ?? NaN) - value);
      // A comparison with NaN is false: it must not pass for a small error.
      if (!(error <= this.#largest)) this.#largest = Number.isNaN(error) ? Infinity : error;
      this.#sumOfSquares += value * value;
    }
    this.#count += expected.length;
  }

  /**
   * Infinity where anything is not a number, and where all expected values are 0 but something else came out.
   * @throws parity.no-case when nothing was compared
   */
  relative(): number {
    if (this.#count === 0)
      throw new TachieError("parity.no-case", `${this.#name} expects no values`, { where: this.#name });
    if (this.#largest === 0) return 0;
    const error = this.#largest / Math.sqrt(this.#sumOfSquares / this.#count);
    return Number.isNaN(error) ? Infinity : error;
  }
}
