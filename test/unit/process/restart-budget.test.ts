import assert from "node:assert/strict";
import { test } from "node:test";
import { createRestartBudget } from "../../../src-main/process/restart-budget.ts";

const MINUTE = 60_000;

test("three failures within five minutes spend the budget until ten quiet minutes have passed", () => {
  let now = 0;
  const budget = createRestartBudget(undefined, () => now);
  const failAt = (minute: number): boolean => {
    now = minute * MINUTE;
    budget.recordFailure();
    return budget.isSpent();
  };
  assert.equal(failAt(0), false);
  assert.equal(failAt(1), false);
  assert.equal(failAt(4.9), true);
  now = 14.8 * MINUTE;
  assert.equal(budget.isSpent(), true);
  now = 15 * MINUTE;
  assert.equal(budget.isSpent(), false);
  assert.equal(failAt(16), false, "what was forgiven does not count again");
});

test("failures that are further apart never spend it", () => {
  let now = 0;
  const budget = createRestartBudget(undefined, () => now);
  for (let i = 0; i < 20; i++) {
    now += 2.6 * MINUTE;
    budget.recordFailure();
    assert.equal(budget.isSpent(), false);
  }
});
