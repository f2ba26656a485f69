/**
 * @file A studio that is served until somebody ends it: this process takes the shell's part, with the engine below it, and
 * does the jobs of pages and of commands on the same library.
 */

import path from "node:path";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { cancelledError } from "../contract/wire.ts";
import { packageRoot } from "../process/package-root.ts";
import { createServer } from "../server/server.ts";
import type { StudioServer } from "../server/server.ts";
import { readServerNote, removeServerNote, writeServerNote } from "../server/server-note.ts";
import { hostHandOver, reachWriter } from "../studio/hand-over.ts";
import type { HandOverHost } from "../studio/hand-over.ts";
import { modelPlaces } from "../studio/places.ts";
import { createStudio } from "../studio/studio.ts";
import type { Studio } from "../studio/studio.ts";
import { createEngine } from "./own-engine.ts";
import { presentableError, sayError, sayLine } from "./output.ts";
import { servedStudio } from "./served-studio.ts";
import { describeRepair } from "./upkeep-view.ts";

export interface ServeOptions {
  readonly libraryFolder: string;
  readonly host: string;
  /** Absent: the usual one, or any that is free where that is in use. */
  readonly port?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called once, when pages can be opened. */
  readonly onReady: (server: StudioServer) => void;
}

export const DEFAULT_PORT = 4747;
/** A command that finishes its work on the library, or one that was killed just now. */
const LIBRARY_WAIT_MS = 10_000;
const POLL_MS = 50;

/**
 * Resolves when everything has ended in order.
 * @throws library.locked naming whoever has the library; server.unavailable, library.*, file.*; job.cancelled where it is
 * ended before it is ready
 */
export async function runServer(options: ServeOptions): Promise<void> {
  const { libraryFolder, signal } = options;
  const engine = createEngine(); // starts with its first call
  let studio: Studio | undefined;
  let host: HandOverHost | undefined;
  let server: StudioServer | undefined;
  try {
    const places = modelPlaces();
    studio = await openStudio(options, () => createStudio({ libraryFolder, engine, places, onDamage: tellDamage }));
    for (const line of studio.repair === undefined ? [] : describeRepair(studio.repair)) sayLine(line);
    host = await hostHandOver(libraryFolder, studio.handlers);
    server = await listen(options, studio);
    writeServerNote(libraryFolder, { pid: process.pid, address: server.address });
    options.onReady(server);
    await aborted(signal);
  } finally {
    // Pages and commands are cut off, and with them their jobs end; the queue's own one is put back. All within one step.
    await Promise.all([studio?.stop(), server?.close(), host?.close()]);
    if (studio !== undefined) {
      if (studio.jobCount > 0) await engine.end();
      while (studio.jobCount > 0) await delay(POLL_MS);
      removeServerNote(libraryFolder);
      studio.close();
    }
    await engine.end();
  }
}

function tellDamage(finding: string): void {
  sayLine(`the library is damaged and is being repaired: ${finding}`);
}

/** Waits a while for a command that is about to end; whoever stays is named. */
async function openStudio({ libraryFolder, signal }: ServeOptions, open: () => Studio): Promise<Studio> {
  const deadline = performance.now() + LIBRARY_WAIT_MS;
  for (;;) {
    if (signal.aborted) throw cancelledError();
    try {
      return open();
    } catch (error) {
      if (!isTachieError(error, "library.locked")) throw error;
      const note = readServerNote(libraryFolder);
      if (note !== undefined) throw takenError(libraryFolder, note.pid, note.address, error);
      const writer = await reachWriter(libraryFolder);
      if (writer.kind === "ready") {
        writer.connection.close();
        throw takenError(libraryFolder, writer.pid, undefined, error);
      }
      if (performance.now() > deadline) throw error;
    }
    await delay(POLL_MS);
  }
}

function takenError(libraryFolder: string, pid: number, address: string | undefined, cause: unknown): TachieError {
  const place = address === undefined ? "" : `, at ${address}`;
  return new TachieError(
    "library.locked",
    `the library ${libraryFolder} is open in another Tachie (process ${pid})${place}`,
    {
      where: address ?? libraryFolder,
      remedy: `${address === undefined ? "Wait for it or end it" : "Open that address"}, or give --library another folder.`,
      cause,
    },
  );
}

async function listen({ host, port }: ServeOptions, studio: Studio): Promise<StudioServer> {
  const options = {
    host,
    studio: servedStudio(studio),
    pageFolder: path.join(packageRoot(), "dist/src-renderer"),
    onFault: (error: unknown) => sayError(presentableError(error)),
  };
  if (port !== undefined) return createServer({ ...options, port });
  try {
    return await createServer({ ...options, port: DEFAULT_PORT });
  } catch (error) {
    if (!isTachieError(error, "server.unavailable")) throw error;
    sayLine(`port ${DEFAULT_PORT} is in use; another one is taken`);
    return createServer({ ...options, port: 0 });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
