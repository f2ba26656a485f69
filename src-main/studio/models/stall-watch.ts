/** @file Ends a transfer in which nothing, or next to nothing, arrives any more. */

import { TransferFault } from "./transfer-fault.ts";

export interface StallLimits {
  /** How long to wait, in milliseconds. */
  readonly stallMs: number;
  /** Fewer bytes than this within `stallMs` count as nothing: a server that drips would otherwise never end. */
  readonly stallBytes: number;
}

export class StallWatch implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private bytes = 0;

  constructor({ stallMs, stallBytes }: StallLimits) {
    this.timer = setInterval(() => {
      if (this.bytes < stallBytes)
        this.controller.abort(
          new TransferFault("stalled", `only ${this.bytes} bytes have come in ${(stallMs / 1000).toFixed(1)} s`),
        );
      this.bytes = 0;
    }, stallMs);
  }

  /** Aborts with a `TransferFault`. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  arrived(bytes: number): void {
    this.bytes += bytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
