/** @file How long to wait before asking a server again, and when to stop asking. */

import { setTimeout as sleep } from "node:timers/promises";
import { TachieError } from "../../contract/errors.ts";
import { TransferFault } from "./transfer-fault.ts";

export interface RetryLimits {
  /** Tries in a row without progress before giving up, after the first. */
  readonly retries: number;
  /** The first pause; doubled with every failure. Milliseconds. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** A server that asks for a longer pause than this is given up. Milliseconds. */
  readonly longestRetryAfterMs: number;
}

/**
 * The pause after the given number of failures in a row, 1 for the first: what the server asks for, or growing and random.
 * @throws download.unreachable where the server asks for too long a pause
 */
export function pauseAfter(fault: TransferFault, failures: number, limits: RetryLimits, address: string): number {
  if (fault.retryAfterMs !== undefined) {
    if (fault.retryAfterMs <= limits.longestRetryAfterMs) return fault.retryAfterMs;
    const minutes = Math.ceil(fault.retryAfterMs / 60_000);
    throw new TachieError("download.unreachable", `${fault.message}, and asks to come back in ${minutes} minutes`, {
      where: address,
    });
  }
  const pauseMs = Math.min(limits.longestPauseMs, limits.pauseMs * 2 ** (failures - 1));
  // Many clients that lost a server at once must not come back at once.
  return pauseMs * (0.5 + Math.random() / 2);
}

/** The error for a person when the last try has failed. */
export function givenUp(fault: TransferFault, what: string, limits: RetryLimits, address: string): TachieError {
  const code = fault.kind === "changed" ? "download.mismatch" : "download.unreachable";
  return new TachieError(code, `${what} could not be fetched in ${limits.retries + 1} tries: ${fault.message}`, {
    where: address,
    cause: fault,
  });
}

/** Tries something small that has no state between tries. @throws what `attempt` throws, or `givenUp` */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { limits, signal, what, address }: { limits: RetryLimits; signal: AbortSignal; what: string; address: string },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransferFault)) throw error;
      if (failures > limits.retries) throw givenUp(error, what, limits, address);
      await pause(pauseAfter(error, failures, limits, address), signal);
    }
  }
}

/** @throws the signal's reason, as it is */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
