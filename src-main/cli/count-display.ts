/** @file The progress of going through many things, on standard error. */

import type { ProgressStream } from "./progress-display.ts";

export interface CountDisplay {
  /** @param doing a word such as `verifying` */
  show(doing: string, done: number, total: number): void;
  /** Leaves the terminal's cursor at the beginning of an empty line. */
  end(): void;
}

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5000;

/** @param now a clock in milliseconds */
export function createCountDisplay(stream: ProgressStream, now: () => number = () => performance.now()): CountDisplay {
  const isTerminal = stream.isTTY === true;
  let shownAt = isTerminal ? -Infinity : now();
  let hasLine = false;
  return {
    show(doing, done, total) {
      if (now() - shownAt < (isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      shownAt = now();
      const text = `${doing} ${done} of ${total}`;
      if (isTerminal) stream.write(`\r\u001b[2K${text}`);
      else stream.write(`${text}\n`);
      hasLine = isTerminal;
    },
    end() {
      if (hasLine) stream.write("\r\u001b[2K");
      hasLine = false;
    },
  };
}
