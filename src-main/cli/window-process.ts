/** @file Runs the studio's window, and tells where it could not come up. */

import { spawn } from "node:child_process";
import { describeEnd } from "./window-end.ts";

/** A window that ends with an error sooner than this has never been one. */
const START_MS = 10_000;
const LAST_WORDS_LENGTH = 2000;

/**
 * Resolves when the window is closed.
 * @returns undefined for a window that was there; otherwise why it was not, as a clause
 */
export function runWindow(
  { electron, program }: { readonly electron: string; readonly program: string },
  libraryFolder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const startedAt = performance.now();
  let said = "";
  const child = spawn(electron, [...sandboxWords(), program], {
    stdio: ["ignore", "inherit", "pipe"],
    env: { ...process.env, TACHIE_LIBRARY: libraryFolder },
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-LAST_WORDS_LENGTH);
    process.stderr.write(text);
  });
  const onAbort = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(`Electron does not start: ${error.message}`));
    child.on("close", (code, endedBy) => {
      signal.removeEventListener("abort", onAbort);
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
