/** @file Grids: one request and two lists of values, of which every combination is made with the same seed. */

import type { ErrorData } from "./errors.ts";
import type { GenerateRequest } from "./generation.ts";
import type { JobState } from "./jobs.ts";
import type { SamplingSettings } from "./sampling.ts";
import type { Toggle } from "./toggles.ts";

/** What the values of a list are put into. */
export type GridTarget =
  /** `number`: 1-based, of the card. `field`: its key, such as `expression`. */
  | { readonly kind: "character"; readonly number: number; readonly field: string }
  | { readonly kind: "general"; readonly field: string }
  | { readonly kind: "sampling"; readonly setting: keyof SamplingSettings }
  | { readonly kind: "toggle"; readonly toggle: Toggle }
  /** `size`: as `1024x1536`. `lora`: the strength of the first adapter. */
  | { readonly kind: "setting"; readonly setting: (typeof GRID_SETTINGS)[number] };

export const GRID_SETTINGS = ["size", "seed", "negative", "caption", "model", "lora"] as const;

export interface GridValue {
  /** As it stands beside the cells. */
  readonly label: string;
  readonly value: string;
}

export interface GridAxis {
  readonly target: GridTarget;
  readonly values: readonly GridValue[];
}

export interface GridRequest {
  /** Makes one picture a cell; its seed is drawn where it has none. */
  readonly base: GenerateRequest;
  /** From left to right. */
  readonly columns: GridAxis;
  /** From top to bottom; one row where absent. */
  readonly rows?: GridAxis;
}

export const MOST_GRID_CELLS = 256;
/** UTF-16 units. */
export const GRID_LIMITS = { label: 200, value: 20_000, field: 60 } as const;

export interface GridCell {
  /** From 0. */
  readonly column: number;
  readonly row: number;
  readonly jobId: string;
  /** `gone`: neither the job nor a picture of it is there any more. */
  readonly state: JobState | "gone";
  /** The finished picture. */
  readonly pictureId?: string;
  readonly failure?: ErrorData;
}

export interface GridSummary {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly request: GridRequest;
  /** Finished cells. */
  readonly done: number;
  readonly count: number;
}

export interface Grid extends GridSummary {
  /** Row by row. */
  readonly cells: readonly GridCell[];
}
