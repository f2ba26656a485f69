/**
 * @file Starts a program as a utility process of Electron: what `forkLauncher` is elsewhere. Such a process ends with
 * this one, however that ended, and works where the executable may not be run as Node.
 */

import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MessageChannelMain, utilityProcess } from "electron/main";
import type { Launcher, ProcessExit } from "../process/launcher.ts";
import { electronPort } from "./electron-port.ts";
import { utilityExit } from "./utility-exit.ts";

/** A dead process's output ends at once, unless a process that it started keeps the pipe open. */
const LAST_LINES_MS = 500;

export const utilityLauncher: Launcher = (start) => {
  const file = fileURLToPath(start.program);
  const child = utilityProcess.fork(file, [...(start.arguments ?? [])], {
    execArgv: [],
    env: { ...definedVariables(process.env), ...start.environment },
    stdio: ["ignore", "pipe", "pipe"],
    serviceName: `tachie ${file.split(/[\\/]/).at(-2) ?? ""}`.trim(),
  });
  const { port1, port2 } = new MessageChannelMain();
  child.postMessage("tachie:port", [port2]);

  const lineListeners: ((line: string) => void)[] = [];
  const outputs = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of outputs)
    createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
      for (const listener of lineListeners) listener(line);
    });
  const areOutputsClosed = Promise.all(
    outputs.map((stream) => new Promise<void>((resolve) => void stream.once("end", resolve))),
  );

  // Electron forgets the id of a process that has ended.
  let pid: number | undefined;
  child.once("spawn", () => (pid = child.pid));
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code) => {
      const exit = pid === undefined ? { error: new Error(`${file} did not start (${code})`) } : utilityExit(code);
      const patience = setTimeout(() => resolve(exit), LAST_LINES_MS);
      void areOutputsClosed.then(() => {
        clearTimeout(patience);
        resolve(exit);
      });
    });
  });
  return {
    get pid() {
      return pid;
    },
    port: electronPort(port1),
    onLine: (listener) => void lineListeners.push(listener),
    onExit: (listener) => void exited.then(listener),
    kill(signal) {
      if (pid === undefined) child.kill();
      else if (signal === "SIGTERM") child.kill();
      else killByForce(pid);
    },
  };
};

/** Electron's own `kill` asks only. */
function killByForce(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself a moment ago, which `exit` tells of.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function definedVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
