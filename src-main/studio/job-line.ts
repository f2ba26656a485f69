/**
 * @file One job at a time: the engine has one session, and two would only slow each other. Jobs of commands, for which
 * somebody waits, go first in the order of asking; then those of the queue.
 */

import { cancelledError } from "../contract/wire.ts";

export interface JobLine {
  /** Jobs running or waiting. */
  readonly length: number;
  /** How many of them a command's new job has to wait for. */
  readonly ahead: number;
  /**
   * Runs `task` when its turn comes. A job that is cancelled while it waits is never begun.
   * @param lane `queue` lets every job of a command go first, those that come later too
   * @throws job.cancelled, and whatever the task throws
   */
  run<T>(signal: AbortSignal, task: () => Promise<T>, lane?: Lane): Promise<T>;
}

export type Lane = "command" | "queue";

interface Place {
  readonly lane: Lane;
  readonly begin: () => void;
}

export interface JobLineWatcher {
  /** A job has been asked for. */
  onAsked(): void;
  /** The last one has ended. */
  onRest(): void;
}

export function createJobLine(watcher?: JobLineWatcher): JobLine {
  const waiting: Place[] = [];
  let isBusy = false;

  function next(): void {
    const first = waiting.findIndex(({ lane }) => lane === "command");
    const [place] = waiting.splice(Math.max(0, first), 1);
    isBusy = place !== undefined;
    if (place === undefined) watcher?.onRest();
    else place.begin();
  }

  function turn(signal: AbortSignal, lane: Lane): Promise<void> {
    return new Promise((resolve, reject) => {
      const place: Place = {
        lane,
        begin() {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(place), 1);
        reject(cancelledError());
      };
      waiting.push(place);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  return {
    get length() {
      return waiting.length + (isBusy ? 1 : 0);
    },
    get ahead() {
      return waiting.filter(({ lane }) => lane === "command").length + (isBusy ? 1 : 0);
    },
    async run(signal, task, lane = "command") {
      requireNotAborted(signal);
      watcher?.onAsked();
      if (isBusy) await turn(signal, lane);
      isBusy = true;
      try {
        requireNotAborted(signal); // just as its turn came
        return await task();
      } finally {
        next();
      }
    },
  };
}

function requireNotAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelledError();
}
