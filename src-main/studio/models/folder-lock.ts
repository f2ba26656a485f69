/**
 * @file One process at a time: a lock file that its owner touches while it works, so that one left behind by a kill is
 * recognised by its age, on whatever file system.
 */

import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import os from "node:os";
import { TachieError } from "../../contract/errors.ts";
import { writingError } from "../../graph/file-errors.ts";

const TOUCH_MS = 5000;
/** Several touches missed: its owner is gone, or stopped for good. */
const STALE_MS = 30_000;

/**
 * Takes the lock; disposing of the result gives it back.
 * @param doing what the owner does, for the other's message
 * @throws models.busy while another process holds it; file.unwritable, disk.full
 */
export function lockFolder(file: string, doing: string): Disposable {
  const mark = `${JSON.stringify({ pid: process.pid, host: os.hostname(), id: randomUUID() })}\n`;
  if (!tryCreate(file, mark)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isGone(file, holder))
      throw new TachieError("models.busy", `another Tachie is ${doing} (process ${String(holder.pid)})`, {
        where: file,
      });
    // Of two that find the same old lock only one can take its name away.
    const aside = `${file}.${randomUUID()}`;
    try {
      renameSync(file, aside);
      rmSync(aside, { force: true });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOENT") throw writingError(error, file);
    }
    if (!tryCreate(file, mark)) throw new TachieError("models.busy", `another Tachie is ${doing}`, { where: file });
  }
  const timer = setInterval(() => touch(file), TOUCH_MS);
  timer.unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      rmSync(file, { force: true });
    },
  };
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function tryCreate(file: string, mark: string): boolean {
  try {
    const descriptor = openSync(file, "wx");
    try {
      writeSync(descriptor, mark);
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EEXIST") return false;
    throw writingError(error, file);
  }
}

/** Undefined where the lock has gone meanwhile. What cannot be read belongs to nobody known and goes by its age. */
function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    if (error instanceof SyntaxError) return { pid: 0, host: "" };
    throw writingError(error, file);
  }
}

function isGone(file: string, { pid, host }: Holder): boolean {
  const touchedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - touchedAt > STALE_MS) return true;
  return host === os.hostname() && !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process runs too.
    return (error as { code?: unknown }).code === "EPERM";
  }
}

/** The lock may have been taken away by hand; its owner goes on all the same. */
function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
  }
}
