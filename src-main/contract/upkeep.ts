/** @file The library's health: backups, checks, repairs, and what a whole verification finds. */

import type { ErrorData } from "./errors.ts";

export interface BackupFile {
  /** Absolute. */
  readonly file: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Of the tables in it. */
  readonly version: number;
  readonly sizeBytes: number;
}

export interface DatabaseCheck {
  /** ISO 8601, UTC. */
  readonly checkedAt: string;
  /** Whether indices were compared with their tables too, which takes longer. */
  readonly isWhole: boolean;
  readonly durationMs: number;
  /** What is damaged, in SQLite's words; empty where nothing is. */
  readonly findings: readonly string[];
}

/** A library that was damaged, and how it came back. */
export interface RepairReport {
  readonly repairedAt: string;
  /** Why; absent where somebody wanted it rebuilt without damage. */
  readonly finding?: string;
  /** The folder to which the damaged files were moved; absent where there were none. */
  readonly keptIn?: string;
  /** The backup that it came from; absent where everything comes from the pictures themselves. */
  readonly backup?: BackupFile;
  /** Backups that were no good, and why. */
  readonly refused: readonly { readonly file: string; readonly reason: string }[];
  /** All pictures that the library has now, and those of them whose rows were made anew from their own records. */
  readonly pictures: number;
  readonly rebuilt: number;
  /** Ids of rows whose file is gone. */
  readonly missing: readonly string[];
  /** Pictures that could not be read, and why. */
  readonly problems: readonly { readonly where: string; readonly reason: string }[];
}

export interface LibraryHealth {
  /** Newest first. */
  readonly backups: readonly BackupFile[];
  /** The latest one of this process; absent before it. */
  readonly check?: DatabaseCheck;
  /** Why this process could not do what was due, such as a backup; absent where it could. */
  readonly failure?: ErrorData;
  /** What was repaired when this process opened the library. */
  readonly repair?: RepairReport;
}

export interface UpkeepProgress {
  readonly done: number;
  readonly total: number;
}

export interface FileFinding {
  /** The picture's id; absent for a file that belongs to none. */
  readonly id?: string;
  /** Relative to the library, with `/`. */
  readonly file: string;
  readonly reason: string;
}

/** What `verifyLibrary` found. */
export interface LibraryReport {
  readonly library: string;
  readonly verifiedAt: string;
  readonly durationMs: number;
  /** Whether the database is sound and every picture is there, bit by bit as it was saved. */
  readonly isSound: boolean;
  /** Pictures, those in the trash among them, and the bytes that were read of them. */
  readonly pictures: number;
  readonly trashed: number;
  readonly bytes: number;
  readonly database: readonly string[];
  /** Pictures whose file is gone, and those whose file is not what was saved. */
  readonly missing: readonly FileFinding[];
  readonly damaged: readonly FileFinding[];
  /** Files in the picture folders that no picture owns. */
  readonly orphans: readonly FileFinding[];
  /** Thumbnails; those that are damaged or whose picture is gone can be thrown away. */
  readonly thumbnails: { readonly count: number; readonly useless: readonly FileFinding[] };
  /** Folders that could not be listed: nothing is known of what lies in them. */
  readonly unreadable: readonly string[];
}

/** Files, and the bytes that they hold. */
export interface DiskShare {
  readonly count: number;
  readonly sizeBytes: number;
}

export interface NamedShare extends DiskShare {
  readonly name: string;
}

/** What a library takes on the disk. */
export interface DiskUse {
  /** Those in the trash left out. */
  readonly pictures: DiskShare;
  readonly trash: DiskShare;
  readonly thumbnails: DiskShare;
  readonly backups: DiskShare;
  /** Files that were damaged and kept when the library was repaired. */
  readonly damaged: DiskShare;
  readonly database: DiskShare;
  /** Of the pictures: `2026-11`, newest first; and by model, largest first. */
  readonly months: readonly NamedShare[];
  readonly models: readonly NamedShare[];
}
