/**
 * @file How the application ends: windows first, so that the page keeps what it has; then the studio, which stops its jobs
 * between two steps and closes the library; then the engine. Each has a bounded time, and nothing is left running.
 */

import { app } from "electron/main";

export interface Shutdown {
  /** In this order. Each must end by itself within a bounded time. */
  readonly parts: readonly (() => Promise<void>)[];
  readonly onError: (error: unknown) => void;
}

export function endInOrder({ parts, onError }: Shutdown): void {
  let isEnding = false;
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin") app.quit();
  });
  app.on("will-quit", (event) => {
    // Told when every window is closed. The application stays until its parts have ended, and then goes at once.
    event.preventDefault();
    if (isEnding) return;
    isEnding = true;
    void end().then(() => app.exit(0));
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => app.quit());

  async function end(): Promise<void> {
    for (const part of parts) await part().catch(onError);
  }
}
