import assert from "node:assert/strict";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { MagnitudeMeter, STEP_CACHE_LIMITS, skipSchedule, stretchRatios } from "../../../src-main/engine/step-cache.ts";

const LIMITS = { maxError: 0.1, maxSkips: 3, retained: 0 };

test("while nothing changes, as many are skipped in a row as may be, but neither the first nor the last", () => {
  const schedule = skipSchedule(Array<number>(10).fill(1), LIMITS);
  assert.deepEqual(schedule.map((isSkipped) => (isSkipped ? "-" : "x")).join(""), "x---x---xx");
});

test("the error of skips in a row adds up, and computing ends it", () => {
  // After one skip |1 - 0.95| = 0.05, after two 0.05 + |1 - 0.9025| = 0.1475.
  assert.deepEqual(skipSchedule([1, 0.95, 0.95, 0.95, 0.95, 0.95], LIMITS), [false, true, false, true, false, false]);
  assert.deepEqual(skipSchedule([1, 0.95, 0.95, 0.95, 0.95], { ...LIMITS, maxError: 0.15 }), [
    false,
    true,
    true,
    false,
    false,
  ]);
  assert.deepEqual(skipSchedule([1, 1, 0.5, 1, 1], LIMITS), [false, true, false, true, false]);
});

test("the first part of a run is kept", () => {
  const schedule = skipSchedule(Array<number>(10).fill(1), { ...LIMITS, retained: 0.5 });
  assert.deepEqual(schedule.slice(0, 5), Array<boolean>(5).fill(false));
  assert.equal(schedule[5], true);
  assert.ok(skipSchedule(Array<number>(10).fill(1), { ...LIMITS, retained: 1 }).every((isSkipped) => !isSkipped));
  assert.ok(skipSchedule([1], LIMITS).every((isSkipped) => !isSkipped));
  assert.ok(
    skipSchedule(Array<number>(28).fill(1), STEP_CACHE_LIMITS)
      .slice(0, 6)
      .every((isSkipped) => !isSkipped),
  );
});

test("stretched ratios have the same product, and the same number of them is the same ratios", () => {
  const ratios = [1, 0.9, 1.1, 0.8, 0.95];
  for (const [index, ratio] of stretchRatios(ratios, 5).entries())
    assert.ok(Math.abs(ratio - (ratios[index] ?? 0)) < 1e-12);
  const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1);
  for (const count of [2, 3, 9, 40])
    assert.ok(Math.abs(product(stretchRatios(ratios, count)) - product(ratios)) < 1e-12, String(count));
  assert.deepEqual(stretchRatios([1], 3), [1, 1, 1]);
});

test("the meter takes the mean of the tokens' ratios", () => {
  const meter = new MagnitudeMeter(2);
  meter.add(Float32Array.of(3, 4, 0, 1, 0, 0));
  meter.add(Float32Array.of(6, 8, 0, 4, 1, 1));
  assert.deepEqual(meter.ratios, [1, 3], "a token without a magnitude before has no ratio");
  assert.throws(
    () => meter.add(Float32Array.of(1, 1)),
    (error) => isTachieError(error, "internal.bug"),
  );
});

test("limits and ratios out of range are refused", () => {
  for (const limits of [
    { ...LIMITS, maxError: -1 },
    { ...LIMITS, maxSkips: 1.5 },
    { ...LIMITS, retained: 2 },
    { ...LIMITS, maxError: Number.NaN },
  ])
    assert.throws(
      () => skipSchedule([1, 1], limits),
      (error) => isTachieError(error, "settings.invalid"),
    );
  for (const ratios of [[], [1, 0], [1, Number.NaN], [1, -1]])
    assert.throws(
      () => skipSchedule(ratios, LIMITS),
      (error) => isTachieError(error, "settings.invalid"),
    );
  assert.throws(
    () => stretchRatios([1, 1], 0),
    (error) => isTachieError(error, "settings.invalid"),
  );
});
