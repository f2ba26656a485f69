/**
 * @file What a command says and how it ends: results on standard output, everything else on standard error, one JSON
 * object as the last line where scripts ask for it, and an exit code.
 */

import { TachieError, isTachieError, toErrorData } from "../contract/errors.ts";
import type { ErrorData } from "../contract/errors.ts";

export const EXIT_CODES = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** To be called last: scripts read the last line of standard output. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

export function sayLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether stacks and the logs of child processes are shown. */
export function isDebugging(): boolean {
  return process.env["TACHIE_DEBUG"] === "1";
}

/** Anything thrown, as it is shown: without its stack unless that is asked for. */
export function presentableError(error: unknown): ErrorData {
  const data = toErrorData(error);
  if (isTachieError(error) || isDebugging()) return data;
  return { ...data, message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** What, where, and what to do. */
export function sayError(data: ErrorData): void {
  sayLine(`tachie: ${data.message}`);
  if (data.where !== undefined && !data.message.includes(data.where)) sayLine(`  where: ${data.where}`);
  sayLine(`  ${data.remedy}`);
}

/** Shows an error in the form that was asked for, and sets the exit code. */
export function reportFailure(error: unknown, isJson: boolean): void {
  const data = presentableError(error);
  if (isDebugging() && error instanceof Error) sayLine(error.stack ?? error.message);
  if (isJson) printJson({ error: data });
  else sayError(data);
  process.exitCode = exitCodeOf(data);
}

export function exitCodeOf({ code }: Pick<ErrorData, "code">): number {
  if (code === "usage.invalid") return EXIT_CODES.usage;
  return code === "job.cancelled" ? EXIT_CODES.cancelled : EXIT_CODES.failed;
}

/**
 * Whoever reads our output may stop reading (`tachie history | head`); that is no failure, and a job that runs goes on. It
 * goes on too where a disk is full that output is redirected to: a lost result is told and makes the exit code, and of
 * lost progress there is nobody left to tell.
 */
export function tolerateClosedOutput(): void {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    const code = error.code === "ENOSPC" || error.code === "EDQUOT" ? "disk.full" : "file.unwritable";
    sayError(toErrorData(new TachieError(code, `standard output cannot be written: ${error.message}`)));
    process.exitCode = EXIT_CODES.failed;
  });
}

export function usageError(message: string): TachieError {
  return new TachieError("usage.invalid", message);
}
