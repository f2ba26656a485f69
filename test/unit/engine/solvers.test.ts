import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schedule, Solver } from "../../../src-main/contract/sampling.ts";
import { SOLVERS } from "../../../src-main/contract/sampling.ts";
import type { LatentAlgebra } from "../../../src-main/engine/latent-algebra.ts";
import { arrayAlgebra } from "../../../src-main/engine/latent-algebra.ts";
import type { SampleStep } from "../../../src-main/engine/solvers.ts";
import { evaluationTimes, sampleLatent } from "../../../src-main/engine/solvers.ts";
import { timeGrid } from "../../../src-main/engine/time-grid.ts";

/** A latent of one number, in float64. */
const scalar: LatentAlgebra<number> = {
  combine: (terms) => terms.reduce((sum, [coefficient, x]) => sum + coefficient * x, 0),
  norm: Math.abs,
};

/** The flow from N(0, 1) to N(mean, deviation^2): its velocity, and where a starting point goes. */
function gaussianFlow(mean: number, deviation: number) {
  const variance = (t: number) => (t * deviation) ** 2 + (1 - t) ** 2;
  return {
    velocity: (x: number, t: number) => mean + ((t * deviation ** 2 - (1 - t)) / variance(t)) * (x - t * mean),
    exact: (noise: number, t: number) => t * mean + Math.sqrt(variance(t)) * noise,
  };
}

const flow = gaussianFlow(0.7, 0.4);
const NOISE = -1.3;

interface KnownFlow {
  readonly velocity: (x: number, t: number) => number;
  readonly exact: (noise: number, t: number) => number;
}

/** The largest distance from the exact path at any time of the grid. */
async function largestError(solver: Solver, { velocity, exact }: KnownFlow, times: readonly number[]) {
  let largest = 0;
  const onStep = ({ latent, time }: { latent: number; time: number }): void => {
    largest = Math.max(largest, Math.abs(latent - exact(NOISE, time)));
  };
  await sampleLatent({ solver, times, noise: exact(NOISE, times[0]!), velocity, algebra: scalar, onStep });
  return largest;
}

/** Errors on grids of twice as many steps each, and the order that the last halving shows. */
async function measureOrder(solver: Solver, known: KnownFlow, grid: (steps: number) => number[]) {
  const counts = solver === "rk4" ? [20, 40, 80, 160] : [200, 400, 800, 1600];
  const errors = await Promise.all(counts.map((steps) => largestError(solver, known, grid(steps))));
  return { errors, order: Math.log2(errors.at(-2)! / errors.at(-1)!) };
}

const ORDERS: Record<Solver, number> = { euler: 1, midpoint: 2, rk4: 4, dpmpp_2m: 2, res_multistep: 2 };

for (const solver of SOLVERS)
  test(`${solver} converges to the exact solution of a Gaussian flow at order ${ORDERS[solver]}`, async () => {
    for (const [mean, deviation] of [
      [0.7, 0.4],
      [-0.5, 1.5],
    ] as const) {
      const known = gaussianFlow(mean, deviation);
      for (const [schedule, shift] of GRIDS) {
        const { errors, order } = await measureOrder(solver, known, (steps) => timeGrid({ steps, schedule, shift }));
        // Where time goes to 0 or 1 the steps in ln sigma or lambda do not shrink with their number: the multistep
        // solvers converge as h^2 ln(1/h) over the whole range, which a halving shows as 1.7 to 1.9.
        const least = ORDERS[solver] - (solver === "dpmpp_2m" || solver === "res_multistep" ? 0.3 : 0.1);
        assert.ok(
          order > least && errors.at(-1)! < 5e-3,
          `${schedule} ${shift}: order ${order}, errors ${errors.join(" ")}`,
        );
      }
      const inner = (steps: number) => Array.from({ length: steps + 1 }, (_, i) => 0.2 + (0.6 * i) / steps);
      const { errors, order } = await measureOrder(solver, known, inner);
      assert.ok(order > ORDERS[solver] - 0.05, `inner grid: order ${order}, errors ${errors.join(" ")}`);
    }
  });
const GRIDS = [
  ["shift", 1],
  ["shift", 6],
  ["linear_quadratic", 1],
] as const satisfies (readonly [Schedule, number])[];

