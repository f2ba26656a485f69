/** @file The progress of reading or fetching many bytes, on standard error: how much, how fast, how long still. */

import type { ByteProgress } from "../studio/models/progress.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { formatSeconds } from "./progress-display.ts";
import type { ProgressStream } from "./progress-display.ts";

export interface ByteProgressDisplay {
  /** @param doing a word such as `checking` */
  show(doing: string, progress: ByteProgress): void;
  /** A line of its own, which stays. */
  say(text: string): void;
  /** Leaves the terminal's cursor at the beginning of an empty line. */
  end(): void;
}

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5000;
const DEFAULT_COLUMNS = 80;

/** @param now a clock in milliseconds */
export function createByteProgressDisplay(
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ByteProgressDisplay {
  const isTerminal = stream.isTTY === true;
  let shownAt = isTerminal ? -Infinity : now();
  let hasLine = false;
  const clear = (): void => {
    if (hasLine) stream.write("\r\u001b[2K");
    hasLine = false;
  };
  return {
    show(doing, progress) {
      if (now() - shownAt < (isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      shownAt = now();
      const text = describeBytes(doing, progress);
      if (isTerminal) {
        stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? DEFAULT_COLUMNS) - 1)}`);
        hasLine = true;
      } else stream.write(`${text}\n`);
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    end: clear,
  };
}

/** `fetching 34 % (5.30 of 15.6 GB), 48.1 MB/s, 3 min 34 s left: vae/x.safetensors` */
function describeBytes(doing: string, progress: ByteProgress): string {
  const { doneBytes, totalBytes, bytesPerSecond, remainingMs, file } = progress;
  const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  const rate = bytesPerSecond > 0 ? `, ${formatBytes(bytesPerSecond)}/s` : "";
  const left = remainingMs === undefined ? "" : `, ${formatSeconds(remainingMs)} left`;
  return `${doing} ${percent} % (${formatBytes(doneBytes)} of ${formatBytes(totalBytes)})${rate}${left}: ${file}`;
}
