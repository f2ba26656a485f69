/** @file How much of a GPU's memory the engine may take, and whether it is to be sparing with it. */

import { TachieError } from "./errors.ts";

/**
 * `sparing`: what a network needs beside its weights is given back after every run, and convolutions do with little
 * scratch memory. `fast`: everything is kept, convolutions take what makes them fastest. `auto`: by the GPU's memory.
 */
export const MEMORY_MANNERS = ["auto", "sparing", "fast"] as const;
export type MemoryManner = (typeof MEMORY_MANNERS)[number];

export interface MemoryChoice {
  readonly manner: MemoryManner;
  /** Most device memory, in gigabytes (10^9 bytes); no limit where absent. */
  readonly limitGb?: number;
}

export const USUAL_MEMORY: MemoryChoice = { manner: "auto" };
export const MEMORY_LIMIT_GB = { min: 1, max: 1024 } as const;
const GIGABYTE = 1e9;

export function isMemoryManner(value: unknown): value is MemoryManner {
  return (MEMORY_MANNERS as readonly unknown[]).includes(value);
}

export function isMemoryLimit(value: unknown): value is number {
  return typeof value === "number" && value >= MEMORY_LIMIT_GB.min && value <= MEMORY_LIMIT_GB.max;
}

/** @throws settings.invalid for a limit out of range */
export function checkMemoryLimit(value: unknown): number {
  if (isMemoryLimit(value)) return value;
  const { min, max } = MEMORY_LIMIT_GB;
  throw new TachieError(
    "settings.invalid",
    `the memory limit is ${String(value)}, but must be a number of gigabytes from ${min} to ${max}`,
    { where: "memory.limitGb" },
  );
}

/** Bytes; undefined without a limit. */
export function limitBytesOf({ limitGb }: MemoryChoice): number | undefined {
  return limitGb === undefined ? undefined : Math.floor(limitGb * GIGABYTE);
}
