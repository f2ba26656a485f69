/**
 * @file How often a child process may fail before it is not started again, so that a fault that always comes back ends in
 * a message rather than in a loop.
 */

export interface RestartLimits {
  /** This many failures within `windowMs` spend the budget. */
  readonly failures: number;
  readonly windowMs: number;
  /** This long without a failure, everything is forgiven. */
  readonly forgiveMs: number;
}

export const RESTART_LIMITS: RestartLimits = { failures: 3, windowMs: 5 * 60_000, forgiveMs: 10 * 60_000 };

export interface RestartBudget {
  recordFailure(): void;
  isSpent(): boolean;
  /** As if nothing had failed: for a person who has seen the message and wants another attempt. */
  forgive(): void;
}

/** @param now a clock in milliseconds, not the wall clock: that one can be set back */
export function createRestartBudget(
  limits: RestartLimits = RESTART_LIMITS,
  now: () => number = () => performance.now(),
): RestartBudget {
  let failures: number[] = [];
  let isSpent = false;
  const forgive = (): void => {
    failures = [];
    isSpent = false;
  };
  const forgiveOld = (): void => {
    const last = failures.at(-1);
    if (last !== undefined && now() - last >= limits.forgiveMs) forgive();
  };
  return {
    recordFailure() {
      forgiveOld();
      const at = now();
      failures.push(at);
      if (failures.filter((failure) => at - failure < limits.windowMs).length >= limits.failures) isSpent = true;
    },
    isSpent() {
      forgiveOld();
      return isSpent;
    },
    forgive,
  };
}
