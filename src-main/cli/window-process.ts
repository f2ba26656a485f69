/** @file Runs the studio's window, and tells where it could not come up. */

import { spawn } from "node:child_process";
import { describeEnd } from "./window-end.ts";

/** A window that ends with an error sooner than this has never been one. */
const START_MS = 10_000;
/** A window may be in the middle of a step, or of telling an error to nobody. */
const END_MS = 15_000;
const LAST_WORDS_LENGTH = 2000;

/**
 * Resolves when the window is closed.
 * @param application what Electron runs: the package's folder, whose `main` is the shell
 * @returns undefined for a window that was there; otherwise why it was not, as a clause
 */
export function runWindow(
  electron: string,
  application: string,
  libraryFolder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const startedAt = performance.now();
  let said = "";
  const words = [...sandboxWords(), application, "--library", libraryFolder];
  const child = spawn(electron, words, { stdio: ["ignore", "inherit", "pipe"] });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-LAST_WORDS_LENGTH);
    process.stderr.write(text);
  });
  let insistence: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill("SIGTERM");
    insistence = setTimeout(() => child.kill("SIGKILL"), END_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(`Electron does not start: ${error.message}`));
    child.on("close", (code, endedBy) => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(insistence);
      const isEarly = performance.now() - startedAt < START_MS;
      if (code === 0 || signal.aborted || !isEarly) {
        if (!signal.aborted) process.exitCode = code ?? 1;
        resolve(undefined);
      } else resolve(describeEnd(code, endedBy, said));
    });
  });
}

/** Chromium refuses to run as root with its sandbox, so there the choice is between no sandbox and no window. */
function sandboxWords(): string[] {
  return process.platform === "linux" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
}
