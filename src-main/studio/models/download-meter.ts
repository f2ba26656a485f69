/** @file Adds up the progress of several files that are fetched at the same time. */

import { RateMeter } from "./progress.ts";
import type { ByteProgress } from "./progress.ts";

export interface DownloadProgress extends ByteProgress {
  /** `check`: bytes of an earlier run are hashed. `fetch`: bytes arrive. */
  readonly phase: "check" | "fetch";
}

export class DownloadMeter {
  private readonly rate = new RateMeter();
  private readonly positions = new Map<string, number>();
  private readonly totalBytes: number;
  private readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  private fetchedTotal = 0;

  constructor(
    files: readonly { readonly sizeBytes: number }[],
    onProgress: ((progress: DownloadProgress) => void) | undefined,
  ) {
    this.totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.onProgress = onProgress;
  }

  /** Bytes that have arrived, those that had to be thrown away included. */
  get fetchedBytes(): number {
    return this.fetchedTotal;
  }

  checked(file: string, bytes: number): void {
    this.positions.set(file, bytes);
    this.report(file, "check");
  }

  /** What was checked is not what it should be. */
  forget(file: string): void {
    this.positions.delete(file);
  }

  /** The first report of a file says where it begins; growth after that has arrived by the network. */
  fetched(file: string, bytes: number): void {
    const before = this.positions.get(file);
    const grown = before === undefined ? 0 : Math.max(0, bytes - before);
    this.fetchedTotal += grown;
    this.rate.add(grown);
    this.positions.set(file, bytes);
    this.report(file, "fetch");
  }

  private report(file: string, phase: DownloadProgress["phase"]): void {
    if (this.onProgress === undefined) return;
    const doneBytes = [...this.positions.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.onProgress({ phase, ...this.rate.report(file, doneBytes, this.totalBytes) });
  }
}
