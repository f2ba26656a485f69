/**
 * @file From noise to a latent: five solvers of dx/dt = v(x, t) on a given time grid, for latents of any kind.
 *
 * x_t = t data + (1 - t) noise and v = data - noise, so with sigma = 1 - t the predicted clean latent is
 * D = x + sigma v. `euler`, `midpoint` and `rk4` (the 3/8 rule) work on v; `dpmpp_2m` (DPM-Solver++ 2M, Lu et al. 2022)
 * and `res_multistep` (Zhang et al. 2023) are exponential integrators on D that reuse the step before, one evaluation a
 * step. t = 0 and t = 1 are taken exactly: where a logarithm becomes infinite the limit is written out.
 */

import { TachieError } from "../contract/errors.ts";
import type { Solver } from "../contract/sampling.ts";
import { cancelledError } from "../contract/wire.ts";
import type { LatentAlgebra, Term } from "./latent-algebra.ts";

export type Velocity<L> = (latent: L, time: number) => L | Promise<L>;

/** Anything with a flag that turns true when the run is to stop: an AbortSignal, or a flag in shared memory. */
export interface CancelFlag {
  readonly aborted: boolean;
}

export interface SampleStep<L> {
  /** Steps done, from 1 to `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Where the run stands now. */
  readonly time: number;
  readonly latent: L;
  /** The clean latent that the last evaluation points to, for previews. To be called before `onStep` returns. */
  readonly predictClean: () => Promise<L>;
}

export interface SampleOptions<L> {
  readonly solver: Solver;
  /** Ascending, from 0 to 1; see `timeGrid`. */
  readonly times: readonly number[];
  readonly noise: L;
  readonly velocity: Velocity<L>;
  readonly algebra: LatentAlgebra<L>;
  /** Called after every step, and awaited. */
  readonly onStep?: (step: SampleStep<L>) => void | Promise<void>;
  /** Looked at before every evaluation. */
  readonly signal?: CancelFlag;
}

/** What a multistep solver remembers of the step before. */
interface History<L> {
  readonly clean: L;
  readonly time: number;
}

interface StepContext<L> {
  readonly x: L;
  readonly t0: number;
  readonly t1: number;
  readonly previous: History<L> | undefined;
  readonly evaluate: (latent: L, time: number) => Promise<L>;
  readonly combine: (...terms: Term<L>[]) => Promise<L>;
}

interface StepResult<L> {
  readonly x: L;
  /** The last velocity that was evaluated. */
  readonly velocity: L;
  readonly history?: History<L>;
}

/** Where, as a part of the interval, a solver evaluates the velocity. */
const STAGES = {
  euler: [0],
  midpoint: [0, 1 / 2],
  rk4: [0, 1 / 3, 2 / 3, 1],
  dpmpp_2m: [0],
  res_multistep: [0],
} as const satisfies Record<Solver, readonly number[]>;

/** The times of all evaluations of a run, in order. Guidance takes one or two network passes at each. */
export function evaluationTimes(solver: Solver, times: readonly number[]): number[] {
  return intervals(times).flatMap(([t0, t1]) => STAGES[solver].map((part) => stageTime(t0, t1, part)));
}

/**
 * Carries `noise` along the velocity from the first time to the last.
 * @throws job.cancelled when the signal is set; whatever `velocity` or `onStep` throws
 */
export async function sampleLatent<L>(options: SampleOptions<L>): Promise<L> {
  const { solver, times, velocity, algebra, onStep, signal } = options;
  checkTimes(times);
  const steps = times.length - 1;
  let x = options.noise;
  let previous: History<L> | undefined;
  for (const [index, [t0, t1]] of intervals(times).entries()) {
    const evaluate = async (latent: L, time: number): Promise<L> => {
      throwIfCancelled(signal);
      return await velocity(latent, time);
    };
    const combine = async (...terms: Term<L>[]): Promise<L> => await algebra.combine(terms);
    const { x: latent, velocity: v, history } = await advance(solver, { x, t0, t1, previous, evaluate, combine });
    [x, previous] = [latent, history];
    const predictClean = async (): Promise<L> => (t1 === 1 ? latent : await combine([1, latent], [1 - t1, v]));
    await onStep?.({ step: index + 1, steps, time: t1, latent, predictClean });
    algebra.keepOnly?.(previous === undefined ? [x] : [x, previous.clean]);
  }
  throwIfCancelled(signal);
  return x;
}

/** @throws job.cancelled */
export function throwIfCancelled(signal: CancelFlag | undefined): void {
  if (signal?.aborted === true) throw cancelledError();
}

function advance<L>(solver: Solver, context: StepContext<L>): Promise<StepResult<L>> {
  switch (solver) {
    case "euler":
      return eulerStep(context);
    case "midpoint":
      return midpointStep(context);
    case "rk4":
      return rk4Step(context);
    case "dpmpp_2m":
      return multistep(context, dpmppWeights);
    case "res_multistep":
      return multistep(context, resWeights);
  }
}

async function eulerStep<L>({ x, t0, t1, evaluate, combine }: StepContext<L>): Promise<StepResult<L>> {
  const k1 = await evaluate(x, t0);
  return { x: await combine([1, x], [t1 - t0, k1]), velocity: k1 };
}

