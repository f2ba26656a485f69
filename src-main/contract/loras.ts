/** @file What is told of low-rank adapters (LoRA files). */

export interface LoraFile {
  /** Absolute. */
  readonly file: string;
  /** The file's name without its ending. */
  readonly name: string;
  /** `folder`: it lies in Tachie's own folder for them. `added`: it was named by its path, and stays where it is. */
  readonly origin: "folder" | "added";
  /** `unsuitable` and `missing`: see `problem`. */
  readonly condition: "ready" | "unsuitable" | "missing";
  readonly problem?: string;
  readonly sizeBytes?: number;
  /** Such as `peft`; absent for what is no adapter. */
  readonly format?: string;
  /** Ranks that occur, ascending. */
  readonly ranks?: readonly number[];
}

export interface LoraShelf {
  /** Absolute: files put here are found. It need not exist yet. */
  readonly folder: string;
  /** By name. */
  readonly loras: readonly LoraFile[];
}

/** A file sent in pieces, for pages that have its bytes but no path to it. */
export interface LoraPiece {
  /** The file's name, with its ending. */
  readonly name: string;
  /** Of the whole file. */
  readonly totalBytes: number;
  /** Where these bytes belong: 0 begins anew, any other must follow the piece before. */
  readonly position: number;
  /** At most 8 MiB. */
  readonly bytes: Uint8Array;
}

/** Usual strengths; others are possible, negative ones too. */
export const USUAL_STRENGTHS = { min: 0, max: 2, step: 0.05 } as const;