test("no solver is better than its order on a flow without a Gaussian's symmetries", async () => {
  const known = {
    velocity: (x: number, t: number) => x * Math.cos(2 * t),
    exact: (x: number, t: number) => x * Math.exp(Math.sin(2 * t) / 2),
  };
  const inner = (steps: number) => Array.from({ length: steps + 1 }, (_, i) => 0.1 + (0.7 * i) / steps);
  for (const solver of SOLVERS) {
    const { errors, order } = await measureOrder(solver, known, inner);
    assert.ok(Math.abs(order - ORDERS[solver]) < 0.1, `${solver}: order ${order}, errors ${errors.join(" ")}`);
  }
});

test("euler, midpoint and rk4 (3/8) do one step as their tables of coefficients say", async () => {
  const seen: [number, number][] = [];
  const velocity = (x: number, t: number) => {
    seen.push([x, t]);
    return x + 2 * t;
  };
  const run = (solver: Solver) => sampleLatent({ solver, times: [0, 1], noise: 3, velocity, algebra: scalar });
  assert.equal(await run("euler"), 6);
  assert.equal(await run("midpoint"), 3 + (4.5 + 1));
  seen.length = 0;
  const k1 = 3;
  const k2 = 4 + 2 / 3;
  const k3 = 3 + (k2 - k1 / 3) + 4 / 3;
  const k4 = 3 + (k1 - k2 + k3) + 2;
  assert.ok(Math.abs((await run("rk4")) - (3 + (k1 + 3 * k2 + 3 * k3 + k4) / 8)) < 1e-12);
  assert.deepEqual(
    seen.map(([, t]) => t),
    [0, 1 / 3, 2 / 3, 1],
  );
});

/** The published form of DPM-Solver++ 2M, started a hair below sigma = 1 where its logarithm is finite. */
function publishedDpmpp(sigmas: readonly number[], noise: number): number {
  const lambda = sigmas.map((sigma) => Math.log((1 - sigma) / sigma));
  let x = noise;
  let before: number | undefined;
  for (let i = 0; i + 1 < sigmas.length; i++) {
    const [sigma, next] = [sigmas[i]!, sigmas[i + 1]!];
    const clean = x + sigma * flow.velocity(x, 1 - sigma);
    if (next === 0) return clean;
    const h = lambda[i + 1]! - lambda[i]!;
    const r = i === 0 ? Infinity : (lambda[i]! - lambda[i - 1]!) / h;
    const extrapolated = before === undefined ? clean : clean + (0.5 / r) * (clean - before);
    x = (next / sigma) * x - (1 - next) * Math.expm1(-h) * extrapolated;
    before = clean;
  }
  return x;
}

test("dpmpp_2m from sigma = 1 exactly is the limit of the published form", async () => {
  const times = timeGrid({ steps: 12, schedule: "shift", shift: 6 });
  const ours = await sampleLatent({
    solver: "dpmpp_2m",
    times,
    noise: NOISE,
    velocity: flow.velocity,
    algebra: scalar,
  });
  // lambda grows with ln(1/epsilon), so the published form comes near at that slow pace only.
  const gaps = [1e-4, 1e-8, 1e-16].map((epsilon) => {
    const sigmas = times.map((t, index) => (index === 0 ? 1 - epsilon : 1 - t));
    if (epsilon < 2 ** -53) sigmas[0] = 1 - 2 ** -53;
    return Math.abs(publishedDpmpp(sigmas, NOISE) - ours);
  });
  assert.ok(gaps[0]! > gaps[1]! && gaps[1]! > gaps[2]! && gaps[2]! < 1e-3, String(gaps));
  // From a grid that starts inside, the two agree to rounding.
  const inner = times.slice(1);
  const start = flow.exact(NOISE, inner[0]!);
  const [same, published] = [
    await sampleLatent({ solver: "dpmpp_2m", times: inner, noise: start, velocity: flow.velocity, algebra: scalar }),
    publishedDpmpp(
      inner.map((t) => 1 - t),
      start,
    ),
  ];
  assert.ok(Math.abs(same - published) < 1e-13, `${same} ${published}`);
});

