/** @file `tachie serve` and `tachie start`: the studio in a browser, and in a window of its own. */

import type { Command } from "commander";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { packageRoot } from "../process/package-root.ts";
import { isLoopback } from "../server/server.ts";
import { addCommonOptions, libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { FETCH_TIMEOUT_MS, electronPackage, findWindow, shellProgram } from "./electron-binary.ts";
import { makeFirstPicture } from "./first-picture.ts";
import { onInterrupt } from "./interrupt.ts";
import { wholeNumber } from "./option-values.ts";
import { printJson, printLine, sayLine } from "./output.ts";
import { DEFAULT_PORT, runServer } from "./serve-session.ts";
import { runWindow } from "./window-process.ts";

interface ServeCommandOptions extends CommonOptions {
  readonly host: string;
  readonly port?: number;
}

const LOCALHOST = "127.0.0.1";
const MAX_PORT = 65_535;

export function addServeCommands(program: Command): void {
  addCommonOptions(
    program
      .command("start")
      .description("open the studio: in a window, or where there can be none, in a browser as `serve` does"),
  ).action(start);
  addCommonOptions(
    program
      .command("serve")
      .description("open the studio in a browser: prints the address, and runs until it is interrupted")
      .option(
        "--host <host>",
        "the name or number to listen at; others than your own machine's let others in",
        LOCALHOST,
      )
      .option(
        "--port <n>",
        `0 takes any that is free; without it ${DEFAULT_PORT} where that is free`,
        wholeNumber("--port"),
      ),
  ).action((options: ServeCommandOptions) => serveUntil(onInterrupt("ending; once more to end at once"), options));
}

async function start(options: CommonOptions): Promise<void> {
  const signal = onInterrupt("ending; once more to end at once");
  if (!(await makeFirstPicture(options, signal))) return;
  const choice = await findWindow({
    environment: process.env,
    platform: process.platform,
    program: shellProgram(),
    electronPackage: electronPackage(),
    onFetch: (ms) => sayLine(`fetching Electron, which draws the window (once, about 120 MB, at most ${ms / 1000} s)`),
    fetchTimeoutMs: FETCH_TIMEOUT_MS,
    signal,
  });
  if (signal.aborted) return;
  const reason =
    choice.kind === "impossible"
      ? choice.reason
      : await runWindow(choice.electron, packageRoot(), libraryFolderOf(options), signal);
  if (reason === undefined) return;
  sayLine(`No window: ${reason}.`);
  sayLine("The studio opens in a browser instead, at this address:");
  await serveUntil(signal, { ...options, host: LOCALHOST });
}

async function serveUntil(signal: AbortSignal, options: ServeCommandOptions): Promise<void> {
  const { host, port, json } = options;
  if (host === "") throw new TachieError("usage.invalid", "--host is empty", { where: "--host" });
  if (port !== undefined && port > MAX_PORT)
    throw new TachieError("usage.invalid", `--port is at most ${MAX_PORT}`, { where: "--port" });
  const libraryFolder = libraryFolderOf(options);
  if (!isLoopback(host))
    sayLine(
      `WARNING: others on the network can reach ${host}. Whoever has the address with its token can use this studio and see its pictures, and it crosses the network unencrypted. A tunnel is safer: ssh -L ${DEFAULT_PORT}:localhost:${DEFAULT_PORT} THIS-MACHINE.`,
    );
  try {
    await runServer({
      libraryFolder,
      host,
      ...(port === undefined ? {} : { port }),
      signal,
      onReady({ address, port: taken }) {
        if (json === true) printJson({ address, port: taken, library: libraryFolder, pid: process.pid });
        else printLine(address);
        sayLine(`The library is ${libraryFolder}. Ctrl+C ends the studio.`);
      },
    });
  } catch (error) {
    // Ended before it began, which is what was asked for.
    if (!isTachieError(error, "job.cancelled")) throw error;
  }
}
