/**
 * @file Saves a picture of the queue, however long that takes: where it cannot be saved now, it is kept in memory, the queue
 * rests and says why, and both go on by themselves once it can.
 */

import { isTachieError, toErrorData } from "../../contract/errors.ts";
import { cancelledError } from "../../contract/wire.ts";
import { canPass } from "./queue.ts";
import type { Queue } from "./queue.ts";

/** Each attempt compresses the picture anew, so not too often. */
const RETRY_MS = 3000;

/**
 * @param signal gives the picture up
 * @throws job.cancelled; whatever `save` throws that does not pass
 */
export async function saveWhenPossible<T>(save: () => Promise<T>, queue: Queue, signal: AbortSignal): Promise<T> {
  for (;;)
    try {
      const saved = await save();
      queue.unhold();
      return saved;
    } catch (error) {
      if (!isTachieError(error) || !canPass(error)) throw error;
      requireGoing(signal);
      queue.hold(toErrorData(error));
      await untilRetry(queue, signal);
      requireGoing(signal);
    }
}

function requireGoing(signal: AbortSignal): void {
  if (signal.aborted) throw cancelledError();
}

/** Earlier where somebody wants the queue to go on. */
function untilRetry(queue: Queue, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = setTimeout(go, RETRY_MS);
    signal.addEventListener("abort", go);
    void queue.whenChanged().then(() => {
      if (!queue.isPaused) go();
    });
  });
}
