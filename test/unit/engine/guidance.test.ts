import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuidanceSettings } from "../../../src-main/engine/guidance.ts";
import { countPasses, guidedVelocity } from "../../../src-main/engine/guidance.ts";
import { arrayAlgebra } from "../../../src-main/engine/latent-algebra.ts";

const CONDITIONAL = Float32Array.of(3, 0, 4);
const UNCONDITIONAL = Float32Array.of(1, 2, -1);

function guide(settings: GuidanceSettings) {
  const passes: string[] = [];
  const velocity = guidedVelocity(settings, {
    conditional: () => (passes.push("c"), CONDITIONAL),
    unconditional: () => (passes.push("u"), UNCONDITIONAL),
    algebra: arrayAlgebra,
  });
  return { passes, at: async (time: number) => Array.from(await velocity(new Float32Array(3), time)) };
}

test("guidance extrapolates from the unconditional to the conditional velocity", async () => {
  const { at, passes } = guide({ guidance: 4.5, truncate: 1, renorm: 0 });
  assert.deepEqual(await at(0), [1 + 4.5 * 2, 2 - 4.5 * 2, -1 + 4.5 * 5]);
  assert.deepEqual(passes, ["c", "u"]);
  assert.deepEqual(await guide({ guidance: 0, truncate: 1, renorm: 0 }).at(0.5), [1, 2, -1]);
});

test("scale 1 and times from truncate on take the conditional pass alone", async () => {
  const unguided = guide({ guidance: 1, truncate: 1, renorm: 0.5 });
  assert.deepEqual(await unguided.at(0), [3, 0, 4]);
  assert.deepEqual(unguided.passes, ["c"]);
  const truncated = guide({ guidance: 3, truncate: 0.25, renorm: 0 });
  assert.deepEqual(await truncated.at(0.25), [3, 0, 4]);
  assert.deepEqual(truncated.passes, ["c"]);
  await truncated.at(0.2499);
  assert.deepEqual(truncated.passes, ["c", "c", "u"]);
});

test("renormalisation shortens to r times the conditional norm over everything, and never lengthens", async () => {
  for (const renorm of [0.3, 1, 2]) {
    const [x, y, z] = await guide({ guidance: 4.5, truncate: 1, renorm }).at(0);
    assert.ok(Math.abs(Math.hypot(x!, y!, z!) - 5 * renorm) < 1e-5);
    assert.ok(Math.abs(x! / z! - 10 / 21.5) < 1e-6 && Math.abs(y! / z! + 7 / 21.5) < 1e-6);
  }
  // w = 0 gives the unconditional velocity, of norm sqrt 6, below 5: it stays.
  assert.deepEqual(await guide({ guidance: 0, truncate: 1, renorm: 1 }).at(0), [1, 2, -1]);
});

test("vanishing velocities stay finite under renormalisation", async () => {
  const zero = new Float32Array(2);
  const velocity = guidedVelocity(
    { guidance: 5, truncate: 1, renorm: 1 },
    { conditional: () => zero, unconditional: () => zero, algebra: arrayAlgebra },
  );
  assert.deepEqual(Array.from(await velocity(zero, 0)), [0, 0]);
});

test("passes are counted as the demo's published count: 57 for midpoint with 18 points and truncate 0.25", async () => {
  const { evaluationTimes } = await import("../../../src-main/engine/solvers.ts");
  const { timeGrid } = await import("../../../src-main/engine/time-grid.ts");
  const times = evaluationTimes("midpoint", timeGrid({ steps: 17, schedule: "shift", shift: 6 }));
  assert.equal(times.length, 34);
  assert.equal(countPasses({ guidance: 5, truncate: 0.25, renorm: 0 }, times), 57);
  assert.equal(countPasses({ guidance: 1, truncate: 1, renorm: 0 }, times), 34);
});
