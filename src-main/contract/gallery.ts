/** @file What the gallery asks of the studio beyond pictures and pages of them: lineage, grids, what things have taken. */

import type { DoctorReport } from "./doctor.ts";
import type { ImageSize, Provider, Timings } from "./generation.ts";
import type { Grid, GridRequest, GridSummary } from "./grids.ts";
import type { PictureSummary } from "./studio.ts";
import type { Toggles } from "./toggles.ts";

/** A picture that another came from, or that came from another. */
export interface Relative extends PictureSummary {
  /** Whether the one is the other made again with the same seed; else it is a variation of it. */
  readonly isRepeat: boolean;
}

export interface Lineage {
  /** What it came from, what that came from, and so on: at most `MOST_ANCESTORS`. */
  readonly ancestors: readonly Relative[];
  /** Set where the last of these names a picture that is not in this library. */
  readonly isParentGone: boolean;
  /** What came from it, newest first: at most `MOST_CHILDREN`. */
  readonly children: readonly Relative[];
}

export const MOST_ANCESTORS = 20;
export const MOST_CHILDREN = 60;

/** How long a picture took, with everything that decides it. */
export interface TimedPicture extends ImageSize {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly model: string;
  readonly steps: number;
  readonly provider: Provider;
  readonly toggles: Toggles;
  readonly timings: Omit<Timings, "stepMs">;
}

export const MOST_TIMED = 1000;

export interface GalleryMethods {
  /** @throws library.not-found */
  lineage(params: { readonly id: string }): Lineage;
  /** Newest first. `limit` is from 1 to `MOST_TIMED`. */
  timedPictures(params: { readonly limit: number }): { readonly pictures: readonly TimedPicture[] };
  /** What `tachie doctor` tells. */
  doctor(params: Record<string, never>): DoctorReport;

  /**
   * Queues every combination of two lists of values as a job each. All of them are checked before the first is queued.
   * @throws settings.invalid, prompt.* naming the cell; as `enqueue`
   */
  startGrid(params: GridRequest): Grid;
  /** Newest first. */
  grids(params: Record<string, never>): { readonly grids: readonly GridSummary[] };
  /** @throws library.not-found */
  grid(params: { readonly id: string }): Grid;
  /** The finished cells as one picture with the values written beside them: a PNG. @throws library.not-found */
  gridSheet(params: { readonly id: string }): { readonly png: Uint8Array };
  /** Forgets a grid; pictures and jobs stay. */
  removeGrid(params: { readonly id: string }): { readonly grids: readonly GridSummary[] };
}

export const GALLERY_METHODS = [
  "lineage",
  "timedPictures",
  "doctor",
  "startGrid",
  "grids",
  "grid",
  "gridSheet",
  "removeGrid",
] as const satisfies readonly (keyof GalleryMethods)[];
