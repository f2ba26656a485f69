/** @file Solvers, schedules and the settings of a sampling run, with the published sets of defaults by name. */

import { TachieError } from "./errors.ts";

/** `rk4` is the 3/8 rule, as the model's own demo uses it. */
export const SOLVERS = ["euler", "midpoint", "rk4", "dpmpp_2m", "res_multistep"] as const;
export type Solver = (typeof SOLVERS)[number];

/** `shift`: uniform in time, then shifted. `linear_quadratic`: the web apps' schedule; `shift` has no effect on it. */
export const SCHEDULES = ["shift", "linear_quadratic"] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** Everything that decides how noise becomes a latent, apart from the noise itself. */
export interface SamplingSettings {
  /** Intervals of the time grid, at least 1. The published demo counts points, which is one more. */
  readonly steps: number;
  readonly solver: Solver;
  readonly schedule: Schedule;
  /** Time shift f in t = u / (u + f - f u); 1 leaves the grid uniform. */
  readonly shift: number;
  /** Classifier-free guidance scale; 1 means the conditional pass alone. */
  readonly guidance: number;
  /** Guide only while t < truncate (t runs from 0, noise, to 1, picture). 1 guides always. */
  readonly truncate: number;
  /** 0 is off; r > 0 limits the norm of the guided velocity to r times that of the conditional one. */
  readonly renorm: number;
}

export const SAMPLING_LIMITS = {
  steps: { min: 1, max: 200 },
  shift: { min: 0.1, max: 100 },
  guidance: { min: 0, max: 50 },
  truncate: { min: 0, max: 1 },
  renorm: { min: 0, max: 10 },
} as const;

/** Published sets of sampling settings (steps converted from points to intervals where the source counts points). */
export const SAMPLING_PRESETS = {
  /** The model's own demo: 18 points. */
  demo: {
    steps: 17,
    solver: "midpoint",
    schedule: "shift",
    shift: 6,
    guidance: 5,
    truncate: 0.25,
    renorm: 0,
  },
  /** The official ComfyUI template. */
  comfy: {
    steps: 20,
    solver: "res_multistep",
    schedule: "shift",
    shift: 6,
    guidance: 5.5,
    truncate: 1,
    renorm: 0,
  },
  /** Both web apps. */
  webapp: {
    steps: 28,
    solver: "res_multistep",
    schedule: "linear_quadratic",
    shift: 6,
    guidance: 4.5,
    truncate: 1,
    renorm: 0,
  },
  /** The diffusers pipeline's defaults. */
  diffusers: {
    steps: 30,
    solver: "euler",
    schedule: "shift",
    shift: 6,
    guidance: 4,
    truncate: 1,
    renorm: 0,
  },
} as const satisfies Record<string, SamplingSettings>;
export type SamplingPreset = keyof typeof SAMPLING_PRESETS;

export function isSamplingPreset(value: unknown): value is SamplingPreset {
  return typeof value === "string" && Object.hasOwn(SAMPLING_PRESETS, value);
}

/**
 * Checks every field.
 * @throws settings.invalid naming the field, the value and the range.
 */
export function checkSampling(settings: SamplingSettings): void {
  for (const [field, { min, max }] of Object.entries(SAMPLING_LIMITS)) {
    const value = settings[field as keyof typeof SAMPLING_LIMITS];
    if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max)
      throw new TachieError("settings.invalid", `${field} is ${String(value)}, but must be from ${min} to ${max}`, {
        where: field,
      });
  }
  if (!Number.isInteger(settings.steps))
    throw new TachieError("settings.invalid", `steps is ${settings.steps}, but must be a whole number`, {
      where: "steps",
    });
  requireOneOf("solver", settings.solver, SOLVERS);
  requireOneOf("schedule", settings.schedule, SCHEDULES);
}

/** @throws settings.invalid listing the allowed words. */
export function requireOneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T {
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  throw new TachieError("settings.invalid", `${field} is ${String(value)}, but must be one of ${allowed.join(", ")}`, {
    where: field,
  });
}
