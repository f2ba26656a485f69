/** @file How far a long reading or fetching of bytes is, how fast it goes, and how long it will still take. */

export interface ByteProgress {
  /** The file being worked on, as a person knows it. */
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; 0 until it is known. */
  readonly bytesPerSecond: number;
  /** Absent until the rate is known. */
  readonly remainingMs?: number;
}

/** Long enough to be steady, short enough to follow a change. */
const WINDOW_MS = 8000;
/** Apart from this, marks are not worth keeping. */
const MARK_MS = 200;

/** Measures a rate over a sliding window. */
export class RateMeter {
  private readonly now: () => number;
  private marks: { readonly at: number; readonly bytes: number }[];
  private total = 0;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.marks = [{ at: now(), bytes: 0 }];
  }

  add(bytes: number): void {
    this.total += bytes;
    const at = this.now();
    if (at - (this.marks.at(-1)?.at ?? 0) < MARK_MS) return;
    this.marks.push({ at, bytes: this.total });
    while (this.marks.length > 2 && at - (this.marks[1]?.at ?? at) >= WINDOW_MS) this.marks.shift();
  }

  /** Bytes per second; 0 until half a second has passed. */
  get rate(): number {
    const first = this.marks[0];
    if (first === undefined) return 0;
    const elapsedMs = this.now() - first.at;
    return elapsedMs < 500 ? 0 : ((this.total - first.bytes) * 1000) / elapsedMs;
  }

  /** A report for a total of which `doneBytes` are done. */
  report(file: string, doneBytes: number, totalBytes: number): ByteProgress {
    const bytesPerSecond = this.rate;
    const remaining = bytesPerSecond > 0 ? { remainingMs: ((totalBytes - doneBytes) * 1000) / bytesPerSecond } : {};
    return { file, doneBytes, totalBytes, bytesPerSecond, ...remaining };
  }
}
