/** @file The trash as a gallery shows it, and what its methods answer. */

import type { ErrorData } from "./errors.ts";
import type { PictureSummary } from "./studio.ts";

/** Days after which what is in the trash is removed for good, where nothing else is chosen. */
export const TRASH_DAYS = 30;
/** Ids of one message. */
export const MAX_IDS = 100_000;

export interface TrashedPicture extends PictureSummary {
  /** ISO 8601, UTC. */
  readonly trashedAt: string;
  /** Of the PNG. */
  readonly sizeBytes: number;
}

export interface TrashPage {
  /** What was trashed last comes first. */
  readonly pictures: readonly TrashedPicture[];
  /** Pass as `after` for the next page; absent on the last one. */
  readonly next?: string;
  /** All pictures in the trash, and what they take. */
  readonly total: number;
  readonly sizeBytes: number;
}

export interface TrashChange {
  /** Those of the ids that were not as asked for already. */
  readonly ids: readonly string[];
}

export interface EmptiedTrash {
  readonly removed: readonly string[];
  readonly freedBytes: number;
  /** Why pictures are still in the trash: their files could not be removed. */
  readonly failures: readonly ErrorData[];
}

/** What lists of pictures have to follow, apart from pictures that are made. */
export interface PicturesChange {
  /** Restored from the trash, or imported. */
  readonly added: readonly PictureSummary[];
  /** Ids: moved to the trash, or removed for good. */
  readonly gone: readonly string[];
}