/** The published form of the second-order RES step, with its own coefficients and its Euler steps at both ends. */
function publishedRes(sigmas: readonly number[], noise: number): number {
  const phi1 = (t: number) => Math.expm1(t) / t;
  const phi2 = (t: number) => (phi1(t) - 1) / t;
  let x = noise;
  let before: number | undefined;
  for (let i = 0; i + 1 < sigmas.length; i++) {
    const [sigma, next] = [sigmas[i]!, sigmas[i + 1]!];
    const clean = x + sigma * flow.velocity(x, 1 - sigma);
    if (next === 0 || before === undefined) x += ((x - clean) / sigma) * (next - sigma);
    else {
      const h = Math.log(sigma / next);
      const c = Math.log(sigma / sigmas[i - 1]!) / h;
      const [b1, b2] = [phi1(-h) - phi2(-h) / c, phi2(-h) / c];
      x = Math.exp(-h) * x + h * (b1 * clean + b2 * before);
    }
    before = clean;
  }
  return x;
}

test("res_multistep agrees with its published form", async () => {
  for (const steps of [1, 2, 3, 20]) {
    const times = timeGrid({ steps, schedule: "shift", shift: 6 });
    const ours = await sampleLatent({
      solver: "res_multistep",
      times,
      noise: NOISE,
      velocity: flow.velocity,
      algebra: scalar,
    });
    const published = publishedRes(
      times.map((t) => 1 - t),
      NOISE,
    );
    assert.ok(Math.abs(ours - published) < 1e-12, `${steps}: ${ours} ${published}`);
  }
});

test("one step is finite with every solver, and evaluations happen exactly where evaluationTimes says", async () => {
  for (const solver of SOLVERS)
    for (const steps of [1, 2, 5]) {
      const times = timeGrid({ steps, schedule: "shift", shift: 6 });
      const seen: number[] = [];
      const x = await sampleLatent({
        solver,
        times,
        noise: NOISE,
        velocity: (latent, t) => {
          seen.push(t);
          return flow.velocity(latent, t);
        },
        algebra: scalar,
      });
      assert.ok(Number.isFinite(x));
      assert.deepEqual(seen, evaluationTimes(solver, times));
      assert.equal(seen[0], 0);
    }
});

test("every step reports its time, latent and predicted clean latent; the noise is left as it was", async () => {
  const noise = Float32Array.of(0.5, -0.25, 2);
  const steps: SampleStep<Float32Array>[] = [];
  const cleans: Float32Array[] = [];
  const kept: number[] = [];
  const result = await sampleLatent({
    solver: "res_multistep",
    times: [0, 0.25, 1],
    noise,
    velocity: (x, t) => x.map((value) => flow.velocity(value, t)),
    algebra: { ...arrayAlgebra, keepOnly: (latents) => void kept.push(latents.length) },
    onStep: async (step) => {
      steps.push(step);
      cleans.push(await step.predictClean());
    },
  });
  assert.deepEqual(noise, Float32Array.of(0.5, -0.25, 2));
  assert.deepEqual(
    steps.map(({ step, steps: all, time }) => [step, all, time]),
    [
      [1, 2, 0.25],
      [2, 2, 1],
    ],
  );
  // A Gaussian's prediction from t = 0 is its mean, whatever the noise.
  for (const value of cleans[0]!) assert.ok(Math.abs(value - 0.7) < 1e-6);
  assert.deepEqual(cleans[1], result);
  assert.deepEqual(kept, [2, 2]);
});

test("a set signal stops before the next evaluation, and an error of the network comes through as it is", async () => {
  const signal = { aborted: false };
  let evaluations = 0;
  const cancelling = sampleLatent({
    solver: "rk4",
    times: [0, 0.5, 1],
    noise: 1,
    velocity: (x) => {
      evaluations++;
      if (evaluations === 6) signal.aborted = true;
      return x;
    },
    algebra: scalar,
    signal,
  });
  await assert.rejects(cancelling, { code: "job.cancelled" });
  assert.equal(evaluations, 6);
  const broken = sampleLatent({
    solver: "euler",
    times: [0, 1],
    noise: 1,
    velocity: () => Promise.reject(new RangeError("broken network")),
    algebra: scalar,
  });
  await assert.rejects(broken, RangeError);
});

test("a grid that does not ascend inside 0 to 1 is refused", async () => {
  for (const times of [[], [0], [0, 0.5, 0.5, 1], [1, 0], [-0.1, 1], [0, 1.1], [0, NaN, 1]])
    await assert.rejects(
      sampleLatent({ solver: "euler", times, noise: 1, velocity: (x) => x, algebra: scalar }),
      { code: "internal.bug" },
      String(times),
    );
});