async function midpointStep<L>({ x, t0, t1, evaluate, combine }: StepContext<L>): Promise<StepResult<L>> {
  const d = t1 - t0;
  const k1 = await evaluate(x, t0);
  const k2 = await evaluate(await combine([1, x], [d / 2, k1]), stageTime(t0, t1, STAGES.midpoint[1]));
  return { x: await combine([1, x], [d, k2]), velocity: k2 };
}

async function rk4Step<L>({ x, t0, t1, evaluate, combine }: StepContext<L>): Promise<StepResult<L>> {
  const d = t1 - t0;
  const at = (stage: number): number => stageTime(t0, t1, STAGES.rk4[stage] ?? 0);
  const k1 = await evaluate(x, t0);
  const k2 = await evaluate(await combine([1, x], [d / 3, k1]), at(1));
  const k3 = await evaluate(await combine([1, x], [d, k2], [-d / 3, k1]), at(2));
  const k4 = await evaluate(await combine([1, x], [d, k1], [-d, k2], [d, k3]), at(3));
  const x1 = await combine([1, x], [d / 8, k1], [(3 * d) / 8, k2], [(3 * d) / 8, k3], [d / 8, k4]);
  return { x: x1, velocity: k4 };
}

/**
 * How far a multistep solver moves from D towards (or past) D - D_prev: the second-order weight of a step.
 * @param timePrevious where D_prev was evaluated; t0 where D was; the step goes to t1, with 0 < t0 < t1 < 1
 */
type SecondOrderWeight = (timePrevious: number, t0: number, t1: number) => number;

/**
 * x' = (sigma'/sigma) x + (1 - sigma'/sigma) D + weight (D - D_prev).
 *
 * The first two terms are the first-order step of both solvers: e^-h x + (1 - e^-h) D with h the step in -ln sigma; and
 * with lambda = ln((1-sigma)/sigma) the factor (1 - sigma')(1 - e^-h) of DPM-Solver++ comes to 1 - sigma'/sigma as well,
 * which is finite at sigma = 1, where lambda is not. There is no D_prev in the first step, and the step to sigma' = 0
 * is of first order by definition: it lands on D.
 */
async function multistep<L>(context: StepContext<L>, secondOrderWeight: SecondOrderWeight): Promise<StepResult<L>> {
  const { x, t0, t1, previous, evaluate, combine } = context;
  const v = await evaluate(x, t0);
  const clean = await combine([1, x], [1 - t0, v]);
  const carried = { velocity: v, history: { clean, time: t0 } };
  if (t1 === 1) return { ...carried, x: clean };
  const ratio = (1 - t1) / (1 - t0);
  if (previous === undefined) return { ...carried, x: await combine([ratio, x], [1 - ratio, clean]) };
  const weight = secondOrderWeight(previous.time, t0, t1);
  const x1 = await combine([ratio, x], [1 - ratio + weight, clean], [-weight, previous.clean]);
  return { ...carried, x: x1 };
}

/**
 * DPM-Solver++ 2M: D is extrapolated by (D - D_prev) / 2r, r = (lambda_0 - lambda_prev) / (lambda_1 - lambda_0), and
 * taken with the factor of the first-order step. From timePrevious = 0 lambda_prev is minus infinity, r infinite and the
 * weight 0: the second step of a run from pure noise is of first order too.
 */
function dpmppWeights(timePrevious: number, t0: number, t1: number): number {
  if (timePrevious === 0) return 0;
  const lambda = (time: number): number => Math.log(time / (1 - time));
  const halfInverseR = (lambda(t1) - lambda(t0)) / (lambda(t0) - lambda(timePrevious)) / 2;
  return (1 - (1 - t1) / (1 - t0)) * halfInverseR;
}

/**
 * RES, second order: x' = e^-h x + h ((phi1 - phi2/c) D + (phi2/c) D_prev) in lambda = -ln sigma, with
 * c = (lambda_prev - lambda_0) / h, phi1 = (1 - e^-h) / h and phi2 = (1 - phi1) / h; so the weight is -h phi2 / c.
 */
function resWeights(timePrevious: number, t0: number, t1: number): number {
  const h = Math.log((1 - t0) / (1 - t1));
  const c = Math.log((1 - t0) / (1 - timePrevious)) / h;
  const phi1 = -Math.expm1(-h) / h;
  return -(1 - phi1) / c;
}

function stageTime(t0: number, t1: number, part: number): number {
  return part === 1 ? t1 : t0 + (t1 - t0) * part;
}

function intervals(times: readonly number[]): [number, number][] {
  return times.slice(1).map((t1, index) => [times[index] ?? 0, t1]);
}

/** A wrong grid is the fault of whoever made it, never of a person's settings. */
function checkTimes(times: readonly number[]): void {
  const isAscending = intervals(times).every(([t0, t1]) => t0 < t1);
  if (times.length < 2 || !isAscending || (times[0] ?? -1) < 0 || (times.at(-1) ?? 2) > 1)
    throw new TachieError("internal.bug", `a time grid must ascend inside 0 to 1, but is ${times.join(", ")}`);
}
