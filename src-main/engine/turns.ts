/** @file One at a time, in the order of asking: the engine computes one job, the others wait. */

import { cancelledError } from "../contract/wire.ts";

export interface Turns {
  /**
   * Runs `work` when everything asked for earlier has ended, however it ended.
   * @throws job.cancelled when the signal is aborted while waiting: at once, and without running `work`
   */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  function turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelledError());
    if (!isTaken) {
      isTaken = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(cancelledError());
      };
      waiting.push(begin);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  return {
    async take(signal, work) {
      await turn(signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) isTaken = false;
        else next();
      }
    },
  };
}
