/**
 * @file How a program of ours is started as a process of its own: what the supervisor needs of such a process, and the
 * implementation with `child_process.fork`. Electron's utility process is the other one, in the shell.
 */

import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Port } from "../contract/wire.ts";
import { forkPort } from "./fork-port.ts";

export interface ProgramStart {
  readonly program: URL;
  readonly arguments?: readonly string[];
  /** Added to this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a process ended. All fields are absent where only that it ended is known. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
  /** Why it could not be started at all. */
  readonly error?: Error;
}

export interface LaunchedProcess {
  /** Absent where it could not be started, and before it is. */
  readonly pid: number | undefined;
  readonly port: Port;
  /** Lines that the process writes to its standard output and error. */
  onLine(listener: (line: string) => void): void;
  /** Called once, after the last line. */
  onExit(listener: (exit: ProcessExit) => void): void;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export type Launcher = (start: ProgramStart) => LaunchedProcess;

/** A dead process's output ends at once, unless a process that it started keeps the pipe open. */
const LAST_LINES_MS = 500;

/** Starts with this Node, or with the one that the environment variable TACHIE_NODE names. */
export const forkLauncher: Launcher = (start) => {
  const child = fork(fileURLToPath(start.program), start.arguments ?? [], {
    execPath: process.env["TACHIE_NODE"] ?? process.execPath,
    // Not this process's own flags: they may be a test runner's or a debugger's.
    execArgv: [],
    env: { ...process.env, ...start.environment },
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const lineListeners: ((line: string) => void)[] = [];
  const outputs = [child.stdout, child.stderr].filter((stream): stream is Readable => stream !== null);
  for (const stream of outputs)
    createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
      for (const listener of lineListeners) listener(line);
    });
  // Asked of the streams, since the child's own `close` event does not come once we have closed the channel ourselves.
  const areOutputsClosed = Promise.all(
    outputs.map((stream) => new Promise<void>((resolve) => void stream.once("close", resolve))),
  );
  const exited = new Promise<ProcessExit>((resolve) => {
    // Without a pid the launch failed; other errors (a signal that could not be sent) do not end the process.
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ error });
    });
    child.on("exit", (code, signal) => {
      const exit: ProcessExit = { ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) };
      const patience = setTimeout(() => resolve(exit), LAST_LINES_MS);
      void areOutputsClosed.then(() => {
        clearTimeout(patience);
        resolve(exit);
      });
    });
  });
  return {
    pid: child.pid,
    port: forkPort(child),
    onLine: (listener) => void lineListeners.push(listener),
    onExit: (listener) => void exited.then(listener),
    kill: (signal) => void child.kill(signal),
  };
};
