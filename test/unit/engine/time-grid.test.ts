import assert from "node:assert/strict";
import { test } from "node:test";
import { timeGrid } from "../../../src-main/engine/time-grid.ts";

function assertNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) =>
    assert.ok(Math.abs(value - expected[index]!) <= tolerance, `${index}: ${value}, not ${expected[index]}`),
  );
}

test("17 intervals with shift 6 are the 18 points of the model's demo", () => {
  const published = [
    0, 0.01031, 0.02174, 0.03448, 0.04878, 0.06494, 0.08333, 0.10448, 0.12903, 0.15789, 0.19231, 0.23404, 0.28571,
    0.35135, 0.4375, 0.55556, 0.72727, 1,
  ];
  assertNear(timeGrid({ steps: 17, schedule: "shift", shift: 6 }), published, 5.1e-6);
});

test("20 intervals with shift 6 are ComfyUI's simple schedule", () => {
  const sigmas = [
    1, 0.9913, 0.98182, 0.97143, 0.96, 0.94737, 0.93333, 0.91765, 0.9, 0.88, 0.85714, 0.83077, 0.8, 0.76364, 0.72,
    0.66667, 0.6, 0.51429, 0.4, 0.24, 0,
  ];
  const ours = timeGrid({ steps: 20, schedule: "shift", shift: 6 }).map((t) => 1 - t);
  assertNear(ours, sigmas, 5.1e-6);
});

test("linear_quadratic has the values of ComfyUI's schedule", () => {
  // Computed with the published function (threshold_noise 0.025, linear_steps = steps // 2) in Python; 1 - sigma.
  assert.deepEqual(timeGrid({ steps: 1, schedule: "linear_quadratic", shift: 6 }), [0, 1]);
  assertNear(timeGrid({ steps: 2, schedule: "linear_quadratic", shift: 6 }), [0, 0.025, 1], 1e-12);
  assertNear(timeGrid({ steps: 3, schedule: "linear_quadratic", shift: 6 }), [0, 0.025, 0.28125, 1], 1e-12);
  const published28 = [
    0, 0.0017857142857142859, 0.0035714285714285718, 0.005357142857142858, 0.0071428571428571435, 0.008928571428571428,
    0.010714285714285716, 0.0125, 0.014285714285714287, 0.016071428571428573, 0.017857142857142856,
    0.019642857142857146, 0.021428571428571432, 0.023214285714285715, 0.024999999999999467, 0.031632653061224314,
    0.047959183673468964, 0.07397959183673408, 0.10969387755102011, 0.15510204081632595, 0.2102040816326527,
    0.2749999999999997, 0.3494897959183667, 0.43367346938775486, 0.5275510204081628, 0.631122448979591,
    0.7443877551020408, 0.8673469387755091, 1,
  ];
  assertNear(timeGrid({ steps: 28, schedule: "linear_quadratic", shift: 6 }), published28, 1e-12);
});

test("every grid starts at 0 and ends at 1 exactly and ascends in between", () => {
  for (const schedule of ["shift", "linear_quadratic"] as const)
    for (const shift of [0.1, 0.3, 1, 3.16, 6, 100])
      for (const steps of [1, 2, 3, 7, 18, 200]) {
        const times = timeGrid({ steps, schedule, shift });
        assert.equal(times.length, steps + 1);
        assert.deepEqual([times[0], times.at(-1)], [0, 1]);
        assert.ok(times.slice(1).every((t, index) => t > times[index]!));
      }
});

test("shift 1 is uniform; times are rounded as in the published code, whose reference run guides at this one", () => {
  assert.deepEqual(timeGrid({ steps: 4, schedule: "shift", shift: 1 }), [0, 0.25, 0.5, 0.75, 1]);
  assert.equal(timeGrid({ steps: 6, schedule: "shift", shift: 6 })[4], 0.25 - 2 ** -26);
});

test("steps and shifts that give no grid are refused", () => {
  for (const steps of [0, -1, 1.5, NaN, Infinity])
    assert.throws(() => timeGrid({ steps, schedule: "shift", shift: 6 }), { code: "settings.invalid", where: "steps" });
  for (const shift of [0, -1, NaN, Infinity])
    assert.throws(() => timeGrid({ steps: 4, schedule: "shift", shift }), { code: "settings.invalid", where: "shift" });
});
