/** @file One job at a time, in the order of asking: the engine has one session, and two would only slow each other. */

import { cancelledError } from "../contract/wire.ts";

export interface JobLine {
  /** Jobs running or waiting. */
  readonly length: number;
  /**
   * Runs `task` once all earlier ones are done. A job that is cancelled while it waits is never begun.
   * @throws job.cancelled, and whatever the task throws
   */
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

export function createJobLine(): JobLine {
  let last: Promise<unknown> = Promise.resolve();
  let length = 0;
  return {
    get length() {
      return length;
    },
    async run(signal, task) {
      const before = last;
      let done = (): void => undefined;
      last = new Promise<void>((resolve) => (done = resolve));
      length++;
      try {
        await Promise.race([before, aborted(signal)]);
        if (signal.aborted) throw cancelledError();
        return await task();
      } finally {
        length--;
        // A job that left the line early must not let the next one overtake those before it.
        void before.then(done);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
