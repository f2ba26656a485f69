/**
 * @file A fault on a GPU takes its context along: nothing that is in its memory can be used, or even freed, by this process
 * any more. So the process ends on purpose, and its owner starts a new one.
 */

import { isTachieError } from "../contract/errors.ts";
import type { Handlers, ServiceShape } from "../contract/wire.ts";

/**
 * The same handlers; the first that fails by the loss of the GPU answers with its error and then calls `end`.
 */
export function endingWithDevice<S extends ServiceShape>(handlers: Handlers<S>, end: () => void): Handlers<S> {
  const guarded = Object.entries(handlers as Record<string, Handler>).map(([name, handler]) => [
    name,
    async (...values: unknown[]): Promise<unknown> => {
      try {
        return await handler(...values);
      } catch (error) {
        if (isTachieError(error, "engine.device-lost")) end();
        throw error;
      }
    },
  ]);
  return Object.fromEntries(guarded) as Handlers<S>;
}

type Handler = (...values: unknown[]) => unknown;
